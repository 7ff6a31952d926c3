//! Where a record's event is: its timeline, its path below the process's own parent, its id.

use std::collections::VecDeque;

use super::super::outgoing::Outgoing;
use crate::client::shared::{Shared, Timeline};
use crate::local;
use crate::path::{LongPath, Node};
use crate::wire::{self, Kind, Short, ShortName, limits};

/// Timelines whose events are still known to be of them. An event that outlasts as many is not sent when it ends, and
/// counted.
const TIMELINES: usize = 1_024;
const EPOCH_MASK: u64 = (1 << (64 - local::NUMBER_BITS)) - 1;
/// Ids stay where every language's numbers are exact.
const ID_MASK: u64 = (1 << 53) - 1;

/// The attribute that links an event to a trace.
const TRACEPARENT: &str = "traceparent";

pub(super) struct Places {
    shared: &'static Shared,
    id_base: u64,
    /// The latest ones that were opened, and those that are next.
    timelines: VecDeque<Timeline>,
    coming: VecDeque<Timeline>,
    /// What numbers of the latest epoch begin with.
    latest: u64,
    /// Memory for paths that are not kept, and for those with the parent's in front.
    path: LongPath,
    prefixed: String,
}

impl Places {
    pub(super) fn new(shared: &'static Shared, id_base: u64) -> Self {
        Places {
            shared,
            id_base,
            timelines: VecDeque::new(),
            coming: VecDeque::new(),
            latest: 0,
            path: LongPath::default(),
            prefixed: String::new(),
        }
    }

    /// Learns of new timelines.
    pub(super) fn learn(&mut self) {
        self.coming.extend(self.shared.take_timelines());
    }

    /// The epoch of the latest timeline that was opened.
    pub(super) fn latest_epoch(&self) -> u64 {
        // Before the first one, nothing is later than it would be.
        self.timelines.back().map_or(self.shared.first_epoch - 1, |latest| latest.epoch)
    }

    /// Tells of the next timeline, of which records may come from here on; false: there is none.
    pub(super) fn open_next_timeline(&mut self, wall: impl Fn(u64) -> i64, outgoing: &mut Outgoing) -> bool {
        let Some(timeline) = self.coming.pop_front() else { return false };
        if let Some(opened) = timeline.opened {
            let (context, time) = (self.shared.settings.context.as_str(), Some(wall(opened)));
            let (kind, timeline) = (Kind::New, &*timeline.name);
            let message = wire::Message { kind, context, timeline, time, ..wire::Message::default() };
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

    /// Whether an event is of this client, by its number, and not of an earlier one.
    fn is_of_this_client(&self, number: u64) -> bool {
        let behind = self.latest.wrapping_sub(number >> local::NUMBER_BITS) & EPOCH_MASK;
        // Before the first timeline, all that there is was left by an earlier client.
        self.latest_epoch().checked_sub(self.shared.first_epoch).is_some_and(|known| behind <= known)
    }

    /// The id on the wire of the event whose start has this number.
    pub(super) fn id(&self, number: u64) -> u64 {
        let id = self.id_base.wrapping_add(number & ((1 << local::NUMBER_BITS) - 1)) & ID_MASK;
        // 0 would say that there is none.
        id.max(1)
    }

    /// The ids of several, for people. Those of an earlier client's events are not known any more.
    pub(super) fn ids(&self, numbers: &[u64]) -> String {
        let known = numbers.iter().filter(|number| timeline_of(&self.timelines, **number).is_some());
        let ids: Vec<String> = known.map(|number| self.id(*number).to_string()).collect();
        ids.join(",")
    }

    /// True if short records can say all that is to be said of the place of a plain event.
    pub(super) fn has_short_records(&self, node: &Node, number: u64) -> bool {
        number >> local::NUMBER_BITS == self.latest
            && node.has_short_path()
            && self.shared.settings.traceparent.is_empty()
    }

    /// Sends a short record under the node's name; false if there is no room for it.
    pub(super) fn send_short(&mut self, node: &Node, short: Short, outgoing: &mut Outgoing) -> bool {
        if let Some(number) = outgoing.number_of(&node.stamp) {
            return outgoing.push_short(ShortName::Known(number), short);
        }
        let path = prefixed(&self.shared.settings.parent, node.path(&mut self.path), &mut self.prefixed);
        path.is_some_and(|path| outgoing.push_short(ShortName::New(path, &node.stamp), short))
    }

    /// Sends what was `said` of the event at a node whose start has this number, with where it is. Of an earlier
    /// client's event, nothing is sent; nor of one that has outlasted all timelines that are known, but that is counted.
    pub(super) fn send<'m>(
        &'m mut self,
        owner: u64,
        (node, number): (&'m Node, u64),
        said: wire::Message<'m>,
        mut attributes: Vec<(&'m str, wire::Value<'m>)>,
        outgoing: &mut Outgoing,
    ) {
        let (id, settings) = (self.id(number), &self.shared.settings);
        let Some(timeline) = timeline_of(&self.timelines, number) else {
            return outgoing.count_refused(u64::from(self.is_of_this_client(number)));
        };
        let path = node.path(&mut self.path);
        let Some(name) = prefixed(&settings.parent, path, &mut self.prefixed) else {
            return outgoing.count_name();
        };
        // What the program says of a trace itself counts more than what its environment does.
        let is_traced = !settings.traceparent.is_empty() && said.kind != Kind::End && node.parent().is_root();
        if is_traced && !attributes.iter().any(|(key, _)| *key == TRACEPARENT) {
            attributes.push((TRACEPARENT, wire::Value::Text(&settings.traceparent)));
        }
        let given = node.given();
        let message = wire::Message {
            context: given.and_then(|given| given.context.as_deref()).unwrap_or(&settings.context),
            timeline: given.and_then(|given| given.timeline.as_deref()).unwrap_or(&timeline.name),
            host: given.and_then(|given| given.host.as_deref()).unwrap_or(&settings.host),
            name,
            id,
            ..said
        };
        outgoing.push(owner, &message, &attributes);
    }
}

/// The timeline that a record of this number is of; `None`: of an earlier client.
fn timeline_of(timelines: &VecDeque<Timeline>, number: u64) -> Option<&Timeline> {
    let epoch = number >> local::NUMBER_BITS;
    timelines.iter().rev().find(|timeline| timeline.epoch & EPOCH_MASK == epoch)
}

/// Whether a record of this number is of a later epoch than `latest`: epochs are told by their lowest bits.
pub(in crate::client::flusher) fn is_later(number: u64, latest: u64) -> bool {
    let ahead = (number >> local::NUMBER_BITS).wrapping_sub(latest) & EPOCH_MASK;
    ahead != 0 && ahead <= EPOCH_MASK / 2
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
