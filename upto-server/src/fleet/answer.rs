//! What a host answered, and how it stands by that. Absence is never a number.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one host answered when it was asked for one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// It measured this.
    Ok(f64),
    /// It answered that it can't, or in a way that can't be taken, and why.
    Failed(String),
    /// It did not answer within the deadline.
    Timeout,
    /// There was nobody to ask: it was heard of so many nanoseconds ago.
    Stale(i64),
}

impl Answer {
    /// The value, if there is one.
    pub(crate) fn value(&self) -> Option<f64> {
        match self {
            Answer::Ok(value) => Some(*value),
            _ => None,
        }
    }

    /// The host itself said something.
    pub(crate) fn is_heard(&self) -> bool {
        matches!(self, Answer::Ok(_) | Answer::Failed(_))
    }

    /// `ok`, `failed`, `timeout` or `stale`.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Answer::Ok(_) => "ok",
            Answer::Failed(_) => "failed",
            Answer::Timeout => "timeout",
            Answer::Stale(_) => "stale",
        }
    }
}

/// An answer, of whom and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HostAnswer {
    /// The host's name.
    pub(crate) host: String,
    /// What it answered.
    pub(crate) answer: Answer,
    /// When it measured that, by its own clock, or when it was given up, in nanoseconds since the epoch.
    pub(crate) time: i64,
}

/// How a host stands at `now`, `latest` being its latest answer to a check and `heard` when it said something last: what
/// is older than two periods is no longer how it is.
pub(crate) fn standing(latest: Option<&Answer>, heard: i64, now: i64, period: Duration) -> Answer {
    let two_periods = i64::try_from(period.as_nanos()).unwrap_or(i64::MAX).saturating_mul(2);
    let age = now.saturating_sub(heard).max(0);
    match latest {
        Some(answer) if age <= two_periods => match answer {
            // A moment ago it was there.
            Answer::Stale(_) => Answer::Stale(age),
            answer => answer.clone(),
        },
        _ => Answer::Stale(age),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_nanos(100);

    #[test]
    fn an_answer_holds_for_two_periods_and_is_stale_then() {
        let latest = Answer::Ok(0.0);
        assert_eq!(standing(Some(&latest), 1_000, 1_200, PERIOD), Answer::Ok(0.0));
        assert_eq!(standing(Some(&latest), 1_000, 1_201, PERIOD), Answer::Stale(201));
    }

    #[test]
    fn who_does_not_answer_is_stale_two_periods_after_the_last_word() {
        assert_eq!(standing(Some(&Answer::Timeout), 1_000, 1_200, PERIOD), Answer::Timeout);
        assert_eq!(standing(Some(&Answer::Timeout), 1_000, 1_201, PERIOD), Answer::Stale(201));
        assert_eq!(standing(Some(&Answer::Stale(5)), 1_000, 1_150, PERIOD), Answer::Stale(150));
    }

    #[test]
    fn who_says_that_it_fails_is_not_stale() {
        let failed = Answer::Failed("no such file".into());
        assert_eq!(standing(Some(&failed), 1_000, 1_100, PERIOD), failed);
        assert_eq!(standing(None, 1_000, 1_100, PERIOD), Answer::Stale(100));
    }

    #[test]
    fn a_clock_behind_makes_no_negative_age() {
        assert_eq!(standing(None, 1_000, 900, PERIOD), Answer::Stale(0));
        assert_eq!(standing(Some(&Answer::Timeout), i64::MIN, i64::MAX, PERIOD), Answer::Stale(i64::MAX));
    }
}
