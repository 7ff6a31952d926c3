//! Pages of other sites: watchTower lets all of them ask, and a password protects what they ask for.
//!
//! Where the server needs no tokens, nothing would: then only the origins of the configuration may read answers.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::App;

const HEADERS: [(HeaderName, &str); 2] = [
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "password, content-type"),
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE, OPTIONS"),
];

/// Answers, and adds to answers of this protocol what lets pages of other sites ask.
pub(in crate::api) async fn answer(app: &App, request: Request, next: Next) -> Response {
    if !is_ours(request.uri().path()) {
        return next.run(request).await;
    }
    let is_question = request.method() == Method::OPTIONS;
    let mut response = match is_question {
        true => StatusCode::OK.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    if !app.doors.is_open() {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}

/// Whether a path is one of this protocol's.
fn is_ours(path: &str) -> bool {
    let path = path.strip_prefix("//").or_else(|| path.strip_prefix('/')).unwrap_or(path);
    let first = path.split('/').next().unwrap_or_default();
    matches!(
        first,
        "" | "hello"
            | "heartbeat"
            | "heartbeats"
            | "get"
            | "event"
            | "events"
            | "add-event"
            | "list-events"
            | "pings"
    )
}
