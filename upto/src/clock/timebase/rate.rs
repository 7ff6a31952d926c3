//! How long a cycle is.

use std::ops::RangeInclusive;

use super::{DRIFT, Reading, difference, number};

/// How far off a reading may be, in ns. Most are within some tens; a thread may be interrupted.
const READING_ERROR: f64 = 50_000.0;
/// A step of soundness tests, in ns: long enough that a reading's error is small beside the drift.
const CHECK: f64 = 100_000_000.0;
/// A rate that was learnt over longer, in ns, gives way to one learnt anew over this.
const ENOUGH: f64 = 1e9;
/// What any counter can be, from 1 kHz to 1 THz, in ns per cycle. All else is a reading gone wrong.
const PLAUSIBLE: RangeInclusive<f64> = 1e-3..=1e6;
/// After so many disagreements in a row it is the rate that is wrong. A single reading gone wrong makes two:
/// with what was before and with what comes after.
const DISAGREEMENTS: u32 = 3;

/// Nanoseconds per cycle, by the longest time over which the counter and the monotonic clock agreed.
#[derive(Debug)]
pub(super) struct Rate {
    nanoseconds_per_cycle: f64,
    /// How long the rate was watched, in ns; 0 when nothing is known yet.
    learnt_over: f64,
    /// Since when counter and clock agree.
    base: Reading,
    /// What the next reading is held against.
    checked: Reading,
    /// How often they disagreed since they last agreed for long.
    disagreements: u32,
}

impl Rate {
    /// Nothing learnt yet; a nanosecond per cycle, which is what it is where the system's clock is counted.
    pub(super) fn new(first: Reading) -> Self {
        Rate { nanoseconds_per_cycle: 1.0, learnt_over: 0.0, base: first, checked: first, disagreements: 0 }
    }

    /// Positive and finite.
    pub(super) fn nanoseconds_per_cycle(&self) -> f64 {
        self.nanoseconds_per_cycle
    }

    /// Length of a span, in ns; saturates.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, and is not negative"
    )]
    #[inline]
    pub(super) fn nanoseconds(&self, cycles: u64) -> u64 {
        (number(cycles) * self.nanoseconds_per_cycle + 0.5) as u64
    }

    /// Takes a reading into account. False if counter and monotonic clock no longer go together: one of them
    /// jumped, was reset or stood still.
    pub(super) fn learn(&mut self, now: Reading) -> bool {
        let agrees = self.agrees(&now);
        if agrees {
            self.refine(&now);
            self.check_off(now);
        } else {
            self.start_again(now);
        }
        agrees
    }

    fn agrees(&self, now: &Reading) -> bool {
        let cycles = difference(now.cycles, self.checked.cycles);
        let passed = difference(now.monotonic, self.checked.monotonic);
        if self.learnt_over <= 0.0 {
            return passed > 0.0 && PLAUSIBLE.contains(&(passed / cycles));
        }
        let uncertainty = DRIFT + READING_ERROR / self.learnt_over;
        let off = cycles * self.nanoseconds_per_cycle - passed;
        passed >= -READING_ERROR && off.abs() <= READING_ERROR + passed.max(0.0) * uncertainty
    }

    fn refine(&mut self, now: &Reading) {
        let passed = difference(now.monotonic, self.base.monotonic);
        let rate = passed / difference(now.cycles, self.base.cycles);
        if passed >= self.learnt_over.min(ENOUGH) && PLAUSIBLE.contains(&rate) {
            self.nanoseconds_per_cycle = rate;
            self.learnt_over = passed;
        }
    }

    /// The next readings are held against this one, if the last check is long enough ago.
    fn check_off(&mut self, now: Reading) {
        if difference(now.monotonic, self.checked.monotonic) >= CHECK {
            self.checked = now;
            self.disagreements = 0;
        }
    }

    /// Keeps the rate until there is a better one, unless it is the rate that does not fit.
    fn start_again(&mut self, now: Reading) {
        self.base = now;
        self.checked = now;
        self.disagreements += 1;
        if self.disagreements >= DISAGREEMENTS {
            self.learnt_over = 0.0;
            self.disagreements = 0;
        }
    }
}
