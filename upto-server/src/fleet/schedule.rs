//! When checks are due, and what happens with those that nobody takes. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::Check;

/// What was asked for so far, as whoever schedules leaves it to the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Agenda {
    /// By the name of the check.
    pub(crate) checks: BTreeMap<String, Progress>,
    /// Results before this slot are removed.
    pub(crate) swept: i64,
}

/// How often one check was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Progress {
    /// How many tasks there were, which numbers them.
    pub(crate) scheduled: u64,
    /// How many of them were dropped, since nobody took them.
    pub(crate) dropped: u64,
    /// When the last one was due, in nanoseconds since the epoch.
    pub(crate) last: i64,
}

impl Progress {
    /// When a check is due that was not asked for since, or `None` if it is not due at `now`. What was missed while
    /// nobody scheduled is not made up for; nor is it waited for a clock that was set back.
    pub(crate) fn due(&self, check: &Check, now: i64) -> Option<i64> {
        let period = i64::try_from(check.period.as_nanos()).unwrap_or(i64::MAX).max(1);
        let since = now.saturating_sub(self.last);
        if (0..period).contains(&since) {
            return None;
        }
        // The beat is kept as long as none was missed.
        let is_next = (period..period.saturating_mul(2)).contains(&since);
        Some(if is_next { self.last.saturating_add(period) } else { now })
    }
}

/// How many of the oldest tasks are dropped before one more is added to those that wait, of which there may be `limit`.
pub(crate) fn excess(waiting: u64, limit: u64) -> u64 {
    waiting.saturating_add(1).saturating_sub(limit.max(1))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn check(nanoseconds: u64) -> Check {
        Check {
            timeout: None,
            name: "c".into(),
            unit: String::new(),
            period: Duration::from_nanos(nanoseconds),
        }
    }

    fn at(last: i64) -> Progress {
        Progress { last, ..Progress::default() }
    }

    #[test]
    fn a_check_is_due_once_a_period_and_keeps_its_beat() {
        assert_eq!(at(1_000).due(&check(100), 1_099), None);
        assert_eq!(at(1_000).due(&check(100), 1_100), Some(1_100));
        assert_eq!(at(1_000).due(&check(100), 1_130), Some(1_100), "late, but the next one is not");
    }

    #[test]
    fn what_was_missed_is_not_made_up_for() {
        assert_eq!(at(1_000).due(&check(100), 5_050), Some(5_050));
        assert_eq!(at(0).due(&check(100), 5_050), Some(5_050), "the first one");
    }

    #[test]
    fn a_clock_that_was_set_back_stops_nothing() {
        assert_eq!(at(5_000).due(&check(100), 1_000), Some(1_000));
    }

    #[test]
    fn the_oldest_go_where_one_more_would_be_too_many() {
        for (waiting, limit, expected) in [(0, 3, 0), (2, 3, 0), (3, 3, 1), (5, 3, 3), (0, 0, 0), (1, 0, 1)] {
            assert_eq!(excess(waiting, limit), expected, "{waiting} of {limit}");
        }
    }

    proptest! {
        #[test]
        fn what_is_due_is_not_due_again_at_once(last: i64, now: i64, period in 1_u64..1 << 50) {
            if let Some(due) = at(last).due(&check(period), now) {
                prop_assert!(due <= now);
                prop_assert_eq!(at(due).due(&check(period), due), None);
            }
        }
    }
}
