//! Any address that answers with JSON.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::super::connector::{Connector, ProbeError};
use super::super::model::{DETAIL_BYTES, Probe};
use super::Timing;
use super::fetch::Fetch;

pub(super) struct HttpJson {
    pub(super) fetch: Fetch,
    pub(super) figures: Vec<(String, String)>,
    pub(super) expected: Vec<(String, Value)>,
    pub(super) timing: Timing,
}

#[async_trait]
impl Connector for HttpJson {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let answer = self.fetch.get_good("").await?;
        let malformed = |error: serde_json::Error| ProbeError::Malformed(format!("no JSON: {error}"));
        let answer: Value = serde_json::from_slice(&answer).map_err(malformed)?;
        let probe = self.figures.iter().fold(Probe::up(), |probe, (figure, pointer)| {
            match answer.pointer(pointer).and_then(number) {
                Some(value) => probe.with(figure, value),
                None => probe.but(format!("there is no number at {pointer:?}")),
            }
        });
        let probe = self.expected.iter().fold(probe, |probe, (pointer, expected)| {
            let is_so = answer.pointer(pointer).is_some_and(|there| is_same(there, expected));
            if is_so { probe } else { probe.but(format!("at {pointer:?} there is not {expected}")) }
        });
        let detail = answer.to_string();
        Ok(if detail.len() <= DETAIL_BYTES { probe.with_detail(detail) } else { probe })
    }

    super::timed!("http-json");
}

/// A number, or a text that is one, or a truth.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(is_true) => Some(f64::from(u8::from(*is_true))),
        _ => None,
    }
}

/// Whether two values are the same: 1 and 1.0 are.
fn is_same(one: &Value, other: &Value) -> bool {
    one == other || one.as_f64().is_some() && one.as_f64() == other.as_f64()
}
