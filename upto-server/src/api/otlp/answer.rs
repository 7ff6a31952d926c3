//! What is answered, in the encoding of the request.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prost::Message;
use serde_json::json;

use super::super::{Problem, body};
use super::Outcome;

/// After how many seconds a refused request may be sent again.
const RETRY_AFTER: u64 = 1;

/// How a request is written, and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Protobuf,
    Json,
}

/// `ExportTraceServiceResponse`.
#[derive(Clone, PartialEq, Message)]
struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

/// `ExportTracePartialSuccess`.
#[derive(Clone, PartialEq, Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected_spans: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

impl Encoding {
    /// What the request says that its body is.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        match body::content_type(headers).as_str() {
            "application/x-protobuf" => Some(Encoding::Protobuf),
            "application/json" => Some(Encoding::Json),
            _ => None,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        }
    }

    /// The answer to what was taken.
    pub(super) fn taken(self, outcome: &Outcome) -> Response {
        let body = match self {
            Encoding::Protobuf => protobuf(outcome),
            Encoding::Json if outcome.rejected == 0 => b"{}".to_vec(),
            Encoding::Json => {
                let Outcome { rejected, reason } = outcome;
                let partial = json!({"rejectedSpans": rejected.to_string(), "errorMessage": reason});
                json!({"partialSuccess": partial}).to_string().into_bytes()
            }
        };
        ([(header::CONTENT_TYPE, self.content_type())], body).into_response()
    }

    /// The answer to what was not.
    pub(super) fn refused(self, problem: &Problem) -> Response {
        let status = Status { code: code(problem.status()), message: problem.detail().to_owned() };
        let body = match self {
            Encoding::Protobuf => status.encode_to_vec(),
            Encoding::Json => {
                json!({"code": status.code, "message": status.message}).to_string().into_bytes()
            }
        };
        let kind = [(header::CONTENT_TYPE, self.content_type())];
        let mut response = (problem.status(), kind, body).into_response();
        if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER.into());
        }
        response
    }
}

/// The answer to what was taken, as protobuf.
pub(super) fn protobuf(outcome: &Outcome) -> Vec<u8> {
    let partial_success = (outcome.rejected > 0).then(|| PartialSuccess {
        rejected_spans: i64::try_from(outcome.rejected).unwrap_or(i64::MAX),
        error_message: outcome.reason.clone(),
    });
    ExportResponse { partial_success }.encode_to_vec()
}

/// The code of gRPC that says the same as a status of HTTP.
pub(super) fn code(status: StatusCode) -> i32 {
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => tonic::Code::ResourceExhausted,
        StatusCode::SERVICE_UNAVAILABLE => tonic::Code::Unavailable,
        status if status.is_client_error() => tonic::Code::InvalidArgument,
        _ => tonic::Code::Internal,
    };
    code.into()
}
