//! From raw counts to wall time and durations. Pure: it knows of the clocks only what it is told.
//!
//! The map from counts to wall time is a list of [`Segment`]s that are never changed, only followed by another.
//! A new one begins after the last count that anybody was told the time of. So whoever asks about the same count
//! again gets the same answer, however much was learnt in between, while counts that nobody asked about yet get
//! the best that is known: after an hour's pause, too.
//!
//! As long as the wall clock drifts or is slewed, a segment begins where its predecessor is and bends to the wall
//! clock from there. Only a clock that was set, or a counter that jumped, makes the map jump.

use std::cell::Cell;
use std::collections::VecDeque;

use self::rate::Rate;
use self::segment::Segment;

mod rate;
mod segment;

#[cfg(test)]
mod tests;

/// How far the map may be off the wall clock before it is corrected, in ns. To that comes what the clocks drift apart
/// from one flush to the next: in 10 ms at most another 20 us, so that a busy program's times are within 50 us.
const TOLERANCE: f64 = 25_000.0;
/// What is further off, in ns, is no drift if anything else is suspicious.
const STEP: f64 = 10_000_000.0;
/// What is further off, in ns, is corrected by a jump in any case: bending would take more than a second.
const FAR: f64 = 100_000_000.0;
/// How much clocks may differ in rate, as a fraction: four times what NTP slews a clock by.
const DRIFT: f64 = 0.002;
/// A pause in ns, long enough to tell a rate by its two ends to about 1 ppm.
const LONG_PAUSE: f64 = 1e9;
/// How far ahead of a reading an earlier count may seem to be, in ns; amply, cores differ by much less.
const SKEW: f64 = 1_000_000.0;
/// How many segments are kept. A new one is due after some minutes, when the clock is set or its slewing changes.
const SEGMENTS: usize = 128;

/// One instant by all three clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// What `cycles::now` counts.
    pub(crate) cycles: u64,
    /// Nanoseconds since some origin, by a clock that is never set.
    pub(crate) monotonic: u64,
    /// Nanoseconds since the epoch, UTC.
    pub(crate) wall: i64,
}

/// What counts mean, as learnt from readings.
///
/// Before the first [`update`](Timebase::update) nothing is known about the length of a cycle, and answers are
/// good for nothing but their type. After it, a rate learnt over 5 ms is good to about 10 ppm, and one learnt
/// over seconds to well below 1 ppm.
#[derive(Debug)]
pub(crate) struct Timebase {
    rate: Rate,
    last: Reading,
    /// The reading that the newest segment was made for.
    anchor: Reading,
    /// The highest count that somebody was told the wall time of.
    told: Cell<Option<u64>>,
    newest: Segment,
    /// The segments before the newest, in order.
    past: VecDeque<Segment>,
}

impl Timebase {
    /// Knows one instant, and nothing about rates yet.
    pub(crate) fn new(first: Reading) -> Self {
        let rate = Rate::new(first);
        let newest = Segment::line(first.cycles, first.wall, rate.nanoseconds_per_cycle());
        Timebase { rate, last: first, anchor: first, told: Cell::new(None), newest, past: VecDeque::new() }
    }

    /// Learns from a reading. Called before counts are converted, at every flush: each 1 to 10 ms when busy, after
    /// any pause when idle.
    pub(crate) fn update(&mut self, now: Reading) {
        let is_sound = self.rate.learn(now);
        if now.cycles > self.last.cycles {
            self.follow(now, is_sound);
            self.last = now;
        } else if !is_sound {
            self.start_again(now);
        }
    }

    /// Wall time of a count, in ns since the epoch; what does not fit is the nearest that does.
    ///
    /// The answer for a count stays the same, until more than 128 segments later its own is forgotten, or the
    /// counter goes back: then all that was known about counts is void.
    #[inline]
    pub(crate) fn wall(&self, cycles: u64) -> i64 {
        self.told.set(self.told.get().max(Some(cycles)));
        self.segment(cycles).wall(cycles)
    }

