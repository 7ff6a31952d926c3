//! Clocks that go as a test says.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of a test are small and positive"
)]

use super::Reading;

/// A machine with a counter of 2.5 GHz. Drift is the rate of both system clocks against the counter, slew that of
/// the wall clock against the monotonic one, both in parts per million.
#[derive(Clone, Debug)]
pub(super) struct World {
    cycles: u64,
    monotonic: f64,
    wall: f64,
    /// What was set, in ns; apart from `wall`, whose fractions would drown in it.
    set: i64,
    pub(super) cycles_per_nanosecond: f64,
    pub(super) drift: f64,
    pub(super) slew: f64,
}

impl World {
    pub(super) fn new() -> Self {
        World {
            cycles: 1 << 50,
            monotonic: 0.0,
            wall: 0.0,
            set: 1_750_000_000_000_000_000,
            cycles_per_nanosecond: 2.5,
            drift: 0.0,
            slew: 0.0,
        }
    }

    /// Lets time pass, and gives the instant after it.
    pub(super) fn pass(&mut self, nanoseconds: u64) -> Reading {
        let duration = nanoseconds as f64;
        let system = duration * (1.0 + self.drift * 1e-6);
        self.cycles += (duration * self.cycles_per_nanosecond) as u64;
        self.monotonic += system;
        self.wall += system * (1.0 + self.slew * 1e-6);
        self.reading()
    }

    pub(super) fn reading(&self) -> Reading {
        Reading {
            cycles: self.cycles,
            monotonic: self.monotonic as u64,
            wall: self.set.saturating_add(self.wall as i64),
        }
    }

    /// A reading whose clocks were read that much after the counter.
    pub(super) fn late_reading(&self, nanoseconds: i64) -> Reading {
        let exact = self.reading();
        Reading {
            cycles: exact.cycles,
            monotonic: exact.monotonic.saturating_add_signed(nanoseconds),
            wall: exact.wall.saturating_add(nanoseconds),
        }
    }

    pub(super) fn set_wall(&mut self, by: i64) {
        self.set = self.set.saturating_add(by);
    }

    pub(super) fn jump_cycles(&mut self, by: i64) {
        self.cycles = self.cycles.saturating_add_signed(by);
    }

    pub(super) fn reset_cycles(&mut self, to: u64) {
        self.cycles = to;
    }

    /// The monotonic clock stops, the counter perhaps, the wall clock not.
    pub(super) fn suspend(&mut self, nanoseconds: u64, counter_runs: bool) {
        if counter_runs {
            self.cycles += (nanoseconds as f64 * self.cycles_per_nanosecond) as u64;
        }
        self.wall += nanoseconds as f64;
    }
}
