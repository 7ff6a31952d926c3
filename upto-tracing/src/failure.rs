//! Why a span failed, as an ERROR event in it says.

use std::borrow::Cow;
use std::fmt::Debug;

use tracing_core::Event;
use tracing_core::field::{Field, Visit};
use upto::Value;

use crate::attributes::key;

/// The event's message; without one its field `error` or `err`, which is what `#[instrument(err)]` records.
/// Cut like a text attribute, and empty if there is neither.
pub(crate) fn reason(event: &Event<'_>) -> Cow<'static, str> {
    let mut reason = Reason::default();
    event.record(&mut reason);
    reason.message.or(reason.error).unwrap_or_default()
}

#[derive(Default)]
struct Reason {
    message: Option<Cow<'static, str>>,
    error: Option<Cow<'static, str>>,
}

impl Reason {
    fn set(&mut self, field: &Field, value: impl FnOnce() -> Value) {
        let slot = match key(field) {
            "message" => &mut self.message,
            "error" | "err" => &mut self.error,
            _ => return,
        };
        if let Value::Text(text) | Value::Cut(text) = value() {
            *slot = Some(text);
        }
    }
}

impl Visit for Reason {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, || value.into());
    }

    /// Numbers come here too.
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, || upto::debug(value));
    }
}
