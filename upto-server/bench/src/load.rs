//! Datagrams of the events of a busy program: packets as the SDK makes them, and single messages as scripts send them.
//!
//! The events are those of the benchmark of blocks: 64 workers, each with one event after the other, 50 names.

// The events are made by a benchmark that ends where something is wrong.
#[allow(clippy::expect_used, clippy::panic)]
#[path = "../../benches/blocks/load.rs"]
mod events;
mod packets;
mod run;
mod singles;

use upto::wire::{Kind, Message};
use upto_server::timeline::{Mark, MarkKind};

pub(crate) use self::packets::Packets;
pub(crate) use self::run::Run;
pub(crate) use self::singles::singles;

const CONTEXT: &str = "bench";

/// Marks are asked for together by the time in which they came.
const TOGETHER: std::time::Duration = std::time::Duration::from_millis(20);

/// How much there is in something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) events: u64,
    pub(crate) messages: u64,
    pub(crate) datagrams: u64,
}

/// The message that tells of a mark.
fn message<'a>(mark: &Mark<'a>) -> Message<'a> {
    let Mark { name, host, id, time, started, .. } = *mark;
    let kind = match mark.kind {
        MarkKind::Start => Kind::Start,
        MarkKind::End => Kind::End,
        MarkKind::Point => Kind::Point,
    };
    Message { kind, context: CONTEXT, name, host, id, time: Some(time), started, ..Message::default() }
}
