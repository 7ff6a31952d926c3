//! Errors as problem details (RFC 9457) with a true status code.

use std::time::Duration;

use axum::extract::OriginalUri;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::ingest::Refusal;
use crate::store::StoreError;

/// After what time a refused request may be sent again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What went wrong with a request.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem { status, detail: detail.into() }
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
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, refusal.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body = Body { r#type: "about:blank", title, status: self.status.as_u16(), detail: &self.detail };
        let text = serde_json::to_string(&body).unwrap_or_default();
        let mut response =
            (self.status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER.as_secs().into());
        }
        response
    }
}

pub(super) async fn no_route(OriginalUri(uri): OriginalUri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at {}; begin at /api", quoted(uri.path())))
}

pub(super) async fn no_method(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    let detail = format!("{} does not take {method}", quoted(uri.path()));
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}
