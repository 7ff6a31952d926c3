//! A piece of the map from counts to wall time.

use super::{difference, number};

/// How long a correction takes at least, in ns. Less than clocks take to drift apart by the tolerance again, even
/// when their rates change from one extreme to the other: so corrections do not pile up.
const BEND: f64 = 10_000_000.0;
/// The most that a correction changes the rate by. Below 1, so that time never goes back.
const STEEPEST: f64 = 0.1;

/// Wall time in force from a count on: a line, reached by a bend from where the map was before.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    start: u64,
    /// Wall time at the start.
    wall: i64,
    /// Nanoseconds per cycle after the bend.
    slope: f64,
    /// What the bend adds in all, in ns.
    correction: f64,
    /// Cycles from the start to the end of the bend; above 0.
    bend: f64,
}

impl Segment {
    /// Without a bend. `slope` is positive and finite.
    pub(super) fn line(start: u64, wall: i64, slope: f64) -> Self {
        Segment { start, wall, slope, correction: 0.0, bend: 1.0 }
    }

    /// The same line, in force from another count on.
    pub(super) fn from(&self, start: u64) -> Self {
        Segment::line(start, self.wall(start), self.slope)
    }

    /// Goes from where this segment is at `start` to `line`.
    pub(super) fn bend(&self, start: u64, line: &Segment) -> Self {
        let wall = self.wall(start);
        let correction = difference(line.wall(start), wall);
        let duration = BEND.max(correction.abs() / STEEPEST);
        Segment { start, wall, slope: line.slope, correction, bend: duration / line.slope }
    }

    #[inline]
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Wall time of a count, also of one before the start.
    #[inline]
    pub(super) fn wall(&self, cycles: u64) -> i64 {
        let distance = self.distance(cycles);
        // Asked for each record of a busy program, mostly when the bend is over: no division then.
        let corrected = if distance >= self.bend {
            self.correction
        } else {
            self.correction * (distance / self.bend).max(0.0)
        };
        self.wall.saturating_add(rounded(distance * self.slope + corrected))
    }

    /// Wall time of a count if the bend were over.
    pub(super) fn destination(&self, cycles: u64) -> i64 {
        self.wall.saturating_add(rounded(self.distance(cycles) * self.slope + self.correction))
    }

    #[inline]
    fn distance(&self, cycles: u64) -> f64 {
        let distance = number(cycles.abs_diff(self.start));
        if cycles >= self.start { distance } else { -distance }
    }
}

/// To the nearest integer, with two instructions instead of a call of `round`; saturates.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast saturates, and cuts off what rounding is to cut"
)]
fn rounded(value: f64) -> i64 {
    (value + 0.5_f64.copysign(value)) as i64
}
