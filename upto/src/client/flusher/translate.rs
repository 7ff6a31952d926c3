//! Records to messages: numbers to names, cycles to times.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use super::outgoing::Outgoing;
use super::reading;
use crate::client::shared::{Shared, Timeline};
use crate::clock::Timebase;
use crate::local;
use crate::path::{Node, by_slot};
use crate::record::{self, Header, Message, Outcome, Time};
use crate::testing;
use crate::wire::{self, Kind, Short, ShortName, limits};

/// Timelines whose events are still known to be of them. An event that outlasts as many is not sent when it ends.
const TIMELINES: usize = 1_024;
const EPOCH_MASK: u64 = (1 << (64 - local::NUMBER_BITS)) - 1;
/// Ids stay where every language's numbers are exact.
const ID_MASK: u64 = (1 << 53) - 1;

pub(super) struct Translator {
    shared: &'static Shared,
    id_base: u64,
    /// Short records say all that is to be said of most events.
    is_short: bool,
    /// What numbers of the latest epoch begin with.
    latest: u64,
    timebase: Timebase,
    /// The latest ones that were opened, and those that are next.
    timelines: VecDeque<Timeline>,
    coming: VecDeque<Timeline>,
    scratch: Scratch,
}

/// Memory that is used again and again.
#[derive(Default)]
struct Scratch {
    path: String,
    prefixed: String,
    texts: Vec<u8>,
}

impl Translator {
    pub(super) fn new(shared: &'static Shared, id_base: u64) -> Self {
        let timebase = Timebase::new(reading());
        let is_short = shared.settings.traceparent.is_empty();
        Translator {
            shared,
            id_base,
            is_short,
            latest: 0,
            timebase,
            timelines: VecDeque::new(),
            coming: VecDeque::new(),
            scratch: Scratch::default(),
        }
    }

    /// Learns what time it is, and of new timelines.
    pub(super) fn begin_round(&mut self) {
        self.timebase.update(reading());
        self.coming.extend(self.shared.take_timelines());
    }

    /// The epoch of the latest timeline that was opened.
    pub(super) fn latest_epoch(&self) -> u64 {
        // Before the first one, nothing is later than it would be.
        self.timelines.back().map_or(self.shared.first_epoch - 1, |latest| latest.epoch)
    }

    /// Tells of the next timeline, of which records may come from here on; false: there is none.
    pub(super) fn open_next_timeline(&mut self, outgoing: &mut Outgoing) -> bool {
        let Some(timeline) = self.coming.pop_front() else { return false };
        if let Some(opened) = timeline.opened {
            let (context, time) = (self.shared.settings.context.as_str(), Some(self.timebase.wall(opened)));
            let message = wire::Message {
                kind: Kind::New,
                context,
                timeline: &timeline.name,
                time,
                ..Default::default()
            };
            outgoing.push(0, &message, &[]);
        }
        outgoing.prefer_timeline(&timeline.name);
        self.latest = timeline.epoch & EPOCH_MASK;
        self.timelines.push_back(timeline);
        if self.timelines.len() > TIMELINES {
            self.timelines.pop_front();
        }
        true
    }

    /// Sends what a record says.
    pub(super) fn translate(
        &mut self,
        owner: u64,
        number: u64,
        words: &[AtomicU64],
        outgoing: &mut Outgoing,
    ) {
        let word = |place: usize| words.get(place).map_or(0, |word| word.load(Ordering::Relaxed));
        match Header::of(word(0)) {
            Some(Header::Start { slot, has_values }) => {
                let Some(node) = by_slot(slot) else { return };
                if !has_values && self.short(node, number, word(1), None, outgoing) {
                    return;
                }
                let values = if has_values { words.get(2..).unwrap_or_default() } else { &[] };
                self.start(owner, node, number, word(1), values, outgoing);
            }
            Some(Header::End { slot, outcome }) => {
                let Some(node) = by_slot(slot) else { return };
                let cycles = Some(word(1).saturating_sub(word(2)));
                if outcome == Outcome::Done && self.short(node, word(3), word(2), cycles, outgoing) {
                    return;
                }
                self.end(owner, node, outcome, [word(1), word(2), word(3)], outgoing);
            }
            // SAFETY: read once, as every record is.
            #[allow(unsafe_code)]
            Some(Header::Message) => {
                self.message(owner, number, &unsafe { local::receive(word(2)) }, outgoing);
            }
            None => {}
        }
    }

