//! How answers and results are written in JSON: what is not there is null, never 0.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::represent::{seconds, time};
use crate::fleet::answer::{Answer, HostAnswer};
use crate::fleet::outcome::{Ending, Outcome};
use crate::fleet::spread::{Counts, Spread};

/// What a host answered, or how it stands by that.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FleetAnswer)]
pub(in crate::api) struct AnswerProperties {
    /// `ok`, `failed`, `timeout` or `stale`.
    state: &'static str,
    /// Null unless it is ok.
    value: Option<f64>,
    /// Why it failed.
    problem: Option<String>,
    /// For how long nothing was heard of a stale one.
    age_seconds: Option<f64>,
    /// When that was measured, by the host's clock, or when it was given up.
    time: Option<String>,
}

impl AnswerProperties {
    pub(super) fn of(answer: &Answer, at: Option<i64>) -> Self {
        let (problem, age) = match answer {
            Answer::Failed(reason) => (Some(reason.clone()), None),
            Answer::Stale(age) => (None, Some(seconds(*age))),
            Answer::Ok(_) | Answer::Timeout => (None, None),
        };
        AnswerProperties {
            state: answer.as_str(),
            value: answer.value(),
            problem,
            age_seconds: age,
            time: at.map(time),
        }
    }
}

/// What a host answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FleetHostAnswer)]
pub(in crate::api) struct HostAnswerProperties {
    host: String,
    #[serde(flatten)]
    answer: AnswerProperties,
}

/// The values of all hosts that measured something.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FleetSpread)]
pub(in crate::api) struct SpreadProperties {
    min: f64,
    median: f64,
    max: f64,
    mean: f64,
}

impl From<Spread> for SpreadProperties {
    fn from(Spread { min, median, max, mean }: Spread) -> Self {
        SpreadProperties { min, median, max, mean }
    }
}

/// How many hosts answered in which way.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FleetCounts)]
pub(in crate::api) struct CountsProperties {
    ok: u64,
    failed: u64,
    timeout: u64,
    stale: u64,
}

impl From<Counts> for CountsProperties {
    fn from(Counts { ok, failed, timeout, stale }: Counts) -> Self {
        CountsProperties { ok, failed, timeout, stale }
    }
}

/// The one end of a task.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FleetResult)]
pub(in crate::api) struct OutcomeProperties {
    /// The task's id.
    id: String,
    check: String,
    /// When it was due.
    scheduled: String,
    ended: String,
    /// How long asking all hosts took.
    took_seconds: f64,
    /// How often the task had been claimed by then.
    attempt: u32,
    /// The host that asked; empty where none did.
    worker: String,
    /// The group that it is of.
    group: Option<String>,
    /// `answered`, `dropped` or `refused`.
    ending: &'static str,
    /// Why it was refused.
    problem: Option<String>,
    /// Null where no host measured anything.
    spread: Option<SpreadProperties>,
    counts: CountsProperties,
    answers: Vec<HostAnswerProperties>,
}

/// A result as it is written.
pub(super) fn result(outcome: &Outcome) -> OutcomeProperties {
    let (ending, problem) = match &outcome.ending {
        Ending::Answered(_) => ("answered", None),
        Ending::Dropped => ("dropped", None),
        Ending::Refused(reason) => ("refused", Some(reason.clone())),
    };
    OutcomeProperties {
        id: outcome.id.clone(),
        check: outcome.check.clone(),
        scheduled: time(outcome.scheduled),
        ended: time(outcome.ended),
        took_seconds: seconds(outcome.took),
        attempt: outcome.attempt,
        worker: outcome.worker.clone(),
        group: outcome.part.as_ref().map(|part| part.group.clone()),
        ending,
        problem,
        spread: Spread::of(outcome.answers()).map(Into::into),
        counts: Counts::of(outcome.answers()).into(),
        answers: answers(outcome.answers()),
    }
}

/// Answers as they are written.
pub(super) fn answers(answers: &[HostAnswer]) -> Vec<HostAnswerProperties> {
    let answers = answers.iter().map(|said| HostAnswerProperties {
        host: said.host.clone(),
        answer: AnswerProperties::of(&said.answer, Some(said.time)),
    });
    answers.collect()
}

/// Results over time: columns of the same length, null where no host measured anything.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = FleetChart)]
pub(in crate::api) struct Chart {
    /// When each was due.
    times: Vec<String>,
    min: Vec<Option<f64>>,
    median: Vec<Option<f64>>,
    max: Vec<Option<f64>>,
    /// How many hosts measured something.
    ok: Vec<u64>,
    /// How many did not.
    others: Vec<u64>,
}

impl Chart {
    /// Of results that were answered, the latest first.
    pub(super) fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let answered = outcomes.filter(|outcome| matches!(outcome.ending, Ending::Answered(_)));
        let mut answered: Vec<_> = answered.collect();
        answered.reverse();
        let mut chart = Chart::default();
        for outcome in answered {
            chart.add(outcome);
        }
        chart
    }

    fn add(&mut self, outcome: &Outcome) {
        let (spread, counts) = (Spread::of(outcome.answers()), Counts::of(outcome.answers()));
        self.times.push(time(outcome.scheduled));
        self.min.push(spread.map(|spread| spread.min));
        self.median.push(spread.map(|spread| spread.median));
        self.max.push(spread.map(|spread| spread.max));
        self.ok.push(counts.ok);
        self.others.push(counts.failed + counts.timeout + counts.stale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::task::Task;

    fn outcome(number: i64, answers: Vec<Answer>) -> Outcome {
        let task = Task { id: number.to_string(), check: "c".into(), scheduled: number, part: None };
        let answers = answers.into_iter().map(|answer| HostAnswer { host: "h".into(), answer, time: 5 });
        Outcome::of(&task, 1, "w", number, Ending::Answered(answers.collect()))
    }

    #[test]
    fn what_is_not_there_is_null() {
        let written = |answer| serde_json::to_value(AnswerProperties::of(&answer, None)).expect("JSON");
        assert_eq!(written(Answer::Ok(0.0))["value"], 0.0);
        for answer in [Answer::Failed("no".into()), Answer::Timeout, Answer::Stale(1_500_000_000)] {
            assert!(written(answer)["value"].is_null());
        }
        assert_eq!(written(Answer::Stale(1_500_000_000))["age_seconds"], 1.5);
        assert_eq!(written(Answer::Failed("no".into()))["problem"], "no");
    }

    #[test]
    fn a_chart_goes_from_the_oldest_to_the_latest_with_gaps() {
        let none = outcome(2, vec![Answer::Timeout]);
        let some = outcome(1, vec![Answer::Ok(3.0), Answer::Ok(1.0), Answer::Stale(1)]);
        let chart = Chart::of([&none, &some].into_iter());
        assert_eq!((chart.min, chart.max), (vec![Some(1.0), None], vec![Some(3.0), None]));
        assert_eq!((chart.ok, chart.others), (vec![2, 0], vec![1, 1]));
    }
}
