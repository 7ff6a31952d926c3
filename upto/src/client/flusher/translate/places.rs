//! Where a record's event is: its timeline, its path below the process's own parent, its id.

use std::collections::VecDeque;

use super::super::outgoing::Outgoing;
use crate::client::shared::{Shared, Timeline};
use crate::path::{LongPath, Node};
use crate::wire::{self, Kind, Short, ShortName, limits};

/// Timelines whose events are still known to be of them. An event that outlasts as many is not sent when it ends, and
/// counted.
const TIMELINES: usize = 1_024;
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
    /// The timeline of this number, and of greater ones, may be one that nobody has told of yet.
    known_until: u64,
    /// What has this number or a greater one is of no timeline that is opened yet.
    boundary: u64,
    /// The client's numbers are greater than this, and those of the latest timeline that was opened than that; none are
    /// where nothing is sent of it.
    first: u64,
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
            known_until: 0,
            boundary: 0,
            first: u64::MAX,
            latest: u64::MAX,
            path: LongPath::default(),
            prefixed: String::new(),
        }
    }

    /// Learns of new timelines.
    pub(super) fn learn(&mut self) {
        let (timelines, known_until) = self.shared.take_timelines();
        self.coming.extend(timelines);
        self.known_until = known_until;
        self.find_boundary();
    }

    fn find_boundary(&mut self) {
        self.boundary = self.coming.front().map_or(self.known_until, |next| next.first);
    }

    /// Records of this number and of greater ones are of timelines that are not opened yet.
    pub(super) fn boundary(&self) -> u64 {
        self.boundary
    }

    /// An event that ends on another thread than it started on may have started since this round began. Whether a timeline
    /// was opened before that is known only now.
    fn catch_up(&mut self, number: u64) {
        if number >= self.boundary && self.coming.is_empty() {
            self.learn();
        }
    }

    /// Tells of the next timeline, of which records may come from here on; false: there is none.
    pub(super) fn open_next_timeline(&mut self, wall: impl Fn(u64) -> i64, outgoing: &mut Outgoing) -> bool {
        let Some(timeline) = self.coming.pop_front() else { return false };
        let name = timeline.name.as_deref();
        if let Some((opened, timeline)) = timeline.opened.zip(name) {
            let (context, time) = (self.shared.settings.context.as_str(), Some(wall(opened)));
            let message =
                wire::Message { kind: Kind::New, context, timeline, time, ..wire::Message::default() };
            outgoing.push(0, &message, &[]);
        }
        if let Some(name) = name {
            outgoing.prefer_timeline(name);
        }
        self.first = self.first.min(timeline.first);
        self.latest = if name.is_some() { timeline.first } else { u64::MAX };
        self.timelines.push_back(timeline);
        if self.timelines.len() > TIMELINES {
            self.timelines.pop_front();
        }
        self.find_boundary();
        true
    }

    /// The id on the wire of the event whose start has this number.
    pub(super) fn id(&self, number: u64) -> u64 {
        let id = self.id_base.wrapping_add(number) & ID_MASK;
        // 0 would say that there is none.
        id.max(1)
    }

    /// The ids of several, for people. Those of an earlier client's events are not known any more.
    pub(super) fn ids(&mut self, numbers: &[u64]) -> String {
        numbers.iter().for_each(|number| self.catch_up(*number));
        let known =
            numbers.iter().filter(|number| timeline_of(&self.timelines, **number, self.boundary).is_some());
        let ids: Vec<String> = known.map(|number| self.id(*number).to_string()).collect();
        ids.join(",")
    }

    /// True if short records can say all that is to be said of the place of a plain event.
    pub(super) fn has_short_records(&self, node: &Node, number: u64) -> bool {
        (self.latest..self.boundary).contains(&number)
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
        self.catch_up(number);
        let (id, settings) = (self.id(number), &self.shared.settings);
        let Some(timeline) = timeline_of(&self.timelines, number, self.boundary) else {
            return outgoing.count_refused(u64::from(number >= self.first));
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
            timeline: given.and_then(|given| given.timeline.as_deref()).unwrap_or(timeline),
            host: given.and_then(|given| given.host.as_deref()).unwrap_or(&settings.host),
            name,
            id,
            ..said
        };
        outgoing.push(owner, &message, &attributes);
    }
}

/// The name of the timeline that an event is of whose start has this number, less than `boundary`; `None`: it is of an
/// earlier client, or of a timeline that was dropped, or is not known any more, or not yet.
fn timeline_of(timelines: &VecDeque<Timeline>, number: u64, boundary: u64) -> Option<&str> {
    let later = timelines.partition_point(|timeline| timeline.first <= number);
    let timeline = timelines.get(later.checked_sub(1)?)?;
    timeline.name.as_deref().filter(|_| number < boundary)
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