    /// Length in ns of a span of that many counts; what does not fit is the most that does.
    ///
    /// By the average rate of all the time watched, so independent of how the wall clock was set.
    #[inline]
    pub(crate) fn nanoseconds(&self, cycles: u64) -> u64 {
        self.rate.nanoseconds(cycles)
    }

    /// The segment that is in force at a count; the oldest one for counts before it.
    #[inline]
    fn segment(&self, cycles: u64) -> &Segment {
        if cycles >= self.newest.start() {
            return &self.newest;
        }
        let begun = self.past.partition_point(|segment| segment.start() <= cycles);
        self.past.get(begun.saturating_sub(1)).unwrap_or(&self.newest)
    }

    /// Makes the map right at `now`, which is later than the last reading, if it is not.
    fn follow(&mut self, now: Reading, is_sound: bool) {
        if self.told.get().is_none() {
            self.replace(now);
        } else if difference(now.wall, self.newest.destination(now.cycles)).abs() > TOLERANCE {
            self.append(now, is_sound);
        }
    }

    /// The counter went back, or stands still while time goes on: what was known about counts is void.
    fn start_again(&mut self, now: Reading) {
        self.told.set(None);
        self.replace(now);
        self.last = now;
    }

    /// One line for all counts.
    fn replace(&mut self, now: Reading) {
        self.past.clear();
        self.newest = Segment::line(now.cycles, now.wall, self.rate.nanoseconds_per_cycle());
        self.anchor = now;
    }

    /// A new segment, for all counts that nobody asked about yet.
    fn append(&mut self, now: Reading, is_sound: bool) {
        let was_set = was_set(&self.last, &now);
        let start = self.first_untold(now.cycles);
        let line = Segment::line(now.cycles, now.wall, self.slope(&now, is_sound, was_set));
        let off = difference(line.wall(start), self.newest.wall(start));
        let jumps = off.abs() > if is_sound && !was_set { FAR } else { STEP };
        let next = if jumps { line.from(start) } else { self.newest.bend(start, &line) };
        self.past.push_back(std::mem::replace(&mut self.newest, next));
        if self.past.len() >= SEGMENTS {
            self.past.pop_front();
        }
        self.anchor = now;
    }

    /// The first count that a segment made at `now` may be in force for. That may be a little after `now`, since
    /// other cores count too; a count from far beyond is broken and must not hold corrections up.
    fn first_untold(&self, now: u64) -> u64 {
        let first = self.told.get().unwrap_or(0).max(self.last.cycles).saturating_add(1);
        let ahead = difference(first, now) * self.rate.nanoseconds_per_cycle();
        let start = if ahead > SKEW { now } else { first };
        start.max(self.newest.start())
    }

    /// Nanoseconds of wall time per cycle, lately: over the last pause if it was long, else since the last segment.
    /// Of the wall clock, not of the monotonic one, because on some systems only the wall clock is slewed.
    fn slope(&self, now: &Reading, is_sound: bool, was_set: bool) -> f64 {
        let rate = self.rate.nanoseconds_per_cycle();
        if !is_sound || was_set {
            return rate;
        }
        let pause = difference(now.monotonic, self.last.monotonic);
        let since = if pause >= LONG_PAUSE { &self.last } else { &self.anchor };
        let slope = difference(now.wall, since.wall) / difference(now.cycles, since.cycles);
        slope.clamp(rate * (1.0 - DRIFT), rate * (1.0 + DRIFT))
    }
}

/// Whether the wall clock was set in between, rather than slewed.
fn was_set(last: &Reading, now: &Reading) -> bool {
    let passed = difference(now.monotonic, last.monotonic);
    let off = difference(now.wall, last.wall) - passed;
    off.abs() > STEP + DRIFT * passed.abs()
}

/// A count. What an `i64` holds, which is all that there is, takes one instruction; what only a `u64` does takes several.
#[inline]
fn number(count: u64) -> f64 {
    match i64::try_from(count) {
        Ok(count) => count as f64,
        Err(_) => count as f64,
    }
}

/// `later - earlier`, which may be negative, and exact up to 2^53 (104 days in ns).
fn difference<T: Into<i128>>(later: T, earlier: T) -> f64 {
    (later.into() - earlier.into()) as f64
}
