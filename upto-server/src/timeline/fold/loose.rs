//! Events without ids, of one name and host: read off the ordered set of their marks.
//!
//! Sorted by time, a start opens an event, a start while one is open repeats it, an end closes it, and
//! an end with nothing open is an event whose start is unknown. Of a start and an end at the same
//! instant, the end comes first where an event is open, and the start where none is.

use std::collections::{BTreeMap, BTreeSet};

use upto::wire::Status;

use super::super::event::AttributeValue;
use super::super::mark::MarkKind;
use super::Counts;
use super::placed::{Stamp, Told};
use super::span::Span;
use super::texts::Text;

#[derive(Clone, Debug, Default)]
pub(super) struct Loose {
    marks: BTreeSet<LooseMark>,
    /// What the marks fold to: kept in step with those that come in order, brought up to date with the
    /// others by [`Loose::settle`].
    closed: Vec<Span>,
    open: Option<Span>,
    points: BTreeMap<i64, Span>,
    /// From here on, marks came that the events do not tell of yet.
    stale_from: Option<i64>,
    counts: Counts,
    bytes: usize,
}

/// A mark as an element of a set: everything that it said decides whether it is the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LooseMark {
    time: i64,
    kind: MarkKind,
    started: Option<i64>,
    status: Status,
    parent: u64,
    truncated: bool,
    text: Box<str>,
    attributes: Vec<(Text, AttributeValue)>,
    stamp: Stamp,
}

/// What became of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inserted {
    /// It was there.
    Known,
    /// It is the latest of all: only the latest event changed.
    Last,
    /// It is earlier than others: any event from there on may have changed.
    Between,
}

