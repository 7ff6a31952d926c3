//! What was lost of what came in, by where it would have gone.
//!
//! Packets are told by their numbers, as a server counts them. Single messages have none, so they are counted for each
//! timeline that they name.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use upto::wire::{Batch, Decoder, Message, SessionInfo};

use super::block::{Block, Entry, EntryKind};
use crate::decode::MESSAGES;

/// Timelines, and sessions, of which it is told separately what they lost; what others lost is counted together.
const PLACES: usize = 500;
/// Timelines that are told of one session.
const SESSION_PLACES: usize = 4;
/// Bytes that the names of a context and a timeline have together, if what they lost is told separately.
const PLACE_BYTES: usize = 512;

/// Messages that are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Lost {
    /// All of them.
    pub(crate) messages: u64,
    /// Of no session, by context and timeline as the sender named them.
    pub(crate) singles: BTreeMap<(String, String), u64>,
    /// Packets, by session.
    pub(crate) packets: BTreeMap<u64, LostPackets>,
}

/// Packets of one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LostPackets {
    /// The first one.
    pub(crate) first: PacketInfo,
    /// The last one.
    pub(crate) last: PacketInfo,
    /// Messages in the last one.
    pub(crate) messages: u64,
    /// The contexts and timelines that they were for, as the sender named them; some of them, if there are many.
    pub(crate) places: Vec<(String, String)>,
}

/// What a packet told of its session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PacketInfo {
    pub(crate) sequence: u64,
    /// Milliseconds from the beginning of the session until the agent received the packet.
    pub(crate) age_milliseconds: Option<u64>,
    pub(crate) dropped: u64,
    pub(crate) packets: Option<u64>,
    pub(crate) messages_before: Option<u64>,
}

impl PacketInfo {
    fn of(info: &SessionInfo) -> Self {
        PacketInfo {
            sequence: info.sequence,
            age_milliseconds: info.age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
            dropped: info.dropped,
            packets: info.packets,
            messages_before: info.messages_before,
        }
    }

    /// The same of this session, as the packet would have told if it had been received.
    pub(crate) fn of_session(self, session: u64) -> SessionInfo {
        let PacketInfo { sequence, age_milliseconds, dropped, packets, messages_before } = self;
        let age = age_milliseconds.map(Duration::from_millis);
        SessionInfo { session, sequence, sent: None, age, dropped, packets, messages_before }
    }
}

impl Lost {
    /// Nothing is lost.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Lost::default()
    }

    /// Adds all that a block has, lost or not. Times of the block are those of the clock `now` is by.
    pub(crate) fn add_block(&mut self, block: &Block<'_>) {
        self.add(block.header.lost.clone());
        let before = self.messages;
        for entry in block.entries().flatten() {
            self.add_entry(&entry);
        }
        // What can't be read is lost too.
        self.messages = self.messages.max(before.saturating_add(block.header.messages));
    }

    fn add_entry(&mut self, entry: &Entry<'_>) {
        let mut decoder = Decoder::new();
        let decoded = match entry.kind {
            EntryKind::Packet => decoder.decode(entry.bytes),
            EntryKind::Singles => decoder.decode_singles(entry.bytes, MESSAGES),
        };
        if let Ok(batch) = decoded {
            self.add_batch(&batch);
        }
    }

    /// Adds messages that came in together.
    pub(crate) fn add_batch(&mut self, batch: &Batch<'_>) {
        let messages = batch.count();
        self.messages = self.messages.saturating_add(messages);
        match &batch.session {
            Some(info) => self.add_packet(info, messages, &batch.messages),
            None => batch
                .messages
                .iter()
                .for_each(|message| self.add_single(message.context, message.timeline, 1)),
        }
    }

    fn add_packet(&mut self, info: &SessionInfo, messages: u64, of: &[Message<'_>]) {
        if self.packets.len() >= PLACES && !self.packets.contains_key(&info.session) {
            return;
        }
        let told = PacketInfo::of(info);
        let packet = LostPackets { first: told, last: told, messages, places: places_of(of) };
        self.add_packets(info.session, packet);
    }

    fn add_packets(&mut self, session: u64, packets: LostPackets) {
        match self.packets.get_mut(&session) {
            Some(known) => known.extend(packets),
            None => drop(self.packets.insert(session, packets)),
        }
    }

    fn add_single(&mut self, context: &str, timeline: &str, count: u64) {
        let key = (context.to_owned(), timeline.to_owned());
        if let Some(known) = self.singles.get_mut(&key) {
            *known = known.saturating_add(count);
        } else if self.singles.len() < PLACES && is_short(context, timeline) {
            self.singles.insert(key, count);
        }
    }

    /// Adds what was lost elsewhere.
    pub(crate) fn add(&mut self, other: Lost) {
        self.messages = self.messages.saturating_add(other.messages);
        for ((context, timeline), count) in &other.singles {
            self.add_single(context, timeline, *count);
        }
        for (session, packets) in other.packets {
            if self.packets.len() < PLACES || self.packets.contains_key(&session) {
                self.add_packets(session, packets);
            }
        }
    }
}

