//! One event while it is being folded.

use std::cmp::Reverse;

use upto::wire::{Status, Value};

use super::super::event::{AttributeValue, State, state_of};
use super::super::mark::MarkKind;
use super::placed::{Stamp, Told};
use super::texts::Text;

/// Everything that merges. Whether it is a point is part of the event's identity and never changes.
///
/// There is one for each event in memory, so what may be missing is told by a bit in `flags` and not by an
/// `Option` of its own, which would take eight bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: i64,
    end: i64,
    parent: u64,
    details: Details,
    status: Status,
    flags: u8,
}

const POINT: u8 = 1;
const STARTED: u8 = 2;
const ENDED: u8 = 4;
const TRUNCATED: u8 = 8;
/// The start, or the end, is by the clock of a session.
const START_STAMPED: u8 = 16;
const END_STAMPED: u8 = 32;

/// What most events do not have.
type Details = Option<Box<Vec<Detail>>>;

/// The text, or an attribute: of each, what was told last.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Detail {
    /// `None`: it is the text.
    key: Option<Text>,
    time: i64,
    value: AttributeValue,
}

impl Span {
    pub(super) fn of_kind(kind: MarkKind) -> Self {
        Span { flags: if kind == MarkKind::Point { POINT } else { 0 }, ..Span::default() }
    }

    /// Takes what a mark tells; true if that changed something.
    pub(super) fn absorb(&mut self, told: &Told<'_>) -> bool {
        let before = (self.start, self.end, self.status, self.parent, self.flags);
        self.absorb_times(told);
        self.status = self.status.max(told.status);
        self.parent = self.parent.max(told.parent);
        self.flags |= if told.truncated { TRUNCATED } else { 0 };
        let after = (self.start, self.end, self.status, self.parent, self.flags);
        self.absorb_details(told) || before != after
    }

    /// Takes what another span of the same event tells, whose texts are `text` here.
    pub(super) fn merge(&mut self, other: &Span, text: impl Fn(Text) -> Text) {
        other.start().into_iter().for_each(|start| self.begin(start, other.start_stamp()));
        if self.is_point() {
            self.end_at_start();
        } else {
            other.end().into_iter().for_each(|end| self.finish(end, other.end_stamp()));
        }
        self.status = self.status.max(other.status);
        self.parent = self.parent.max(other.parent);
        self.flags |= other.flags & TRUNCATED;
        let Some(others) = &other.details else { return };
        let details = self.details.get_or_insert_with(|| Box::new(Vec::with_capacity(others.len())));
        for Detail { key, time, value } in others.iter() {
            absorb(details, key.map(&text), *time, value.as_value());
        }
    }

    pub(super) fn start(&self) -> Option<i64> {
        self.has(STARTED).then_some(self.start)
    }

    pub(super) fn end(&self) -> Option<i64> {
        self.has(ENDED).then_some(self.end)
    }

    pub(super) fn start_stamp(&self) -> Stamp {
        self.stamp(START_STAMPED)
    }

    pub(super) fn end_stamp(&self) -> Stamp {
        self.stamp(END_STAMPED)
    }

    pub(super) fn parent(&self) -> u64 {
        self.parent
    }

    pub(super) fn is_point(&self) -> bool {
        self.has(POINT)
    }

    pub(super) fn is_truncated(&self) -> bool {
        self.has(TRUNCATED)
    }

    pub(super) fn state(&self) -> State {
        if self.is_point() { State::Point } else { state_of(self.start(), self.end(), self.status) }
    }

    pub(super) fn text(&self) -> &str {
        let text = self.details().iter().find(|detail| detail.key.is_none());
        if let Some(Detail { value: AttributeValue::Text(text), .. }) = text { text } else { "" }
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = (Text, &AttributeValue)> {
        self.details().iter().filter_map(|detail| Some((detail.key?, &detail.value)))
    }

    /// Bytes of memory beside the span itself.
    pub(super) fn detail_bytes(&self) -> usize {
        let Some(details) = &self.details else { return 0 };
        let texts = details.iter().map(|detail| match &detail.value {
            AttributeValue::Text(text) => text.len(),
            _ => 0,
        });
        size_of::<Vec<Detail>>() + details.capacity() * size_of::<Detail>() + texts.sum::<usize>()
    }

    fn stamp(&self, flag: u8) -> Stamp {
        if self.has(flag) { Stamp::Session } else { Stamp::Unknown }
    }

    fn set(&mut self, flag: u8, is_set: bool) {
        self.flags = if is_set { self.flags | flag } else { self.flags & !flag };
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn details(&self) -> &[Detail] {
        self.details.as_ref().map_or(&[], |details| details.as_slice())
    }

    fn absorb_times(&mut self, told: &Told<'_>) {
        match told.kind {
            MarkKind::Start => self.begin(told.time, told.stamp),
            MarkKind::End => self.finish(told.time, told.stamp),
            // A point that is told twice with different times is where it was first.
            MarkKind::Point => {
                self.begin(told.time, told.stamp);
                self.end_at_start();
            }
        }
        told.started.into_iter().for_each(|started| self.begin(started, told.stamp));
    }

    fn end_at_start(&mut self) {
        self.end = self.start;
        self.flags |= ENDED;
        self.set(END_STAMPED, self.has(START_STAMPED));
    }

    fn begin(&mut self, time: i64, stamp: Stamp) {
        let known = self.start().map(|start| (Reverse(start), self.start_stamp()));
        if known < Some((Reverse(time), stamp)) {
            self.start = time;
            self.flags |= STARTED;
            self.set(START_STAMPED, stamp == Stamp::Session);
        }
    }

    fn finish(&mut self, time: i64, stamp: Stamp) {
        if self.end().map(|end| (end, self.end_stamp())) < Some((time, stamp)) {
            self.end = time;
            self.flags |= ENDED;
            self.set(END_STAMPED, stamp == Stamp::Session);
        }
    }

    fn absorb_details(&mut self, told: &Told<'_>) -> bool {
        if told.text.is_empty() && told.attributes.is_empty() {
            return false;
        }
        let count = told.attributes.len() + usize::from(!told.text.is_empty());
        let details = self.details.get_or_insert_with(|| Box::new(Vec::with_capacity(count)));
        let mut changed = !told.text.is_empty() && absorb(details, None, told.time, Value::Text(told.text));
        for (key, value) in told.attributes {
            changed |= absorb(details, Some(*key), told.time, *value);
        }
        changed
    }
}

/// The later value wins, and of two at the same time the greater one.
fn absorb(details: &mut Vec<Detail>, key: Option<Text>, time: i64, value: Value<'_>) -> bool {
    let Some(known) = details.iter_mut().find(|detail| detail.key == key) else {
        details.push(Detail { key, time, value: value.into() });
        return true;
    };
    let wins = (time, value) > (known.time, known.value.as_value());
    if wins {
        (known.time, known.value) = (time, value.into());
    }
    wins
}
