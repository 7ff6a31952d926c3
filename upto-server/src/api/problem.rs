//! Errors as problem details (RFC 9457) with a true status code.

use std::time::Duration;

use axum::extract::OriginalUri;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::catalog::Unanswered;
use crate::ingest::Refusal;
use crate::store::StoreError;

pub(super) const CONTENT_TYPE: &str = "application/problem+json";
/// Bytes of an error's text that are kept.
const TEXT_BYTES: usize = 64 << 10;
/// After what time a refused request may be sent again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What went wrong with a request.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
}

/// What is wrong with a request (RFC 9457).
#[derive(Serialize, ToSchema)]
struct Body<'a> {
    r#type: &'static str,
    title: &'static str,
    /// As in the status line.
    status: u16,
    /// What is wrong, for people.
    detail: &'a str,
}

/// What [`schema`] is called in the description.
pub(super) const SCHEMA: &str = "Problem";

/// The schema of a problem.
pub(super) fn schema() -> RefOr<Schema> {
    Body::schema()
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem { status, detail: detail.into() }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(super) fn no_context(name: &str) -> Self {
        Problem::new(StatusCode::NOT_FOUND, format!("there is no context {}", quoted(name)))
    }

    pub(super) fn no_timeline(context: &str, name: &str) -> Self {
        let detail = format!("there is no timeline {} in the context {}", quoted(name), quoted(context));
        Problem::new(StatusCode::NOT_FOUND, detail)
    }
}

/// A name within a sentence: quoted, and cut where it is long.
fn quoted(name: &str) -> String {
    let short: String = name.chars().take(100).collect();
    format!("{short:?}{}", if short.len() < name.len() { "…" } else { "" })
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Problem::from(&error)
    }
}

impl From<&StoreError> for Problem {
    /// Only where it may help, the answer says that one may try again.
    fn from(error: &StoreError) -> Self {
        let is_temporary = error.is_temporary();
        let status =
            if is_temporary { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
        Problem::new(status, error.to_string())
    }
}

impl From<Unanswered> for Problem {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Store(error) => Problem::from(error),
            Unanswered::TooLarge { .. } => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, unanswered.to_string())
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match &refusal {
            Refusal::Store(error) => Problem::from(error.as_ref()).status,
            Refusal::Damaged { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Refusal::Report(_) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        Problem::new(status, refusal.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body = Body { r#type: "about:blank", title, status: self.status.as_u16(), detail: &self.detail };
        let text = serde_json::to_string(&body).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER.as_secs().into());
        }
        response
    }
}

/// Marks an answer that says what is wrong in the way of another protocol.
#[derive(Clone, Copy, Debug)]
pub(super) struct SaidOtherwise;

/// Makes a problem of every error that is not one yet, such as those of the extractors; what it says is kept.
pub(super) async fn instead_of_text(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_said = response.extensions().get::<SaidOtherwise>().is_some();
    if !is_error
        || is_said
        || response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == CONTENT_TYPE)
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let text = axum::body::to_bytes(body, TEXT_BYTES).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let detail =
        if text.trim().is_empty() { status.canonical_reason().unwrap_or("Error") } else { text.trim() };
    let mut response = Problem::new(status, detail).into_response();
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(parts.headers);
    response
}

pub(super) async fn no_route(OriginalUri(uri): OriginalUri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at {}; begin at /api", quoted(uri.path())))
}

pub(super) async fn no_method(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    let detail = format!("{} does not take {method}", quoted(uri.path()));
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}