impl LostPackets {
    /// Adds packets of the same session.
    fn extend(&mut self, other: LostPackets) {
        let LostPackets { first, last, messages, places } = other;
        if first.sequence < self.first.sequence {
            self.first = first;
        }
        if last.sequence >= self.last.sequence {
            (self.last, self.messages) = (last, messages);
        }
        for place in places {
            if self.places.len() < SESSION_PLACES && !self.places.contains(&place) {
                self.places.push(place);
            }
        }
    }
}

/// Names of strangers may be long; what is told of many of them must not be.
fn is_short(context: &str, timeline: &str) -> bool {
    context.len() + timeline.len() <= PLACE_BYTES
}

fn places_of(messages: &[Message<'_>]) -> Vec<(String, String)> {
    let mut places: Vec<(&str, &str)> = Vec::new();
    for message in messages.iter().filter(|message| is_short(message.context, message.timeline)) {
        let place = (message.context, message.timeline);
        if places.last() != Some(&place) && !places.contains(&place) {
            places.push(place);
        }
        if places.len() == SESSION_PLACES {
            break;
        }
    }
    places.into_iter().map(|(context, timeline)| (context.to_owned(), timeline.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use upto::wire::Kind;

    use super::*;

    fn batch<'m>(session: Option<(u64, u64)>, timelines: &[&'m str]) -> Batch<'m> {
        let message =
            |timeline| Message { kind: Kind::Point, context: "c", timeline, name: "n", ..Message::default() };
        let info =
            |(session, sequence): (u64, u64)| SessionInfo { session, sequence, ..SessionInfo::default() };
        let messages = timelines.iter().map(|timeline| message(*timeline)).collect();
        Batch { session: session.map(info), messages, ..Batch::default() }
    }

    #[test]
    fn singles_are_counted_by_timeline_and_packets_by_their_ends() {
        let mut lost = Lost::default();
        lost.add_batch(&batch(None, &["a", "b", "a"]));
        lost.add_batch(&batch(Some((7, 4)), &["a"]));
        lost.add_batch(&batch(Some((7, 6)), &["b", "b"]));
        lost.add_batch(&batch(Some((7, 5)), &["a", "a", "a"]));
        let mut twice = lost.clone();
        twice.add(lost.clone());
        let key = |timeline: &str| ("c".to_owned(), timeline.to_owned());
        assert_eq!(lost.messages, 9);
        assert_eq!(lost.singles, BTreeMap::from([(key("a"), 2), (key("b"), 1)]));
        let packets = &lost.packets[&7];
        assert_eq!((packets.first.sequence, packets.last.sequence, packets.messages), (4, 6, 2));
        assert_eq!(packets.places, [key("a"), key("b")]);
        assert_eq!((twice.messages, twice.singles[&key("a")]), (18, 4));
        assert_eq!(twice.packets, lost.packets);
    }

    #[test]
    fn what_services_said_is_counted_with_the_rest() {
        let pulse = || Message { kind: Kind::Pulse, name: "s", ..Message::default() };
        let mut lost = Lost::default();
        lost.add_batch(&Batch { reports: vec![pulse(), pulse()], ..Batch::default() });
        lost.add_batch(&Batch { reports: vec![pulse()], ..batch(Some((7, 0)), &["a"]) });
        assert_eq!((lost.messages, lost.packets[&7].messages), (4, 2));
        assert!(lost.singles.is_empty(), "they are of no timeline");
    }

    #[test]
    fn what_is_told_separately_is_bounded_and_all_is_counted() {
        let mut lost = Lost::default();
        let names: Vec<_> = (0..2 * PLACES).map(|number| number.to_string()).collect();
        for (number, name) in (0_u64..).zip(&names) {
            lost.add_batch(&batch(None, &[name.as_str()]));
            lost.add_batch(&batch(Some((number, 0)), &[name.as_str()]));
        }
        assert_eq!((lost.singles.len(), lost.packets.len()), (PLACES, PLACES));
        assert_eq!(lost.messages, 4 * PLACES as u64);
    }
}
