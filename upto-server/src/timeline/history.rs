//! Whether a duration is what it used to be: of a timeline, or of one event, over the runs of a context.
//!
//! Durations of builds and deployments are not normally distributed: they have long tails, and often two humps (with and
//! without a cache). So every rule here goes by ranks and not by means: quantiles, the Mann-Whitney test, and Pettitt's
//! test for the point at which something changed. What they get wrong, and how often, is simulated in the tests.

mod change;
mod rank;
#[cfg(test)]
mod simulation;

pub use self::change::{ChangePoint, change_points};
pub use self::rank::{mann_whitney, quantile};

/// Earlier runs of the same status that a single run has to be compared with at least.
pub const EARLIER: usize = 8;
/// Earlier runs that count at most: what was longer ago is another time.
pub const WINDOW: usize = 60;
/// A run is remarkable if it is so many times above the 90th percentile of the earlier ones, or below the 10th.
const MARGIN: f64 = 1.2;
/// So many of the last runs are compared, as a group,
const RECENT: usize = 5;
/// with so many before them.
const BEFORE: usize = 20;
/// How far the ranks of the groups have to be apart, in standard deviations: 1 % if nothing changed.
const DEVIATIONS: f64 = 2.33;
/// And their medians, as a part of the earlier one: what is real but small is no news.
const SHIFT: f64 = 0.1;

/// What a history says of its last run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There are too few earlier runs to tell.
    Unknown,
    /// It is as it used to be.
    Usual,
    /// This one run took remarkably long, which may be chance.
    Note,
    /// It takes longer now.
    Regression,
    /// It takes less time now.
    Improvement,
}

impl Verdict {
    /// The verdict as the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Unknown => "unknown",
            Verdict::Usual => "usual",
            Verdict::Note => "note",
            Verdict::Regression => "regression",
            Verdict::Improvement => "improvement",
        }
    }
}

/// A verdict with what it is founded on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// What is said of the last run.
    pub verdict: Verdict,
    /// Which rule says so.
    pub reason: Reason,
    /// The median of the earlier runs, in the unit of the durations; `None` if there are none.
    pub median: Option<f64>,
    /// Their 90th percentile, likewise.
    pub p90: Option<f64>,
    /// How many those are.
    pub runs: usize,
}

/// The rule behind a verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// None was broken, or there was nothing to compare with.
    None,
    /// The last run is beyond this bound, in the unit of the durations.
    OneRun {
        /// 1.2 times the 90th percentile of the earlier runs.
        bound: f64,
    },
    /// Two of the last three runs are beyond this bound.
    TwoOfThree {
        /// 1.2 times the 90th percentile of the runs before those three, or the 10th over 1.2.
        bound: f64,
    },
    /// The last runs as a group differ from those before them.
    Group {
        /// By how many standard deviations of the Mann-Whitney statistic.
        deviations: f64,
        /// How far the median moved, as a part of what it was.
        shift: f64,
    },
}

/// What the durations of successive runs, the oldest first, say of the last one. They are of one status: a failed run is
/// mostly shorter, and no improvement. Any unit will do; what is not finite is left out.
#[must_use]
pub fn judge(durations: &[f64]) -> Judgement {
    let durations: Vec<f64> = durations.iter().copied().filter(|duration| duration.is_finite()).collect();
    let Some((last, earlier)) = durations.split_last() else { return unknown(&[]) };
    let earlier = latest(earlier, WINDOW);
    if earlier.len() < EARLIER {
        return unknown(earlier);
    }
    let (verdict, reason) = lasting(&durations, Verdict::Regression)
        .or_else(|| lasting(&durations, Verdict::Improvement))
        .or_else(|| note(*last, earlier))
        .unwrap_or((Verdict::Usual, Reason::None));
    Judgement { verdict, reason, ..unknown(earlier) }
}

fn unknown(earlier: &[f64]) -> Judgement {
    Judgement {
        verdict: Verdict::Unknown,
        reason: Reason::None,
        median: quantile(earlier, 0.5),
        p90: quantile(earlier, 0.9),
        runs: earlier.len(),
    }
}

fn latest(durations: &[f64], count: usize) -> &[f64] {
    &durations[durations.len().saturating_sub(count)..]
}

