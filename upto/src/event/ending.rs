//! What is known of an event only when it ends, or was said of it since it started.

use std::borrow::Cow;

use crate::path::NodeRef;
use crate::record::{Message, Time};
use crate::value::{Captured, Value};
use crate::wire::{Kind, Status, limits};

/// Events that one event follows at most.
const FOLLOWED: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct Ending {
    status: Status,
    text: String,
    attributes: Vec<(Cow<'static, str>, Value)>,
    follows: Vec<u64>,
    truncated: bool,
    pub(super) ended_at: Option<i64>,
}

impl Ending {
    pub(crate) fn set_attribute(&mut self, key: Cow<'static, str>, value: Value) {
        self.attributes.retain(|(other, _)| *other != key);
        if self.attributes.len() < limits::ATTRIBUTES {
            self.attributes.push((key, value));
        } else {
            self.truncated = true;
        }
    }

    /// A greater status is not taken back by what comes later.
    pub(crate) fn set_status(&mut self, status: Status, reason: Captured) {
        if status > self.status {
            self.status = status;
            self.text = reason.text;
            self.truncated |= reason.is_cut;
        }
    }

    pub(crate) fn follow(&mut self, id: u64) {
        if self.follows.len() >= FOLLOWED {
            self.truncated = true;
        } else if id != 0 {
            self.follows.push(id);
        }
    }

    /// The end of the event whose start has number `id`.
    pub(crate) fn message(self, node: NodeRef, id: u64, started: Time, now: u64) -> Message {
        let Ending { status, text, attributes, follows, truncated, ended_at } = self;
        let time = ended_at.map_or(Time::Cycles(now), Time::Wall);
        let started = Some(started);
        Message {
            id,
            started,
            status,
            text,
            attributes,
            follows,
            truncated,
            ..Message::new(Kind::End, node, time)
        }
    }
}
