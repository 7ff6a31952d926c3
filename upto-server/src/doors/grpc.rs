//! What is refused, in the way of gRPC: its clients look for a status of their own, not for one of HTTP.

use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::Value;
use tonic::{Code, Status};

/// Bytes of a problem that are looked at.
const PROBLEM_BYTES: usize = 64 << 10;

/// Whether a request is a call of gRPC.
pub(super) fn is_call(head: &Parts) -> bool {
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/grpc"))
}

/// The same as a status of gRPC.
pub(super) async fn refused(response: Response) -> Response {
    let code = code(response.status());
    let body = axum::body::to_bytes(response.into_body(), PROBLEM_BYTES).await.unwrap_or_default();
    let problem: Option<Value> = serde_json::from_slice(&body).ok();
    let detail = problem.as_ref().and_then(|problem| problem["detail"].as_str()).unwrap_or_default();
    Status::new(code, detail).into_http()
}

/// The code that says the same.
fn code(status: StatusCode) -> Code {
    match status {
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::TOO_MANY_REQUESTS => Code::ResourceExhausted,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        StatusCode::MISDIRECTED_REQUEST => Code::FailedPrecondition,
        _ => Code::Internal,
    }
}

/// What the audit log says of an answer with this code: the status of HTTP that says the same.
pub(crate) fn status(code: Code) -> u16 {
    match code {
        Code::Ok => 200,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::ResourceExhausted => 429,
        Code::Cancelled => 499,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::DeadlineExceeded => 504,
        Code::Unknown | Code::Internal | Code::DataLoss => 500,
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;
    use crate::api::Problem;

    #[tokio::test]
    async fn a_problem_becomes_a_status_with_what_it_says() {
        for (status, code) in [(StatusCode::UNAUTHORIZED, "16"), (StatusCode::FORBIDDEN, "7")] {
            let refused = refused(Problem::new(status, "go away").into_response()).await;
            assert_eq!(
                (refused.status(), &refused.headers()["grpc-status"]),
                (StatusCode::OK, &code.parse().expect("text"))
            );
            assert_eq!(refused.headers()["grpc-message"], "go%20away");
        }
    }
}
