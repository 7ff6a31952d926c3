//! What became of the messages.

use serde::Serialize;

use super::{Nanoseconds, SECOND};

/// Messages, counted by what became of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) sent: u64,
    pub(crate) stored: u64,
    /// By the network.
    pub(crate) lost: u64,
    pub(crate) drops: Drops,
    /// From being made to being durable.
    pub(crate) durable: Durations,
    /// When the last message was sent, when one waited for a core last, and when the last was stored.
    pub(crate) last_sent: Nanoseconds,
    pub(crate) last_waiting: Nanoseconds,
    pub(crate) last_stored: Nanoseconds,
}

/// Messages that servers dropped, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Drops {
    /// The socket's buffer was full.
    pub(crate) kernel: u64,
    /// The queue of datagrams that were received was full.
    pub(crate) queue_full: u64,
    /// Too much waited for the store.
    pub(crate) behind: u64,
}

impl Drops {
    pub(crate) fn sum(self) -> u64 {
        self.kernel + self.queue_full + self.behind
    }
}

/// Each twice as long has so many classes of duration: they are told to 5 %.
const CLASSES: f64 = 16.0;

/// How many took how long.
#[derive(Clone, Debug, Default)]
pub(crate) struct Durations {
    counts: Vec<u64>,
}

impl Durations {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn add(&mut self, duration: Nanoseconds, count: u32) {
        let class = ((duration.max(1) as f64).log2() * CLASSES) as usize;
        if class >= self.counts.len() {
            self.counts.resize(class + 1, 0);
        }
        self.counts[class] += u64::from(count);
    }

    /// What this part of them did not exceed, in seconds; zero if there are none.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        let wanted = part * self.counts.iter().sum::<u64>() as f64;
        let mut sum = 0.0;
        for (class, &count) in self.counts.iter().enumerate() {
            sum += count as f64;
            if count > 0 && sum >= wanted {
                return ((class as f64 + 1.0) / CLASSES).exp2() / SECOND as f64;
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_told_to_five_percent() {
        let mut durations = Durations::default();
        (1..=1_000).for_each(|number| durations.add(number * 1_000_000, 1));
        for part in [0.01, 0.5, 0.99, 1.0] {
            let found = durations.quantile(part);
            assert!(found >= part && found < part * 1.05, "{found} instead of {part}");
        }
        assert_eq!(Durations::default().quantile(0.5), 0.0);
    }
}
