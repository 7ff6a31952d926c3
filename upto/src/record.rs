//! What is in the queues: records, in words.
//!
//! | record | words |
//! |---|---|
//! | start | header, time |
//! | start with attributes | header, time, types, values |
//! | end | header, time, start's time, start's number |
//! | message | header, time, address of a [`Message`], nothing |
//!
//! A header is the kind (4 bits), how an event ended (4), the number of words (12), 12 bits of nothing, and the node's
//! slot (32). The time behind the header, in cycles, is that of the recording. Starts and ends are of nodes in the table; whatever else there is to say goes
//! by a [`Message`], to which the queue gives the way.

use std::borrow::Cow;

use crate::path::{Node, NodeRef};
use crate::value::Value;
use crate::wire::{Kind, Status};

mod values;

pub(crate) use self::values::{Values, read_values, scalar};

pub(crate) const START_WORDS: usize = 2;
pub(crate) const END_WORDS: usize = 4;

const START: u64 = 1;
const START_WITH: u64 = 2;
const END: u64 = 3;
const MESSAGE: u64 = 4;

const KIND_MASK: u64 = 0xf;
const OUTCOME_SHIFT: u32 = 4;
const LENGTH_SHIFT: u32 = 8;
const LENGTH_MASK: u64 = 0xfff;
const SLOT_SHIFT: u32 = 32;

/// How an event of a short record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Cancelled,
    Panicked,
}

impl Outcome {
    const fn number(self) -> u64 {
        match self {
            Outcome::Done => 0,
            Outcome::Cancelled => 1,
            Outcome::Panicked => 2,
        }
    }

    fn of(header: u64) -> Self {
        match header >> OUTCOME_SHIFT & 0xf {
            1 => Outcome::Cancelled,
            2 => Outcome::Panicked,
            _ => Outcome::Done,
        }
    }
}

#[inline(always)]
pub(crate) fn start_header(node: &Node) -> u64 {
    u64::from(node.slot()) << SLOT_SHIFT | (START_WORDS as u64) << LENGTH_SHIFT | START
}

#[inline(always)]
pub(crate) fn start_with_header(node: &Node, words: usize) -> u64 {
    u64::from(node.slot()) << SLOT_SHIFT | (words as u64) << LENGTH_SHIFT | START_WITH
}

#[inline(always)]
pub(crate) fn end_header(node: &Node, outcome: Outcome) -> u64 {
    let number = outcome.number() << OUTCOME_SHIFT;
    u64::from(node.slot()) << SLOT_SHIFT | (END_WORDS as u64) << LENGTH_SHIFT | number | END
}

pub(crate) const fn message_header() -> u64 {
    4 << LENGTH_SHIFT | MESSAGE
}

/// How many words a record with this header has.
pub(crate) fn length(header: u64) -> usize {
    usize::try_from(header >> LENGTH_SHIFT & LENGTH_MASK).unwrap_or(0)
}

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    Start { slot: u32, has_values: bool },
    End { slot: u32, outcome: Outcome },
    Message,
}

impl Header {
    pub(crate) fn of(header: u64) -> Option<Self> {
        let slot = u32::try_from(header >> SLOT_SHIFT).ok()?;
        match header & KIND_MASK {
            START => Some(Header::Start { slot, has_values: false }),
            START_WITH => Some(Header::Start { slot, has_values: true }),
            END => Some(Header::End { slot, outcome: Outcome::of(header) }),
            MESSAGE => Some(Header::Message),
            _ => None,
        }
    }
}

/// When something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// By the clock that events read.
    Cycles(u64),
    /// As the caller said, in nanoseconds since the epoch.
    Wall(i64),
}

/// Everything that can be said of one instant of an event.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) node: NodeRef,
    /// Of an end: the number that its start has got. That of others is the record's own.
    pub(crate) id: u64,
    pub(crate) time: Time,
    pub(crate) started: Option<Time>,
    pub(crate) status: Status,
    pub(crate) text: String,
    pub(crate) attributes: Vec<(Cow<'static, str>, Value)>,
    /// The numbers of the events that this one follows.
    pub(crate) follows: Vec<u64>,
    /// Something was left out: attributes, or a part of the text.
    pub(crate) truncated: bool,
}

impl Message {
    /// A message that tells no more than this.
    pub(crate) fn new(kind: Kind, node: NodeRef, time: Time) -> Self {
        Message {
            kind,
            node,
            id: 0,
            time,
            started: None,
            status: Status::Ok,
            text: String::new(),
            attributes: Vec::new(),
            follows: Vec::new(),
            truncated: false,
        }
    }

    /// About how much memory it takes, and keeps from being freed.
    pub(crate) fn bytes(&self) -> usize {
        let texts = self.attributes.iter().map(|(key, value)| text_bytes(key, value));
        size_of::<Self>()
            + self.node.kept_bytes()
            + self.text.capacity()
            + self.follows.capacity() * size_of::<u64>()
            + self.attributes.capacity() * ATTRIBUTE_BYTES
            + texts.sum::<usize>()
    }
}

/// Bytes that an attribute takes beside its texts.
pub(crate) const ATTRIBUTE_BYTES: usize = size_of::<(Cow<'_, str>, Value)>();

/// Bytes of memory that an attribute's texts take.
#[allow(clippy::ptr_arg)]
pub(crate) fn text_bytes(key: &Cow<'static, str>, value: &Value) -> usize {
    let text = if let Value::Text(text) | Value::Cut(text) = value { Some(text) } else { None };
    owned_bytes(key) + text.map_or(0, owned_bytes)
}

/// A text that was cut still has the memory of what was cut off.
#[allow(clippy::ptr_arg)]
fn owned_bytes(text: &Cow<'static, str>) -> usize {
    match text {
        Cow::Borrowed(_) => 0,
        Cow::Owned(text) => text.capacity(),
    }
}

#[cfg(test)]
mod tests;
