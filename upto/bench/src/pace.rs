//! A steady load: so many pairs a second.

use std::thread;
use std::time::{Duration, Instant};

/// Pairs are made in portions of this length.
const TICK: Duration = Duration::from_millis(1);
/// Portions that are made at once at most, to catch up when the thread got no turn for a while: more would be
/// a burst, which is not what is measured.
const CATCH_UP: u64 = 4;

/// So many pairs a second, for so long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// A multiple of 1,000.
    pub(crate) pairs_per_second: u64,
    pub(crate) seconds: u64,
}

impl Pace {
    /// All pairs.
    pub(crate) fn pairs(self) -> u64 {
        self.pairs_per_second * self.seconds
    }

    /// Makes all pairs; returns how many it made a second.
    pub(crate) fn keep(self, mut pair: impl FnMut()) -> f64 {
        let began = Instant::now();
        let mut made = 0;
        while made < self.pairs() {
            let due = self.due(began.elapsed(), made);
            (made..due).for_each(|_| pair());
            made = due;
            thread::sleep(TICK);
        }
        made as f64 / began.elapsed().as_secs_f64()
    }

    /// How many pairs there have to be by now, of which `made` are there.
    fn due(self, elapsed: Duration, made: u64) -> u64 {
        let microseconds = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let on_time = self.pairs_per_second.saturating_mul(microseconds) / 1_000_000;
        on_time.max(made).min(made + CATCH_UP * self.pairs_per_second / 1_000).min(self.pairs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { pairs_per_second: 300_000, seconds: 5 };

    #[test]
    fn what_is_due_follows_the_clock() {
        assert_eq!(PACE.due(Duration::ZERO, 0), 0);
        assert_eq!(PACE.due(Duration::from_millis(1), 0), 300);
        assert_eq!(PACE.due(Duration::from_micros(1_001_500), 300_000), 300_450);
    }

    #[test]
    fn what_is_late_is_caught_up_with_in_portions() {
        assert_eq!(PACE.due(Duration::from_millis(100), 0), 1_200);
        assert_eq!(PACE.due(Duration::from_millis(100), 29_990), 30_000);
    }

    #[test]
    fn it_ends_with_the_last_pair() {
        assert_eq!(PACE.due(Duration::MAX, 1_499_999), 1_500_000);
        let mut made = 0;
        Pace { pairs_per_second: 1_000_000, seconds: 0 }.keep(|| made += 1);
        assert_eq!(made, 0);
    }
}
