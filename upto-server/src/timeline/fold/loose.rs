//! Events without ids, of one name and host: read off the ordered set of their marks.
//!
//! Sorted by time, a start opens an event, a start while one is open repeats it, an end closes it, and
//! an end with nothing open is an event whose start is unknown. Of a start and an end at the same
//! instant, the end comes first where an event is open, and the start where none is.

mod mark;

use std::collections::{BTreeMap, BTreeSet};

use self::mark::LooseMark;
use super::super::mark::MarkKind;
use super::Counts;
use super::part::Slice;
use super::placed::{Stamp, Told};
use super::span::Span;
use super::texts::Text;

#[derive(Clone, Debug, Default)]
pub(super) struct Loose {
    marks: BTreeSet<LooseMark>,
    /// What was open when the marks of this slice began.
    base: Option<Span>,
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
    /// Goes on where the marks before a slice end: this was open then.
    pub(super) fn continuing(open: Span) -> Self {
        let bytes = 2 * size_of::<Span>() + open.detail_bytes();
        Loose {
            counts: Counts::of(&open),
            base: Some(open.clone()),
            open: Some(open),
            bytes,
            ..Loose::default()
        }
    }

    /// Takes a mark, as far as it tells of instants within the slice.
    pub(super) fn insert(&mut self, told: &Told<'_>, slice: &Slice) -> Inserted {
        let insert_own = |loose: &mut Self| match (slice.has(told.time), told.kind) {
            (false, _) => Inserted::Known,
            (true, MarkKind::Point) => loose.insert_point(told),
            (true, _) => loose.insert_one(LooseMark::of(told)),
        };
        // An end that knows its start tells of two instants, and each has its place in the order.
        match told.started.filter(|started| told.kind == MarkKind::End && slice.has(*started)) {
            Some(started) => self.insert_one(LooseMark::start_at(started, told.stamp)).and(insert_own(self)),
            None => insert_own(self),
        }
    }

    /// Gives away the open event.
    pub(super) fn take_open(&mut self) -> Option<Span> {
        self.count_open(Counted::Out);
        self.open.take()
    }

    /// The instants of all marks but points, in their order, and then those of the points.
    pub(super) fn instants(&self) -> impl Iterator<Item = i64> {
        self.marks.iter().map(|mark| mark.time).chain(self.points.keys().copied())
    }

    /// Takes the marks of another fold, whose texts are `text` here.
    pub(super) fn merge(&mut self, other: &Loose, text: impl Fn(Text) -> Text) {
        for mark in &other.marks {
            self.insert_one(mark.with_texts(&text));
        }
        for (time, point) in &other.points {
            let is_new = !self.points.contains_key(time);
            let own = self.points.entry(*time).or_insert_with(|| Span::of_kind(MarkKind::Point));
            own.merge(point, &text);
            self.counts.total += u64::from(is_new);
            self.bytes += if is_new { size_of::<Span>() + own.detail_bytes() } else { 0 };
        }
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
        // What was open before the slice was either gone back to, or it is older than all of that.
        self.open = self.base.clone().filter(|base| from <= first_of(base));
        let marks = std::mem::take(&mut self.marks);
        self.scan(marks.range(LooseMark::start_at(from, Stamp::Unknown)..));
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
        let (starts, ends): (Vec<_>, Vec<_>) = marks.iter().partition(|mark| mark.is_start());
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