fn note(last: f64, earlier: &[f64]) -> Option<(Verdict, Reason)> {
    let bound = MARGIN * quantile(earlier, 0.9)?;
    (last > bound).then_some((Verdict::Note, Reason::OneRun { bound }))
}

/// Whether what changed is more than one run.
fn lasting(durations: &[f64], verdict: Verdict) -> Option<(Verdict, Reason)> {
    let reason = two_of_three(durations, verdict).or_else(|| group(durations, verdict))?;
    Some((verdict, reason))
}

fn two_of_three(durations: &[f64], verdict: Verdict) -> Option<Reason> {
    let (earlier, three) = durations.split_at_checked(durations.len().checked_sub(3)?)?;
    let earlier = latest(earlier, WINDOW);
    if earlier.len() < EARLIER {
        return None;
    }
    let bound = match verdict {
        Verdict::Improvement => quantile(earlier, 0.1)? / MARGIN,
        _ => MARGIN * quantile(earlier, 0.9)?,
    };
    let is_beyond = |duration: &&f64| match verdict {
        Verdict::Improvement => **duration < bound,
        _ => **duration > bound,
    };
    (three.iter().filter(is_beyond).count() >= 2).then_some(Reason::TwoOfThree { bound })
}

fn group(durations: &[f64], verdict: Verdict) -> Option<Reason> {
    let (earlier, recent) = durations.split_at_checked(durations.len().checked_sub(RECENT)?)?;
    let earlier = latest(earlier, BEFORE);
    if earlier.len() < EARLIER {
        return None;
    }
    let deviations = mann_whitney(earlier, recent)?;
    let before = quantile(earlier, 0.5)?;
    let shift = (quantile(recent, 0.5)? - before) / before;
    let is_so = match verdict {
        Verdict::Improvement => deviations < -DEVIATIONS && shift < -SHIFT,
        _ => deviations > DEVIATIONS && shift > SHIFT,
    };
    is_so.then_some(Reason::Group { deviations, shift })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(durations: &[f64]) -> Verdict {
        judge(durations).verdict
    }

    /// Ten runs between 9.5 and 10.4 seconds, and then these.
    fn then(last: &[f64]) -> Vec<f64> {
        let usual = [9.5, 10.3, 9.7, 10.0, 10.4, 9.9, 10.1, 9.6, 10.2, 9.8];
        usual.iter().chain(last).copied().collect()
    }

    #[test]
    fn too_few_runs_say_nothing() {
        assert_eq!(verdict(&[]), Verdict::Unknown);
        assert_eq!(verdict(&[10.0; EARLIER]), Verdict::Unknown);
        assert_eq!(verdict(&[f64::NAN; 3 * EARLIER]), Verdict::Unknown);
        assert_eq!(verdict(&[10.0; EARLIER + 1]), Verdict::Usual);
    }

    #[test]
    fn one_slow_run_is_a_note_and_two_of_three_are_a_regression() {
        assert_eq!(verdict(&then(&[12.0])), Verdict::Usual);
        assert_eq!(verdict(&then(&[13.0])), Verdict::Note);
        assert_eq!(verdict(&then(&[13.0, 10.0])), Verdict::Usual);
        assert_eq!(verdict(&then(&[13.0, 10.0, 13.0])), Verdict::Regression);
        assert_eq!(verdict(&then(&[7.0, 10.0, 7.0])), Verdict::Improvement);
    }

    #[test]
    fn a_small_lasting_shift_is_found_as_a_group_and_one_below_a_tenth_is_none() {
        let judgement = judge(&then(&[11.3, 11.2, 11.5, 11.1, 11.4]));
        assert_eq!(judgement.verdict, Verdict::Regression);
        assert!(matches!(judgement.reason, Reason::Group { .. }), "{judgement:?}");
        assert_eq!(verdict(&then(&[10.6, 10.7, 10.6, 10.8, 10.7])), Verdict::Usual);
        assert_eq!(verdict(&then(&[8.6, 8.7, 8.6, 8.8, 8.7])), Verdict::Improvement);
    }

    #[test]
    fn what_it_is_founded_on_is_told() {
        let judgement = judge(&then(&[13.0]));
        assert_eq!((judgement.runs, judgement.median, judgement.p90), (10, Some(9.9), Some(10.3)));
        let Reason::OneRun { bound } = judgement.reason else { panic!("{judgement:?}") };
        assert!((bound - 12.36).abs() < 1e-9, "{bound}");
    }
}
