//! Starts and ends into the thread's queue, each by the shortest record that can say it.

use super::Local;
use super::queue::send;
use crate::client;
use crate::clock::cycles;
use crate::path::{CallSite, Node, NodeRef};
use crate::record::{self, Message, Outcome, START_WORDS, Time, Values};
use crate::ring::Room;
use crate::state::{self, State};
use crate::value::Value;
use crate::wire::{Kind, Status};

/// Why an event failed whose guard was dropped by a panic.
const PANICKED: &str = "panicked";

/// Records the start of an event; its number.
pub(crate) fn record_start(node: NodeRef, time: Time) -> Option<u64> {
    let state = state::now();
    match (node, time) {
        _ if state.is_off() => None,
        (NodeRef::Static(node), Time::Cycles(started)) => {
            Local::with(|local| local.push_plain_start(state, node, started))
        }
        (node, time) => send(Message::new(Kind::Start, node, time), Room::Open),
    }
}

/// Records the end of an event, whose start has number `id`.
pub(crate) fn record_end(node: NodeRef, outcome: Outcome, started: Time, now: u64, id: u64) {
    match (node, started) {
        (NodeRef::Static(node), Time::Cycles(started)) => {
            Local::with(|local| local.push_end(node, outcome, [now, started, id]));
        }
        _ if id == 0 => count_unrecorded_end(),
        (node, started) => send_end(end_message(node, outcome, started, now, id)),
    }
}

/// Records the end of an event that has more to say.
pub(crate) fn send_end(message: Message) {
    send(message, Room::Reserved);
}

/// Counts the end of an event whose start was not recorded.
pub(crate) fn count_unrecorded_end() {
    if !state::now().is_off() {
        client::count_unrecorded();
    }
}

/// Counts an event of which neither the start nor the end is recorded.
pub(crate) fn count_unrecorded_event() {
    count_unrecorded_end();
    count_unrecorded_end();
}

/// Starts an event of `site` below the current one: its node, when, and the start's number.
#[inline]
pub(crate) fn start_detached(site: &'static CallSite, values: &[Value]) -> Option<(NodeRef, u64, u64)> {
    let state = state::now();
    if state.is_off() {
        return None;
    }
    Local::with(|local| match (values, local.child_at_once(state, site, START_WORDS)) {
        ([], Some(node)) => {
            let started = cycles::now();
            let id = local.producer.write(record::start_header(node), [started]);
            Some((NodeRef::Static(node), started, id))
        }
        _ => local.start_detached(state, site.below(&local.current()), values),
    })
}

impl Local {
    /// Starts an event of `node`: that, the time, and the number of the start, 0 if there was no room. No node is one
    /// that could not be named, and is counted.
    #[cold]
    #[inline(never)]
    pub(super) fn start_detached(
        &self,
        state: State,
        node: Option<NodeRef>,
        values: &[Value],
    ) -> Option<(NodeRef, u64, u64)> {
        let Some(node) = node else {
            client::refuse_name(Kind::Start);
            return None;
        };
        let started = cycles::now();
        let id = self.push_start_of(state, &node, started, values);
        Some((node, started, id.unwrap_or(0)))
    }

    /// Records a start with the values of the node's keys; its number.
    pub(super) fn push_start_of(
        &self,
        state: State,
        node: &NodeRef,
        started: u64,
        values: &[Value],
    ) -> Option<u64> {
        match node {
            NodeRef::Static(node) if values.is_empty() => self.push_plain_start(state, node, started),
            NodeRef::Static(node) => self.push_start_with(state, node, started, values),
            NodeRef::Counted(_) => send_start(node, started, values),
        }
    }

    fn push_plain_start(&self, state: State, node: &'static Node, started: u64) -> Option<u64> {
        self.push(state, record::start_header(node), &[started], Room::Open)
    }

    fn push_start_with(
        &self,
        state: State,
        node: &'static Node,
        started: u64,
        values: &[Value],
    ) -> Option<u64> {
        let Some(words) = Values::of(started, values) else {
            return send_start(&NodeRef::Static(node), started, values);
        };
        let header = record::start_with_header(node, 1 + words.words().len());
        self.push(state, header, words.words(), Room::Open)
    }

    /// Records an end, of the words that follow the header: when it ended and started, and the start's number.
    pub(super) fn push_end(&self, node: &'static Node, outcome: Outcome, words: [u64; 3]) {
        let state = state::now();
        match words {
            _ if state.is_off() => {}
            [.., 0] => client::count_unrecorded(),
            words => {
                self.push(state, record::end_header(node, outcome), &words, Room::Reserved);
            }
        }
    }
}

fn send_start(node: &NodeRef, started: u64, values: &[Value]) -> Option<u64> {
    let keys = node.keys().iter().map(|key| (*key).into());
    let attributes = keys.zip(values.iter().cloned()).collect();
    let message = Message { attributes, ..Message::new(Kind::Start, node.clone(), Time::Cycles(started)) };
    send(message, Room::Open)
}

fn end_message(node: NodeRef, outcome: Outcome, started: Time, now: u64, id: u64) -> Message {
    let (status, text) = end_of(outcome);
    let (started, text) = (Some(started), text.to_owned());
    Message { id, started, status, text, ..Message::new(Kind::End, node, Time::Cycles(now)) }
}

/// What an outcome is on the wire.
pub(crate) fn end_of(outcome: Outcome) -> (Status, &'static str) {
    match outcome {
        Outcome::Done => (Status::Ok, ""),
        Outcome::Cancelled => (Status::Cancelled, ""),
        Outcome::Panicked => (Status::Failed, PANICKED),
    }
}

/// Records a start at a time, as a thread does that has seen this state, and was suspended since. It has a queue.
#[cfg(test)]
pub(crate) fn record_in(seen: State, name: &'static str, time: u64) {
    let node = crate::path::child(&crate::path::root(), &name.into(), &[]);
    let Some(NodeRef::Static(node)) = node else { return };
    Local::with(|local| local.push_plain_start(seen, node, time));
}
