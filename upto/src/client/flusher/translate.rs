//! Records to messages: numbers to names, cycles to times.

mod places;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use self::places::Places;
use super::outgoing::Outgoing;
use super::reading;
use crate::client::shared::Shared;
use crate::clock::Timebase;
use crate::local;
use crate::path::{Node, by_slot};
use crate::record::{self, Header, Message, Outcome, Time};
use crate::testing;
use crate::wire::{self, Kind, Short};

/// The attribute that links an event to those that it follows from.
const FOLLOWS: &str = "follows";

/// What all records of one queue are translated with.
pub(super) struct Translator {
    places: Places,
    timebase: Timebase,
    /// Memory for texts of attributes.
    texts: Vec<u8>,
}

impl Translator {
    pub(super) fn new(shared: &'static Shared, id_base: u64) -> Self {
        Translator {
            places: Places::new(shared, id_base),
            timebase: Timebase::new(reading()),
            texts: Vec::new(),
        }
    }

    /// Learns what time it is, and of new timelines.
    pub(super) fn begin_round(&mut self) {
        self.timebase.update(reading());
        self.places.learn();
    }

    /// About how many cycles so long a time has.
    pub(super) fn cycles_in(&self, time: Duration) -> u64 {
        const CYCLES: u64 = 1 << 32;
        let nanoseconds = u128::from(self.timebase.nanoseconds(CYCLES).max(1));
        u64::try_from(time.as_nanos() * u128::from(CYCLES) / nanoseconds).unwrap_or(u64::MAX)
    }

    /// Records of this number and of greater ones are of timelines that are not opened yet.
    pub(super) fn boundary(&self) -> u64 {
        self.places.boundary()
    }

    /// Tells of the next timeline, of which records may come from here on; false: there is none.
    pub(super) fn open_next_timeline(&mut self, outgoing: &mut Outgoing) -> bool {
        let timebase = &self.timebase;
        self.places.open_next_timeline(|cycles| timebase.wall(cycles), outgoing)
    }

    /// Sends what a record of the thread `owner` says.
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
                if has_values || !self.short(node, number, word(1), None, outgoing) {
                    let values = if has_values { words.get(2..).unwrap_or_default() } else { &[] };
                    self.start(owner, node, number, word(1), values, outgoing);
                }
            }
            Some(Header::End { slot, outcome }) => {
                let Some(node) = by_slot(slot) else { return };
                let cycles = Some(word(1).saturating_sub(word(2)));
                if outcome != Outcome::Done || !self.short(node, word(3), word(2), cycles, outgoing) {
                    self.end(owner, node, outcome, [word(1), word(2), word(3)], outgoing);
                }
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
        if testing::is_capturing() || !self.places.has_short_records(node, number) {
            return false;
        }
        let duration = cycles.map(|cycles| self.timebase.nanoseconds(cycles));
        let time = self.timebase.wall(started).saturating_add_unsigned(duration.unwrap_or(0));
        let short = Short { duration, id: self.places.id(number), time };
        // A packet that has no room for the record is followed by one that has, unless the name is too long for it.
        self.places.send_short(node, short, outgoing)
            || outgoing.make_room() && self.places.send_short(node, short, outgoing)
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
        let mut attributes = Vec::new();
        let keys = node.keys();
        let truncated = !values.is_empty()
            && record::read_values(values, keys.len(), &mut self.texts, |place, value| {
                attributes.push((keys[place], value));
            });
        let time = Some(self.timebase.wall(cycles));
        let said = wire::Message { kind: Kind::Start, time, truncated, ..wire::Message::default() };
        self.places.send(owner, (node, number), said, attributes, outgoing);
    }

    fn end(&mut self, owner: u64, node: &Node, outcome: Outcome, words: [u64; 3], outgoing: &mut Outgoing) {
        let [ended, started, number] = words;
        let (status, text) = local::end_of(outcome);
        let (time, started) = times(&self.timebase, Time::Cycles(ended), Some(Time::Cycles(started)));
        let said = wire::Message {
            kind: Kind::End,
            time: Some(time),
            started,
            status,
            text,
            ..wire::Message::default()
        };
        self.places.send(owner, (node, number), said, Vec::new(), outgoing);
    }

    fn message(&mut self, owner: u64, number: u64, message: &Message, outgoing: &mut Outgoing) {
        let number = if message.kind == Kind::End { message.id } else { number };
        let follows = self.places.ids(&message.follows);
        let links = (!follows.is_empty()).then_some((FOLLOWS, wire::Value::Text(&follows)));
        // A key is there once: what the program itself says under this one would take the place of the links.
        let own = message.attributes.iter().filter(|(key, _)| links.is_none() || key != FOLLOWS);
        let attributes = own.map(|(key, value)| (key.as_ref(), value.as_wire()));
        let (time, started) = times(&self.timebase, message.time, message.started);
        let said = wire::Message {
            kind: message.kind,
            time: Some(time),
            started,
            status: message.status,
            text: &message.text,
            truncated: message.truncated || message.attributes.iter().any(|(_, value)| value.is_cut()),
            ..wire::Message::default()
        };
        self.places.send(owner, (&message.node, number), said, attributes.chain(links).collect(), outgoing);
    }
}

/// When it happened, and when what it ends began, in nanoseconds since the epoch.
fn times(timebase: &Timebase, time: Time, started: Option<Time>) -> (i64, Option<i64>) {
    let wall = |time| match time {
        Time::Cycles(cycles) => timebase.wall(cycles),
        Time::Wall(time) => time,
    };
    let ended = match (time, started) {
        // By the clock of durations, whatever becomes of the wall's meanwhile.
        (Time::Cycles(now), Some(Time::Cycles(started))) => {
            timebase.wall(started).saturating_add_unsigned(timebase.nanoseconds(now.saturating_sub(started)))
        }
        (time, _) => wall(time),
    };
    (ended, started.map(wall))
}
