//! A track's bars within a window, from left to right.

use super::super::super::event::State;
use super::super::super::table::{NameNumber, Table, number};
use super::super::Bar;
use super::{Track, Window, rank, state};

/// Of events that were running at the left edge, so many are looked at for the longest one and the worst state, those
/// that began first.
const RUNNING_LOOKED_AT: usize = 256;

impl Track {
    pub(in crate::timeline::view) fn bars(&self, table: &Table, window: &Window) -> Vec<Bar> {
        let behind = self.starts.partition_point(|start| *start < window.to);
        let (bars, until) = (Vec::new(), window.from);
        let mut drawing =
            Drawing { track: self, window, bars, until, behind, cut: None, bad: None, odd: None };
        let mut next = drawing.left_edge();
        while next < behind {
            next = drawing.draw(next);
        }
        self.name(drawing.bars, table)
    }

    /// Tells the longest of each bar, of which only the place in this track was known. What that takes from memory, no bar
    /// waits for: all at once, it takes a fraction of the time that it would take one by one between the searches.
    fn name(&self, mut bars: Vec<Bar>, table: &Table) -> Vec<Bar> {
        for bar in &mut bars {
            bar.longest = self.places[bar.longest as usize];
        }
        for bar in &mut bars {
            bar.name = table.name_numbers()[bar.longest as usize];
        }
        bars
    }
}

struct Drawing<'a> {
    track: &'a Track,
    window: &'a Window,
    bars: Vec<Bar>,
    /// Until where bars have been drawn.
    until: i64,
    /// The first event that begins after the window.
    behind: usize,
    /// The next event that is not merged with those before it, and the next that failed or was cancelled, as found last.
    cut: Option<usize>,
    bad: Option<usize>,
    /// Likewise the next one without a start, or that failed or was cancelled.
    odd: Option<usize>,
}

/// What was found out about the events of a bar.
#[derive(Clone, Copy, Default)]
struct Found {
    count: usize,
    rank: i64,
    /// Its duration, and its place in the track.
    longest: Option<(i64, usize)>,
}

