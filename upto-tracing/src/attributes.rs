//! Fields of spans to attributes of events.

use std::fmt::Debug;

use tracing_core::field::{Field, Visit};
use upto::Value;

/// The attributes that recorded fields become, in the fields' order.
///
/// They are gathered before they are given to an event: a field's `Debug` is the host's code, which may
/// use spans itself, so nothing may be held while it runs.
#[derive(Debug, Default)]
pub(crate) struct Gathered(Vec<(&'static str, Value)>);

impl Gathered {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.push((key(field), value.into()));
    }
}

/// The field's name as it was meant: `r#type` is `type`.
pub(crate) fn key(field: &Field) -> &'static str {
    field.name().strip_prefix("r#").unwrap_or(field.name())
}

impl IntoIterator for Gathered {
    type Item = (&'static str, Value);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Visit for Gathered {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.add(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, upto::debug(value));
    }
}
