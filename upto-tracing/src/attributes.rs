//! Fields of spans and events to attributes.
//!
//! They are gathered before they are given to anything: a field's `Debug` is the host's code, which may use spans
//! itself, so nothing may be held while it runs.

use std::borrow::Cow;
use std::fmt::{self, Debug, Write};

use tracing_core::field::{Field, Visit};
use upto::__private::guarded;
use upto::__private::span::Beginning;
use upto::Value;
use upto::wire::limits;

/// The beginning of the names of fields that are not attributes.
const SPECIAL: &str = "upto.";

/// True if a field of this name says something of the span's event, instead of being an attribute of it.
pub(crate) fn is_special(name: &str) -> bool {
    matches!(name.strip_prefix(SPECIAL), Some("name" | "context" | "timeline" | "host"))
}

/// The field's name as it was meant: `r#type` is `type`.
pub(crate) fn key(field: &Field) -> &'static str {
    field.name().strip_prefix("r#").unwrap_or(field.name())
}

/// What takes a field's value.
pub(crate) trait Take {
    fn take(&mut self, field: &Field, value: Value);

    /// Of a special field: its text, which is not cut like an attribute's. True if it is one, and `text` was used.
    fn take_special(&mut self, field: &Field, text: impl FnOnce() -> String) -> bool;
}

/// Visits fields for a [`Take`].
pub(crate) struct Visitor<T>(pub(crate) T);

impl<T: Take> Visitor<T> {
    fn add(&mut self, field: &Field, value: impl Into<Value> + ToString) {
        if !self.0.take_special(field, || value.to_string()) {
            self.0.take(field, value.into());
        }
    }
}

impl<T: Take> Visit for Visitor<T> {
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
        if !self.0.take_special(field, || name(value).unwrap_or_default()) {
            self.0.take(field, upto::debug(value));
        }
    }
}

/// Values with their fields' names, in the fields' order.
#[derive(Debug, Default)]
pub(crate) struct Pairs(pub(crate) Vec<(Cow<'static, str>, Value)>);

impl Take for &mut Pairs {
    fn take(&mut self, field: &Field, value: Value) {
        self.0.push((key(field).into(), value));
    }

    /// It is too late: the event has its name.
    fn take_special(&mut self, field: &Field, _: impl FnOnce() -> String) -> bool {
        is_special(field.name())
    }
}

/// Attributes, and what else a span says of its event.
impl Take for &mut Beginning {
    fn take(&mut self, field: &Field, value: Value) {
        self.attributes.push((key(field).into(), value));
    }

    fn take_special(&mut self, field: &Field, text: impl FnOnce() -> String) -> bool {
        let Some(special) = field.name().strip_prefix(SPECIAL) else { return false };
        let place = match special {
            "name" => &mut self.name,
            "context" => &mut self.context,
            "timeline" => &mut self.timeline,
            "host" => &mut self.host,
            _ => return false,
        };
        *place = Some(text()).filter(|text| !text.is_empty());
        true
    }
}

const INLINE: usize = 6;

/// The values of all the fields of a place, in their order, or it is told that some are missing.
#[derive(Debug)]
pub(crate) struct Values {
    inline: [Value; INLINE],
    length: usize,
    /// All of them, when they are more.
    more: Vec<Value>,
    /// The fields' places, if they are not 0, 1, 2 and so on.
    places: Vec<usize>,
}

impl Values {
    pub(crate) fn new() -> Self {
        Values {
            inline: [const { Value::Bool(false) }; INLINE],
            length: 0,
            more: Vec::new(),
            places: Vec::new(),
        }
    }

    pub(crate) fn all(&self) -> &[Value] {
        if self.more.is_empty() { &self.inline[..self.length] } else { &self.more }
    }

    /// Where each value's key is; `None`: all are in order, and there are as many as `keys`.
    pub(crate) fn places(&self, keys: usize) -> Option<Vec<usize>> {
        let are_all = self.places.is_empty() && self.length == keys;
        let places = || if self.places.is_empty() { (0..self.length).collect() } else { self.places.clone() };
        (!are_all).then(places)
    }

    fn push(&mut self, value: Value) {
        if let Some(place) = self.inline.get_mut(self.length) {
            *place = value;
        } else {
            if self.more.is_empty() {
                let inline = std::mem::replace(&mut self.inline, [const { Value::Bool(false) }; INLINE]);
                self.more.extend(inline);
            }
            self.more.push(value);
        }
        self.length += 1;
    }
}

impl Take for &mut Values {
    fn take(&mut self, field: &Field, value: Value) {
        if self.places.is_empty() && field.index() != self.length {
            self.places = (0..self.length).collect();
            self.places.push(field.index());
        } else if !self.places.is_empty() {
            self.places.push(field.index());
        }
        self.push(value);
    }

    /// They are of places without special fields.
    fn take_special(&mut self, _: &Field, _: impl FnOnce() -> String) -> bool {
        false
    }
}

/// A name that is formatted: as long as names may be, and a bit more, so that too long ones are refused as such. `None`:
/// a `Debug` panicked, and part of a name would be that of something else.
fn name(value: &dyn Debug) -> Option<String> {
    let mut name = Name::default();
    // An error says that it is long enough, or that a `Debug` gave up.
    guarded(|| write!(name, "{value:?}"))?.ok();
    Some(name.0)
}

#[derive(Default)]
struct Name(String);

impl Write for Name {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.push_str(part);
        if self.0.len() > limits::NAME_BYTES { Err(fmt::Error) } else { Ok(()) }
    }
}
