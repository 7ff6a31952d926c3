//! What events of `tracing` become, if asked for: points.

use std::borrow::Cow;

use tracing_core::field::Field;
use tracing_core::{Event, Metadata};
use upto::__private::span::{Parent, Spans};
use upto::Value;

use crate::attributes::{Take, Visitor, key};

/// How the names begin of events that were not given one: their file and line follow.
const UNNAMED: &str = "event ";
/// How the names begin of fields that say where a record of the `log` crate comes from.
const LOG: &str = "log.";

/// Sends the point that `event` is.
pub(crate) fn send(spans: &Spans, event: &Event<'_>, parent: Parent) {
    let origin = origin(event);
    let metadata = origin.as_ref().unwrap_or(event.metadata());
    let name = match &origin {
        Some(origin) => segment(origin.target()).into_owned().into(),
        None => name(event.metadata()),
    };
    let mut fields = Fields { is_log: origin.is_some(), attributes: vec![level(metadata)] };
    event.record(&mut Visitor(&mut fields));
    spans.point(name, parent, fields.attributes);
}

/// Of a record of the `log` crate: where it comes from.
#[cfg(feature = "log")]
fn origin<'e>(event: &'e Event<'_>) -> Option<Metadata<'e>> {
    use tracing_log::NormalizeEvent as _;
    event.normalized_metadata()
}

#[cfg(not(feature = "log"))]
fn origin<'e>(_: &'e Event<'_>) -> Option<Metadata<'e>> {
    None
}

fn name(metadata: &'static Metadata<'static>) -> Cow<'static, str> {
    if metadata.name().starts_with(UNNAMED) { segment(metadata.target()) } else { segment(metadata.name()) }
}

/// A text as one segment of a path.
fn segment(text: &str) -> Cow<'_, str> {
    upto::escape(if text.is_empty() { "event" } else { text })
}

fn level(metadata: &Metadata<'_>) -> (Cow<'static, str>, Value) {
    ("level".into(), Value::Text(metadata.level().as_str().into()))
}

struct Fields {
    is_log: bool,
    attributes: Vec<(Cow<'static, str>, Value)>,
}

impl Take for &mut Fields {
    fn take(&mut self, field: &Field, value: Value) {
        if !(self.is_log && field.name().starts_with(LOG)) {
            self.attributes.push((key(field).into(), value));
        }
    }

    /// Points have none.
    fn take_special(&mut self, _: &Field, _: impl FnOnce() -> String) -> bool {
        false
    }
}