impl Drawing<'_> {
    /// Draws what was running when the window begins; gives the first event that begins in it.
    fn left_edge(&mut self) -> usize {
        let (track, from) = (self.track, self.window.from);
        let first = track.starts.partition_point(|start| *start < from);
        let found = self.running_at_edge(first);
        if found.count == 0 {
            return first;
        }
        let until = track.covers[first - 1];
        let is_exact = found.count == 1 && self.is_free(first, until);
        let end = if is_exact { first } else { self.end_of_run(first) };
        let found = found.with(self.found(first, end));
        self.push(from, end, found, is_exact);
        end
    }

    fn running_at_edge(&self, first: usize) -> Found {
        let (track, from) = (self.track, self.window.from);
        // What has no length and is at the edge has ended there, but did not begin before it.
        let ended = track.sorted_ends.partition_point(|end| *end <= from) - track.instants_at(from);
        let count = first.saturating_sub(ended);
        let after = from.saturating_add(1);
        let next = |at: usize| track.last_ends.next(at, after, |at| track.ends[at]).filter(|at| *at < first);
        let running = std::iter::successors(next(0), |at| next(at + 1)).take(count.min(RUNNING_LOOKED_AT));
        let found = running.fold(Found::default(), |found, at| found.with(self.one(at)));
        Found { count, ..found }
    }

    /// Draws the bar that begins with this event; gives the next one.
    fn draw(&mut self, at: usize) -> usize {
        let track = self.track;
        if track.alone(at) >= self.window.pixel {
            self.push(track.starts[at], at + 1, self.one(at), true);
            return at + 1;
        }
        let end = self.end_of_run(at + 1);
        let end = self.end_by_state(at, end);
        let from = track.starts[at];
        let is_exact = end == at + 1 && track.gap(at) >= 0 && self.is_free(end, track.ends[at]);
        let found = self.found(at, end);
        self.push(from, end, found, is_exact);
        end
    }

    /// Whether this event, as far as it is seen, begins after that instant.
    fn is_free(&self, next: usize, until: i64) -> bool {
        self.track.starts.get(next).is_none_or(|next| *next >= until.min(self.window.to))
    }

    /// Up to where events are merged: the next one that is a bar of its own, or that nothing runs before for a pixel.
    fn end_of_run(&mut self, from: usize) -> usize {
        let (track, window) = (self.track, self.window);
        let known = self.cut.filter(|cut| *cut >= from);
        let cut = known.or_else(|| track.cuts.next(from, window.pixel, |at| track.cut(at)));
        self.cut = cut.or(Some(usize::MAX));
        cut.map_or(self.behind, |cut| cut.min(self.behind))
    }

    /// Up to before the pixel in which an event failed or was cancelled; if that is this pixel, up to the pixel in
    /// which that event ends.
    fn end_by_state(&mut self, at: usize, end: usize) -> usize {
        let (track, bad) = (self.track, self.next_bad(at));
        if bad >= end {
            return end;
        }
        let before = self.window.floor(track.starts[bad]);
        let begin = bad - near(bad - at, |back| track.starts[bad - 1 - back] >= before);
        if begin > at {
            return begin;
        }
        let after = self.window.next(track.ends[bad]);
        bad + 1 + near(end - bad - 1, |more| track.starts[bad + 1 + more] < after)
    }

    /// The next event that failed or was cancelled.
    fn next_bad(&mut self, from: usize) -> usize {
        let known = self.bad.filter(|bad| *bad >= from);
        let bad = known.unwrap_or_else(|| self.next_of(State::Cancelled, from));
        *self.bad.insert(bad)
    }

    /// The next event in this state or a worse one.
    fn next_of(&self, state: State, from: usize) -> usize {
        let track = self.track;
        track.states.next(from, rank(state).into(), |at| track.rank(at)).unwrap_or(usize::MAX)
    }

    /// The worst state from one event to before another. Most events are done, so it is rarely searched for.
    fn worst(&mut self, from: usize, to: usize) -> i64 {
        let known = self.odd.filter(|odd| *odd >= from);
        let odd = known.unwrap_or_else(|| self.next_of(State::UnknownStart, from));
        self.odd = Some(odd);
        let track = self.track;
        if odd < to {
            return track.states.greatest(from, to, |at| track.rank(at)).map_or(0, |(rank, _)| rank);
        }
        let worst = if self.next_of(State::Done, from) < to { State::Done } else { State::Point };
        rank(worst).into()
    }

    fn one(&self, at: usize) -> Found {
        let longest = Some((self.track.duration(at), at));
        Found { count: 1, rank: self.track.rank(at), longest }
    }

    fn found(&mut self, from: usize, to: usize) -> Found {
        let track = self.track;
        if to <= from {
            return Found::default();
        }
        if to == from + 1 {
            return self.one(from);
        }
        let longest = track.durations.greatest(from, to, |at| track.duration(at));
        Found { count: to - from, rank: self.worst(from, to), longest }
    }

    /// A bar of all up to before `end`: to where those end, or the next bar begins.
    fn push(&mut self, from: i64, end: usize, found: Found, is_exact: bool) {
        let Some((duration, longest)) = found.longest else { return };
        let track = self.track;
        let last = end.checked_sub(1).map_or(from, |last| track.covers[last]);
        let next = track.starts.get(end).copied().unwrap_or(i64::MAX);
        let to = last.min(next).min(self.window.to);
        let from = from.max(self.until).min(self.window.to);
        self.until = to.max(from);
        let (count, worst, to) = (number(found.count), state(found.rank), self.until);
        let (longest, name) = (number(longest), NameNumber::default());
        self.bars.push(Bar { from, to, count, worst, longest, name, duration, is_exact });
    }
}

/// For how many of `count` from 0 on this is true, after which it is for none; quick if it is for few.
fn near(count: usize, is_true: impl Fn(usize) -> bool) -> usize {
    let mut reach = 1;
    while reach <= count && is_true(reach - 1) {
        reach *= 2;
    }
    let (mut least, mut most) = (reach / 2, count.min(reach - 1));
    while least < most {
        let middle = least + (most - least) / 2;
        (least, most) = if is_true(middle) { (middle + 1, most) } else { (least, middle) };
    }
    least
}

impl Found {
    fn with(self, other: Found) -> Found {
        Found {
            count: self.count + other.count,
            rank: self.rank.max(other.rank),
            longest: match (self.longest, other.longest) {
                (Some(one), Some(other)) => Some(if other.0 > one.0 { other } else { one }),
                (one, other) => one.or(other),
            },
        }
    }
}