    /// Sends a start, or an end after so many cycles, if a short record says it all, and there is room for one.
    fn short(
        &mut self,
        node: &Node,
        number: u64,
        started: u64,
        cycles: Option<u64>,
        outgoing: &mut Outgoing,
    ) -> bool {
        if !self.is_short
            || !node.has_short_path()
            || testing::is_capturing()
            || number >> local::NUMBER_BITS != self.latest
        {
            return false;
        }
        let duration = cycles.map(|cycles| self.timebase.nanoseconds(cycles));
        let time = self.timebase.wall(started).saturating_add_unsigned(duration.unwrap_or(0));
        let short = Short { duration, id: id(self.id_base, number), time };
        // A packet that has no room for the record is followed by one that has, unless the name is too long for it.
        self.push_short(node, short, outgoing)
            || outgoing.make_room() && self.push_short(node, short, outgoing)
    }

    /// Sends a short record under the node's name.
    fn push_short(&mut self, node: &Node, short: Short, outgoing: &mut Outgoing) -> bool {
        if let Some(number) = outgoing.number_of(&node.stamp) {
            return outgoing.push_short(ShortName::Known(number), short);
        }
        let Scratch { path, prefixed: scratch, .. } = &mut self.scratch;
        let path = prefixed(&self.shared.settings.parent, node.path(path), scratch);
        path.is_some_and(|path| outgoing.push_short(ShortName::New(path, &node.stamp), short))
    }

    fn start(
        &mut self,
        owner: u64,
        node: &Node,
        number: u64,
        cycles: u64,
        values: &[AtomicU64],
        outgoing: &mut Outgoing,
    ) {
        let Self { shared, timebase, timelines, scratch, .. } = self;
        let Some(timeline) = timeline_of(timelines, number) else { return };
        let mut attributes = Vec::new();
        let keys = node.keys();
        let truncated = !values.is_empty()
            && record::read_values(values, keys.len(), &mut scratch.texts, |place, value| {
                attributes.push((keys[place], value));
            });
        let traceparent = shared.settings.traceparent.as_str();
        if !traceparent.is_empty() && node.parent().is_root() {
            attributes.push(("traceparent", wire::Value::Text(traceparent)));
        }
        let path = node.path(&mut scratch.path);
        let Some(name) = prefixed(&shared.settings.parent, path, &mut scratch.prefixed) else {
            return outgoing.count_name();
        };
        let message = wire::Message {
            kind: Kind::Start,
            context: &shared.settings.context,
            timeline: &timeline.name,
            name,
            host: &shared.settings.host,
            id: id(self.id_base, number),
            time: Some(timebase.wall(cycles)),
            truncated,
            ..wire::Message::default()
        };
        outgoing.push(owner, &message, &attributes);
    }

    fn end(&mut self, owner: u64, node: &Node, outcome: Outcome, words: [u64; 3], outgoing: &mut Outgoing) {
        let [ended, started, number] = words;
        let Self { shared, timebase, timelines, scratch, .. } = self;
        let Some(timeline) = timeline_of(timelines, number) else { return };
        let path = node.path(&mut scratch.path);
        let Some(name) = prefixed(&shared.settings.parent, path, &mut scratch.prefixed) else {
            return outgoing.count_name();
        };
        let began = timebase.wall(started);
        let duration = timebase.nanoseconds(ended.saturating_sub(started));
        let (status, text) = local::end_of(outcome);
        let message = wire::Message {
            kind: Kind::End,
            context: &shared.settings.context,
            timeline: &timeline.name,
            name,
            host: &shared.settings.host,
            id: id(self.id_base, number),
            time: Some(began.saturating_add_unsigned(duration)),
            started: Some(began),
            status,
            text,
            ..wire::Message::default()
        };
        outgoing.push(owner, &message, &[]);
    }

