//! Requests that tell somebody.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::Value;

use super::SendProblem;
use crate::watch::requests;

/// The header by which whoever is told twice can tell.
const KEY: &str = "idempotency-key";

/// Sends requests.
pub(super) struct Requests(Client);

impl Requests {
    pub(super) fn new(timeout: Duration) -> Result<Self, SendProblem> {
        // Nobody is to be sent on to where an answer says.
        let client = requests::builder().timeout(timeout).redirect(Policy::none()).build();
        client
            .map(Requests)
            .map_err(|error| SendProblem::lasting(format!("no requests can be sent: {error}")))
    }

    /// Posts JSON.
    pub(super) async fn post(
        &self,
        url: &str,
        headers: &BTreeMap<&str, &str>,
        key: &str,
        body: &Value,
    ) -> Result<(), SendProblem> {
        let mut request = self.0.post(url).header("content-type", "application/json").body(body.to_string());
        if let Ok(key) = HeaderValue::from_bytes(key.as_bytes()) {
            request = request.header(KEY, key);
        }
        for (name, value) in headers {
            let pair = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value));
            let (Ok(name), Ok(value)) = pair else { return Err(SendProblem::lasting("a header is none")) };
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(answer) => judge(answer.status()),
            // Its address may be a secret.
            Err(error) => Err(SendProblem::passing(format!("no answer: {}", error.without_url()))),
        }
    }
}

/// What an answer says: what may pass, such as too many requests, is tried again.
fn judge(status: StatusCode) -> Result<(), SendProblem> {
    let text = || format!("the answer was {status}");
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Err(SendProblem::passing(text())),
        _ if status.is_client_error() => Err(SendProblem::lasting(text())),
        _ => Err(SendProblem::passing(text())),
    }
}
