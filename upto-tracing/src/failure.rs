//! Why a span failed, as an ERROR event in it says.

use std::borrow::Cow;
use std::fmt::Debug;

use tracing_core::field::{Field, Visit};
use tracing_core::{Event, Metadata};
use upto::Value;

use crate::attributes::key;

/// The event's message; without one its field `error` or `err`, which is what `#[instrument(err)]` records; without
/// either, or where they are empty, where the event is: nobody would know why otherwise. Cut like a text attribute.
pub(crate) fn reason(event: &Event<'_>) -> Cow<'static, str> {
    let mut reason = Reason::default();
    event.record(&mut reason);
    let said = [reason.message, reason.error].into_iter().flatten().find(|text| !text.is_empty());
    said.unwrap_or_else(|| place(event.metadata()).into())
}

/// `target (file:line)`, as much of it as is known.
fn place(metadata: &Metadata<'_>) -> String {
    let target = if metadata.target().is_empty() { "error" } else { metadata.target() };
    match (metadata.file(), metadata.line()) {
        (Some(file), Some(line)) => format!("{target} ({file}:{line})"),
        (Some(file), None) => format!("{target} ({file})"),
        _ => target.to_owned(),
    }
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