    fn message(&mut self, owner: u64, number: u64, message: &Message, outgoing: &mut Outgoing) {
        let number = if message.kind == Kind::End { message.id } else { number };
        let Self { shared, timebase, timelines, scratch, .. } = self;
        let Some(timeline) = timeline_of(timelines, number) else { return };
        let settings = &shared.settings;
        let given = message.node.given();
        let mut attributes: Vec<(&str, wire::Value<'_>)> =
            message.attributes.iter().map(|(key, value)| (key.as_ref(), value.as_wire())).collect();
        let follows = follows(self.id_base, &message.follows);
        if !follows.is_empty() {
            attributes.push(("follows", wire::Value::Text(&follows)));
        }
        if !settings.traceparent.is_empty() && message.kind == Kind::Start && message.node.parent().is_root()
        {
            attributes.push(("traceparent", wire::Value::Text(&settings.traceparent)));
        }
        let path = message.node.path(&mut scratch.path);
        let Some(name) = prefixed(&settings.parent, path, &mut scratch.prefixed) else {
            return outgoing.count_name();
        };
        let (time, started) = times(timebase, message);
        let wire_message = wire::Message {
            kind: message.kind,
            context: given.and_then(|given| given.context.as_deref()).unwrap_or(&settings.context),
            timeline: given.and_then(|given| given.timeline.as_deref()).unwrap_or(&timeline.name),
            name,
            host: given.and_then(|given| given.host.as_deref()).unwrap_or(&settings.host),
            id: id(self.id_base, number),
            time: Some(time),
            started,
            status: message.status,
            text: &message.text,
            truncated: message.truncated || message.attributes.iter().any(|(_, value)| value.is_cut()),
            ..wire::Message::default()
        };
        outgoing.push(owner, &wire_message, &attributes);
    }
}

/// When it happened, and when what it ends began.
fn times(timebase: &Timebase, message: &Message) -> (i64, Option<i64>) {
    let wall = |time| match time {
        Time::Cycles(cycles) => timebase.wall(cycles),
        Time::Wall(time) => time,
    };
    let started = message.started.map(wall);
    let time = match (message.time, message.started) {
        // By the clock of durations, whatever becomes of the wall's meanwhile.
        (Time::Cycles(now), Some(Time::Cycles(started))) => {
            timebase.wall(started).saturating_add_unsigned(timebase.nanoseconds(now.saturating_sub(started)))
        }
        (time, _) => wall(time),
    };
    (time, started)
}

/// The timeline that a record of this number is of; `None`: of an earlier client.
fn timeline_of(timelines: &VecDeque<Timeline>, number: u64) -> Option<&Timeline> {
    let epoch = number >> local::NUMBER_BITS;
    timelines.iter().rev().find(|timeline| timeline.epoch & EPOCH_MASK == epoch)
}

/// Whether a record of this number is of a later epoch than `latest`: epochs are told by their lowest bits.
pub(super) fn is_later(number: u64, latest: u64) -> bool {
    let ahead = (number >> local::NUMBER_BITS).wrapping_sub(latest) & EPOCH_MASK;
    ahead != 0 && ahead <= EPOCH_MASK / 2
}

fn id(base: u64, number: u64) -> u64 {
    let id = base.wrapping_add(number & ((1 << local::NUMBER_BITS) - 1)) & ID_MASK;
    // 0 would say that there is none.
    id.max(1)
}

fn follows(base: u64, numbers: &[u64]) -> String {
    let ids: Vec<String> = numbers.iter().map(|number| id(base, *number).to_string()).collect();
    ids.join(",")
}

/// The path below the process's own parent; `None`: it is too long.
fn prefixed<'p>(parent: &str, path: &'p str, scratch: &'p mut String) -> Option<&'p str> {
    if parent.is_empty() {
        return Some(path);
    }
    if parent.len() + 1 + path.len() > limits::NAME_BYTES {
        return None;
    }
    scratch.clear();
    scratch.extend([parent, ".", path]);
    Some(scratch)
}
