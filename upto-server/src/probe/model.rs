//! What is found out about a cluster, and what may be in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Bytes of a name, of a cluster or of a figure, at most.
pub(crate) const NAME_BYTES: usize = 256;
/// Figures of a probe at most.
pub(crate) const FIGURES: usize = 256;
/// Bytes of a probe's detail at most.
pub(crate) const DETAIL_BYTES: usize = 1 << 20;
/// Bytes of a problem's text that are kept.
const PROBLEM_BYTES: usize = 1_000;

/// How a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// All is well.
    Up,
    /// It answers, and something is wrong.
    Degraded,
    /// It does not answer.
    Down,
}

impl State {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Up => "up",
            State::Degraded => "degraded",
            State::Down => "down",
        }
    }
}

/// What a connector found out when it asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// How the cluster is.
    pub state: State,
    /// What is wrong, for people; `None`: nothing. Texts over 1,000 bytes are cut.
    pub problem: Option<String>,
    /// Numbers by name, at most 256 with names of 1 to 256 bytes. The unit is part of the name: `memory_used_percent`,
    /// `latency_seconds`, `capacity_bytes`.
    pub figures: BTreeMap<String, f64>,
    /// What there is to say beside that: JSON of at most 1 MiB; empty if nothing.
    pub detail: String,
}

impl Probe {
    /// All is well.
    #[must_use]
    pub fn up() -> Self {
        Probe { state: State::Up, problem: None, figures: BTreeMap::new(), detail: String::new() }
    }

    /// It does not answer, and why.
    #[must_use]
    pub fn down(problem: impl Into<String>) -> Self {
        Probe { state: State::Down, problem: Some(problem.into()), ..Probe::up() }
    }

    /// The same with a figure. One that is no finite number is left out: nobody could draw it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: f64) -> Self {
        if value.is_finite() {
            self.figures.insert(name.into(), value);
        }
        self
    }

    /// The same with something wrong: what answers is no more than degraded then.
    #[must_use]
    pub fn but(mut self, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        self.state = self.state.max(State::Degraded);
        self.problem = Some(match self.problem {
            Some(others) => format!("{others}; {problem}"),
            None => problem,
        });
        self
    }

    /// The same with what there is to say beside the figures, as JSON.
    #[must_use]
    pub fn with_detail(mut self, detail: String) -> Self {
        self.detail = detail;
        self
    }

    /// What is over a limit; `None`: nothing.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let is_name = |name: &String| (1..=NAME_BYTES).contains(&name.len());
        if self.detail.len() > DETAIL_BYTES {
            Some("the detail has over 1 MiB")
        } else if self.figures.len() > FIGURES {
            Some("there are over 256 figures")
        } else if !self.figures.keys().all(is_name) {
            Some("the name of a figure has 1 to 256 bytes")
        } else if !self.detail.is_empty()
            && serde_json::from_str::<&serde_json::value::RawValue>(&self.detail).is_err()
        {
            Some("the detail is no JSON")
        } else {
            None
        }
    }

    /// Itself within all limits: one that is over a limit says that instead of what it said.
    pub(crate) fn within_limits(mut self) -> Self {
        if let Some(fault) = self.fault() {
            return Probe::down(format!("the answer can't be kept: {fault}"));
        }
        self.figures.retain(|_, value| value.is_finite());
        if let Some(problem) = &mut self.problem {
            let longest = PROBLEM_BYTES.min(problem.len());
            let end = (0..=longest).rev().find(|end| problem.is_char_boundary(*end));
            problem.truncate(end.unwrap_or(0));
        }
        self
    }
}

/// A probe with when and where it belongs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The place among the probes of its cluster: 1 and up, without holes. 0 until it has one.
    pub(crate) number: u64,
    /// When the cluster was asked, in nanoseconds since the epoch.
    pub(crate) time: i64,
    /// How long it took, in nanoseconds.
    pub(crate) round_trip: i64,
    pub(crate) probe: Probe,
    /// Who made it, where what is stored twice has to be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// Where a probe comes from: what is brought twice is known by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The run of a collector, or of a server.
    pub(crate) collector: String,
    /// Grows with every probe of that run.
    pub(crate) number: u64,
}

impl Record {
    /// Bytes that it has in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let figures: usize = self.probe.figures.keys().map(|name| name.len() + 48).sum();
        256 + figures + self.probe.detail.len() + self.probe.problem.as_ref().map_or(0, String::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_wrong_makes_it_degraded_and_not_better() {
        let wrong = Probe::up().but("one").but("two");
        assert_eq!((wrong.state, wrong.problem.as_deref()), (State::Degraded, Some("one; two")));
        assert_eq!(Probe::down("gone").but("more").state, State::Down);
    }

    #[test]
    fn what_is_over_a_limit_says_so_and_what_is_no_number_is_left_out() {
        let kept = Probe::up().with("a", f64::NAN).with("b", 1.5).with_detail("[1]".into());
        assert_eq!(kept.clone().within_limits().figures, BTreeMap::from([("b".to_owned(), 1.5)]));
        let large = kept.clone().with_detail(format!("\"{}\"", "x".repeat(DETAIL_BYTES)));
        for (wrong, told) in [
            (large, "1 MiB"),
            (kept.clone().with_detail("{".into()), "no JSON"),
            (kept.clone().with("", 1.0), "1 to 256 bytes"),
            (
                (0..=FIGURES).fold(Probe::up(), |probe, number| probe.with(number.to_string(), 1.0)),
                "256 figures",
            ),
        ] {
            let limited = wrong.within_limits();
            assert_eq!(limited.state, State::Down);
            assert!(limited.problem.as_ref().is_some_and(|problem| problem.contains(told)), "{limited:?}");
        }
        let long = Probe::down("☃".repeat(PROBLEM_BYTES)).within_limits();
        assert!(long.problem.is_some_and(|problem| problem.len() <= PROBLEM_BYTES));
    }
}
