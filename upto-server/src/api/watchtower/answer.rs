//! Answers: one line of JSON with the status 200, however it went.

use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::json_headers;
use crate::api::Problem;
use crate::store::StoreError;

/// That something was done.
#[derive(Serialize, ToSchema)]
#[schema(as = WatchTowerDone)]
pub(in crate::api) struct Done {
    result: u16,
}

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Refused {
    /// The password is none that allows it.
    Password,
    /// What is asked makes no sense, and why.
    Hint(String),
}

pub(super) type Answered<T> = Result<T, Refused>;

impl Refused {
    pub(super) fn hint(text: impl Into<String>) -> Self {
        Refused::Hint(text.into())
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Refused::hint(problem.detail())
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Refused::Password => one_line(&json!({"result": 403})),
            Refused::Hint(hint) => one_line(&json!({"hint": hint, "result": 500})),
        }
    }
}

/// An answer.
pub(super) fn one_line(answer: &impl Serialize) -> Response {
    // It is made of texts, numbers and maps by text, so it can be written.
    let mut text = serde_json::to_string(answer).unwrap_or_default();
    text.push('\n');
    (json_headers(), text).into_response()
}

/// It was done.
pub(super) fn done() -> Response {
    one_line(&Done { result: 200 })
}
