//! What marks fold to.

use std::cmp::Ordering;
use std::sync::Arc;

use upto::wire::{Status, Value};

/// In which state an event is. Nothing is inferred: what is not known has a state of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// An instant without duration.
    Point,
    /// Started and ended.
    Done,
    /// Started and not ended: running, or its end was lost.
    Open,
    /// Ended, and its start never arrived.
    UnknownStart,
    /// Given up before it was done.
    Cancelled,
    /// Failed, whether its start is known or not.
    Failed,
}

impl State {
    /// The state as the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Point => "point",
            State::Done => "done",
            State::Open => "open",
            State::UnknownStart => "unknown_start",
            State::Cancelled => "cancelled",
            State::Failed => "failed",
        }
    }

    /// The state that the API writes so.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        [State::Point, State::Done, State::Open, State::UnknownStart, State::Cancelled, State::Failed]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// The value of an attribute, owned. Ordered as [`Value`] is.
#[derive(Clone, Debug)]
pub enum AttributeValue {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that an `i64` can't hold.
    Uint(u64),
    /// A floating-point number.
    Float(f64),
    /// A text.
    Text(Box<str>),
}

impl AttributeValue {
    /// The same value, borrowed.
    #[must_use]
    pub fn as_value(&self) -> Value<'_> {
        match self {
            AttributeValue::Bool(value) => Value::Bool(*value),
            AttributeValue::Int(value) => Value::Int(*value),
            AttributeValue::Uint(value) => Value::Uint(*value),
            AttributeValue::Float(value) => Value::Float(*value),
            AttributeValue::Text(value) => Value::Text(value),
        }
    }
}

impl From<Value<'_>> for AttributeValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Bool(value) => AttributeValue::Bool(value),
            Value::Int(value) => AttributeValue::Int(value),
            Value::Uint(value) => AttributeValue::Uint(value),
            Value::Float(value) => AttributeValue::Float(value),
            Value::Text(value) => AttributeValue::Text(value.into()),
        }
    }
}

impl Ord for AttributeValue {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_value().cmp(&other.as_value())
    }
}

impl PartialOrd for AttributeValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for AttributeValue {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for AttributeValue {}

/// What makes two reports of an event the same event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey {
    /// The event's path.
    pub name: Arc<str>,
    /// Where it ran; empty: not given.
    pub host: Arc<str>,
    /// The sender's id; 0: none given.
    pub id: u64,
}

/// A task of a timeline, as far as its marks tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The event's path, `ancestor.parent.leaf`.
    pub name: Arc<str>,
    /// Where it ran; empty: not given.
    pub host: Arc<str>,
    /// Tells events of one name and host apart; 0: none given.
    pub id: u64,
    /// The id of the event that this is part of; 0: not given.
    pub parent: u64,
    /// When it began, in nanoseconds since the epoch, if that is known.
    pub start: Option<i64>,
    /// When it ended, if it did.
    pub end: Option<i64>,
    /// Its state.
    pub state: State,
    /// A text for people, mostly why it failed; empty: none.
    pub text: Box<str>,
    /// Attributes in the order of their keys.
    pub attributes: Vec<(Arc<str>, AttributeValue)>,
    /// A sender left out attributes or text.
    pub truncated: bool,
}

impl Event {
    /// How long it took, in nanoseconds; `None` while start or end are unknown. An end before its start, which
    /// only clocks that disagree make, is no duration at all: 0.
    #[must_use]
    pub fn duration(&self) -> Option<i64> {
        Some(self.end?.saturating_sub(self.start?).max(0))
    }

    /// The earliest instant that is known of it.
    #[must_use]
    pub fn first(&self) -> i64 {
        self.start.or(self.end).unwrap_or_default()
    }

    /// The latest instant that is known of it.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.end.or(self.start).unwrap_or_default()
    }

    /// The order in which events are listed; total, so that every reader sees the same one.
    #[must_use]
    pub fn listing_order(&self) -> (i64, &str, &str, u64, i64, bool, bool) {
        let (is_open, is_point) = (self.end.is_none(), self.state == State::Point);
        (self.first(), &self.name, &self.host, self.id, self.last(), is_open, is_point)
    }
}

/// The state that a start, an end and a status make.
pub(super) fn state_of(start: Option<i64>, end: Option<i64>, status: Status) -> State {
    match (status, start, end) {
        (Status::Failed, _, Some(_)) => State::Failed,
        (Status::Cancelled, _, Some(_)) => State::Cancelled,
        (_, Some(_), Some(_)) => State::Done,
        (_, None, Some(_)) => State::UnknownStart,
        (_, _, None) => State::Open,
    }
}
