//! One instant of an event, as a sender told it.

use upto::wire::{Batch, Kind, Message, Status, Value};

/// What a mark tells of its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkKind {
    /// The event began.
    Start,
    /// The event ended.
    End,
    /// The event has no duration: it happened at this instant.
    Point,
}

/// One instant of an event. Texts borrow from where they were received; empty ones were not given.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark<'a> {
    /// What it tells.
    pub kind: MarkKind,
    /// The event's path.
    pub name: &'a str,
    /// Where it ran.
    pub host: &'a str,
    /// Tells events of one name and host apart; 0: not given.
    pub id: u64,
    /// The id of the event that this is part of; 0: not given.
    pub parent: u64,
    /// Nanoseconds since the epoch.
    pub time: i64,
    /// On an end: when the event began, if the sender knew.
    pub started: Option<i64>,
    /// How the event ended.
    pub status: Status,
    /// A text for people.
    pub text: &'a str,
    /// Attributes, by key.
    pub attributes: &'a [(&'a str, Value<'a>)],
    /// The sender left out attributes or text.
    pub truncated: bool,
}

impl<'a> Mark<'a> {
    /// The mark in `message`, which is one of `batch`; `now` stands in for a time not given. `None` for
    /// messages that are no marks.
    #[must_use]
    pub fn of(message: &Message<'a>, batch: &'a Batch<'a>, now: i64) -> Option<Self> {
        let kind = match message.kind {
            Kind::Start => MarkKind::Start,
            Kind::End => MarkKind::End,
            Kind::Point => MarkKind::Point,
            _ => return None,
        };
        let Message { name, host, id, parent, started, status, text, truncated, .. } = *message;
        let time = message.time.unwrap_or(now);
        let attributes = batch.attributes_of(message);
        Some(Mark { kind, name, host, id, parent, time, started, status, text, attributes, truncated })
    }

    /// The mark as a message of `context`.
    #[must_use]
    pub fn as_message(&self, context: &'a str) -> Message<'a> {
        let kind = match self.kind {
            MarkKind::Start => Kind::Start,
            MarkKind::End => Kind::End,
            MarkKind::Point => Kind::Point,
        };
        let Mark { name, host, id, parent, started, status, text, truncated, .. } = *self;
        let time = Some(self.time);
        Message {
            kind,
            context,
            name,
            host,
            id,
            parent,
            time,
            started,
            status,
            text,
            truncated,
            ..Message::default()
        }
    }
}
