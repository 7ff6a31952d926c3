//! The event around a command, as messages.

use std::time::{Instant, SystemTime};

use upto::wire::{Kind, Message, Status};

use super::outcome::Outcome;
use super::place::Place;
use super::trace;
use crate::cli::attribute::Attribute;
use crate::cli::failure::Failure;
use crate::cli::mark;

/// Ids below this survive languages whose numbers are floating-point.
const IDS: u64 = 1 << 53;

/// An event that may begin.
#[derive(Debug)]
pub(super) struct Event {
    place: Place,
    id: u64,
    traceparent: String,
}

impl Event {
    /// One in the trace `outer`, if that is not empty.
    pub(super) fn new(place: Place, outer: &str) -> Self {
        let id = (trace::random() % IDS).max(1);
        Event { place, id, traceparent: trace::traceparent(outer, id) }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn traceparent(&self) -> &str {
        &self.traceparent
    }

    /// # Errors
    /// What is to be said of it is no message.
    pub(super) fn check(&self) -> Result<(), Failure> {
        mark::encode(&self.message(Kind::Start), &self.attributes()).map(drop)
    }

    /// It begins now.
    pub(super) fn start(self) -> Running {
        Running { event: self, started: mark::nanoseconds(SystemTime::now()), clock: Instant::now() }
    }

    fn message(&self, kind: Kind) -> Message<'_> {
        let Place { context, timeline, path, host, auto_ip, .. } = &self.place;
        Message {
            kind,
            context,
            timeline,
            name: path,
            host,
            auto_ip: *auto_ip,
            id: self.id,
            ..Message::default()
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = self.place.attributes.clone();
        attributes.push(Attribute::new("traceparent", &self.traceparent));
        attributes
    }
}

/// An event that has begun.
#[derive(Debug)]
pub(super) struct Running {
    event: Event,
    /// Nanoseconds since the epoch.
    started: i64,
    clock: Instant,
}

impl Running {
    /// The messages that tell of its beginning.
    pub(super) fn started(&self) -> Vec<Vec<u8>> {
        let time = Some(self.started);
        let opening = Message {
            kind: Kind::New,
            context: &self.event.place.context,
            timeline: &self.event.place.timeline,
            ..Message::default()
        };
        let opening = self.event.place.is_new.then(|| mark::encode(&opening, &[]));
        let start = Message { time, ..self.event.message(Kind::Start) };
        let start = mark::encode(&start, &self.event.attributes());
        // What can't be encoded has been refused by `check`.
        opening.into_iter().chain([start]).flatten().collect()
    }

    /// The messages that tell of its end. What the command wrote last is in one of its own: it is long, and
    /// may not arrive where the others do.
    pub(super) fn ended(&self, outcome: &Outcome) -> Vec<Vec<u8>> {
        let elapsed = outcome.at.saturating_duration_since(self.clock);
        let elapsed = i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX);
        let end = Message {
            time: Some(self.started.saturating_add(elapsed)),
            started: Some(self.started),
            status: outcome.status(),
            text: &outcome.reason(),
            ..self.event.message(Kind::End)
        };
        let is_told = outcome.status() != Status::Ok && !outcome.tail.is_empty();
        let tail = is_told.then(|| mark::encode(&end, &[Attribute::new("output", &outcome.tail)]));
        [mark::encode(&end, &outcome.attributes())].into_iter().chain(tail).flatten().collect()
    }
}