impl Loose {
    pub(super) fn insert(&mut self, told: &Told<'_>) -> Inserted {
        if told.kind == MarkKind::Point {
            return self.insert_point(told);
        }
        // An end that knows its start tells of two instants, and each has its place in the order.
        let started = (told.kind == MarkKind::End).then_some(told.started).flatten();
        let stamp = told.stamp;
        let start = started.map(|time| self.insert_one(LooseMark { stamp, ..LooseMark::start_at(time) }));
        let own = self.insert_one(LooseMark::of(told));
        start.map_or(own, |start| start.and(own))
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn spans(&self) -> impl Iterator<Item = &Span> {
        self.closed.iter().chain(&self.open).chain(self.points.values())
    }

    /// The events and points that marks from `time` on are part of.
    pub(super) fn since(&self, time: i64) -> impl Iterator<Item = &Span> {
        let first = self.closed.partition_point(|closed| closed.end() < Some(time));
        let closed = self.closed.get(first..).unwrap_or_default();
        closed.iter().chain(&self.open).chain(self.points.range(time..).map(|(_, point)| point))
    }

    pub(super) fn is_stale(&self) -> bool {
        self.stale_from.is_some()
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn insert_point(&mut self, told: &Told<'_>) -> Inserted {
        let is_last = self.points.keys().next_back().is_none_or(|last| told.time >= *last);
        let is_new = !self.points.contains_key(&told.time);
        let point = self.points.entry(told.time).or_insert_with(|| Span::of_kind(told.kind));
        if !point.absorb(told) {
            return Inserted::Known;
        }
        self.counts.total += u64::from(is_new);
        self.bytes += if is_new { size_of::<Span>() + point.detail_bytes() } else { 0 };
        if is_last { Inserted::Last } else { Inserted::Between }
    }

    fn insert_one(&mut self, mark: LooseMark) -> Inserted {
        let time = mark.time;
        let is_last = self.marks.last().is_none_or(|last| last.time < time);
        let bytes = mark.bytes();
        if self.marks.contains(&mark) {
            return Inserted::Known;
        }
        self.bytes += bytes;
        if is_last && self.stale_from.is_none() {
            self.count_open(Counted::Out);
            self.scan_instant(&[&mark]);
            self.count_open(Counted::In);
        } else {
            self.stale_from = Some(self.stale_from.map_or(time, |from| from.min(time)));
        }
        self.marks.insert(mark);
        if is_last { Inserted::Last } else { Inserted::Between }
    }

    /// Reads the events off the marks again where marks came out of order, from the last instant before those
    /// at which none was open. Done once for many marks, because each time costs as much as what follows.
    pub(super) fn settle(&mut self) {
        let Some(mut from) = self.stale_from.take() else { return };
        self.count_open(Counted::Out);
        if let Some(open) = self.open.take() {
            from = from.min(first_of(&open));
        }
        while let Some(last) = self.closed.pop_if(|last| last.end() >= Some(from)) {
            self.counts.replace(Counts::of(&last), Counts::default());
            from = from.min(first_of(&last));
        }
        let marks = std::mem::take(&mut self.marks);
        self.scan(marks.range(LooseMark::start_at(from)..));
        self.marks = marks;
        self.count_open(Counted::In);
    }

    fn scan<'m>(&mut self, marks: impl Iterator<Item = &'m LooseMark>) {
        let mut marks = marks.peekable();
        while let Some(first) = marks.next() {
            let mut instant = vec![first];
            while let Some(next) = marks.next_if(|next| next.time == first.time) {
                instant.push(next);
            }
            self.scan_instant(&instant);
        }
    }

    fn scan_instant(&mut self, marks: &[&LooseMark]) {
        let (starts, ends): (Vec<_>, Vec<_>) = marks.iter().partition(|mark| mark.kind == MarkKind::Start);
        if self.open.is_some() {
            self.close(&ends);
            self.begin(&starts);
        } else {
            self.begin(&starts);
            self.close(&ends);
        }
    }

    fn begin(&mut self, starts: &[&LooseMark]) {
        for start in starts {
            start.absorbed_by(self.open.get_or_insert_default());
        }
    }

    /// Several ends at one instant are one end, told by several marks.
    fn close(&mut self, ends: &[&LooseMark]) {
        if ends.is_empty() {
            return;
        }
        let mut span = self.open.take().unwrap_or_default();
        ends.iter().for_each(|end| end.absorbed_by(&mut span));
        self.counts.replace(Counts::default(), Counts::of(&span));
        self.closed.push(span);
    }

    /// Counts the open event, if there is one, in or out.
    fn count_open(&mut self, counted: Counted) {
        let open = self.open.as_ref().map_or_else(Counts::default, Counts::of);
        match counted {
            Counted::In => self.counts.replace(Counts::default(), open),
            Counted::Out => self.counts.replace(open, Counts::default()),
        }
    }
}

#[derive(Clone, Copy)]
enum Counted {
    In,
    Out,
}

/// The earliest instant of an event's marks.
fn first_of(span: &Span) -> i64 {
    span.start().or(span.end()).unwrap_or_default()
}

impl Inserted {
    fn and(self, other: Inserted) -> Inserted {
        match (self, other) {
            (Inserted::Known, other) | (other, Inserted::Known) => other,
            (Inserted::Last, Inserted::Last) => Inserted::Last,
            _ => Inserted::Between,
        }
    }
}

impl LooseMark {
    fn of(told: &Told<'_>) -> Self {
        let mut attributes: Vec<_> =
            told.attributes.iter().map(|(key, value)| (*key, AttributeValue::from(*value))).collect();
        attributes.sort_unstable();
        attributes.dedup();
        let Told { time, kind, started, status, parent, truncated, stamp, .. } = *told;
        let text = told.text.into();
        LooseMark { time, kind, started, status, parent, truncated, text, attributes, stamp }
    }

    /// A start that says nothing more: of all marks of this time the least one.
    fn start_at(time: i64) -> Self {
        LooseMark {
            time,
            kind: MarkKind::Start,
            started: None,
            status: Status::Ok,
            parent: 0,
            truncated: false,
            text: Box::default(),
            attributes: Vec::new(),
            stamp: Stamp::Unknown,
        }
    }

    fn absorbed_by(&self, span: &mut Span) {
        let attributes: Vec<_> =
            self.attributes.iter().map(|(key, value)| (*key, value.as_value())).collect();
        let LooseMark { time, kind, started, status, parent, truncated, stamp, .. } = *self;
        let (text, attributes) = (&*self.text, &*attributes);
        span.absorb(&Told { kind, parent, time, started, status, text, attributes, truncated, stamp });
    }

    fn bytes(&self) -> usize {
        // Twice: once as a mark, once in the event that it is part of.
        2 * (size_of::<LooseMark>()
            + self.text.len()
            + self.attributes.len() * size_of::<(Text, AttributeValue)>())
    }
}
