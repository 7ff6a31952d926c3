//! An address that answers JSON.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::Value;

use crate::fleet::ask::body;
use crate::watch::requests::{self, no_answer};

/// Bytes of an answer at most.
const ANSWER_BYTES: usize = 1 << 20;

/// Asks one address.
pub(super) struct Http {
    client: Client,
    url: String,
    pointer: String,
}

impl Http {
    pub(super) fn new(url: &str, pointer: &str, timeout: Duration) -> Result<Self, String> {
        let client = requests::builder().timeout(timeout).redirect(Policy::none()).build();
        let client = client.map_err(|error| format!("no requests can be sent: {error}"))?;
        Ok(Http { client, url: url.to_owned(), pointer: pointer.to_owned() })
    }

    pub(super) async fn measure(&self) -> Result<f64, String> {
        let answer = self.client.get(&self.url).send().await.map_err(|error| no_answer(&error))?;
        if !answer.status().is_success() {
            return Err(format!("the status is {}", answer.status().as_u16()));
        }
        value(&body(answer, ANSWER_BYTES).await?, &self.pointer)
    }
}

/// The number in a text of JSON that a pointer leads to.
fn value(body: &[u8], pointer: &str) -> Result<f64, String> {
    let json: Value = serde_json::from_slice(body).map_err(|_| "the answer is not JSON")?;
    match json.pointer(pointer) {
        Some(Value::Number(number)) => number.as_f64().ok_or_else(|| "the number is too great".to_owned()),
        Some(Value::Bool(is_true)) => Ok(f64::from(u8::from(*is_true))),
        Some(_) => Err(format!("what is at {pointer:?} is no number")),
        None => Err(format!("there is nothing at {pointer:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_a_number() {
        let body = br#"{"jobs": {"waiting": [3, 4.5]}, "up": true, "a/b": 7, "name": "x"}"#;
        for (pointer, expected) in
            [("/jobs/waiting/1", Ok(4.5)), ("/up", Ok(1.0)), ("/a~1b", Ok(7.0)), ("/jobs/waiting/0", Ok(3.0))]
        {
            assert_eq!(value(body, pointer), expected, "{pointer}");
        }
        assert_eq!(value(b"12", ""), Ok(12.0));
        assert!(value(body, "/none").is_err_and(|reason| reason.contains("nothing")));
        assert!(value(body, "/name").is_err_and(|reason| reason.contains("no number")));
        assert!(value(b"<html>", "").is_err_and(|reason| reason.contains("not JSON")));
    }
}
