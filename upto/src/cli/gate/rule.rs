//! When a timeline took too long. Pure.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::cli::api::Timeline;
use crate::cli::render::{duration, percent};

/// The largest part that a number without `%` may be.
const MOST_PLAIN: f64 = 10.0;

/// How long timelines of a context took, as the server tells it.
#[derive(Debug, Deserialize)]
pub(super) struct History {
    runs: Vec<Run>,
    judged: Option<Judged>,
}

#[derive(Debug, Deserialize)]
struct Run {
    timeline: String,
    state: String,
    duration_seconds: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Judged {
    timeline: String,
    verdict: String,
    reason: Option<String>,
}

/// What is too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// More than the median of earlier ones by this part of it; `None`: what the server takes for a regression.
    pub(super) most: Option<f64>,
    pub(super) least_runs: u32,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// It did not take too long.
    Usual,
    /// It did.
    TooLong,
    /// Too few earlier ones tell.
    TooFew,
    /// It is not done, or did not go well.
    NotJudged,
}

impl Display for Verdict {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Verdict::Usual => "usual",
            Verdict::TooLong => "too long",
            Verdict::TooFew => "unknown",
            Verdict::NotJudged => "not judged",
        })
    }
}

impl Rule {
    /// Whether it took too long, and why that is said.
    pub(super) fn judge(self, timeline: &Timeline, history: &History) -> (Verdict, String) {
        let state = timeline.state.as_deref().unwrap_or("damaged");
        let (Some(took), "done") = (timeline.duration_seconds, state) else {
            return (Verdict::NotJudged, format!("it is {state}"));
        };
        let earlier = earlier(timeline, history);
        let (count, least) = (earlier.len(), self.least_runs);
        let Some(median) = median(earlier).filter(|_| count >= usize::try_from(least).unwrap_or(usize::MAX))
        else {
            let counted = if count == 1 { "timeline" } else { "timelines" };
            return (
                Verdict::TooFew,
                format!("{count} earlier {counted} went well, and it takes {least} to tell"),
            );
        };
        match self.most {
            Some(most) => against(took, median, most, count),
            None => as_judged(took, timeline, history),
        }
    }
}

/// How long earlier timelines took that went well.
fn earlier(timeline: &Timeline, history: &History) -> Vec<f64> {
    let others = history.runs.iter().filter(|run| run.timeline != timeline.name && run.state == "done");
    others.filter_map(|run| run.duration_seconds).collect()
}

fn against(took: f64, median: f64, most: f64, count: usize) -> (Verdict, String) {
    let part = percent(median, took).map(|part| format!(" ({part})")).unwrap_or_default();
    let usual = format!("the median of {count} earlier ones is {}", duration(median));
    let reason = format!("it took {}{part}; {usual}, {:.0} % more are allowed", duration(took), most * 100.0);
    let verdict = if took > median * (1.0 + most) { Verdict::TooLong } else { Verdict::Usual };
    (verdict, reason)
}

fn as_judged(took: f64, timeline: &Timeline, history: &History) -> (Verdict, String) {
    let judged = history.judged.as_ref().filter(|judged| judged.timeline == timeline.name);
    let Some(Judged { verdict, reason, .. }) = judged else {
        return (Verdict::TooFew, "the server does not judge it".to_owned());
    };
    let reason = reason.clone().unwrap_or_else(|| format!("it took {}", duration(took)));
    match verdict.as_str() {
        "regression" => (Verdict::TooLong, reason),
        "unknown" => (Verdict::TooFew, reason),
        _ => (Verdict::Usual, reason),
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

/// A part, as `20%` or `0.2`. Whoever writes `20` means the former, and a gate that lets everything through would be none.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let (number, unit, most) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0, 1_000.0),
        None => (text, 1.0, MOST_PLAIN),
    };
    let part = number.trim().parse::<f64>().ok().map(|number| number / unit);
    let expected = "expected a part from 0 on, as 20% or 0.2; over 10 only with %";
    part.filter(|part| (0.0..=most).contains(part)).ok_or_else(|| expected.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn timeline(state: &str, seconds: f64) -> Timeline {
        let said = json!({"context": "c", "name": "head", "state": state, "duration_seconds": seconds});
        serde_json::from_value(said).expect("a timeline")
    }

    fn history(seconds: &[f64], judged: &Value) -> History {
        let run = |seconds: &f64| json!({"timeline": "t", "state": "done", "duration_seconds": seconds});
        let mut runs: Vec<_> = seconds.iter().map(run).collect();
        runs.push(json!({"timeline": "failed", "state": "failed", "duration_seconds": 99.0}));
        runs.push(json!({"timeline": "head", "state": "done", "duration_seconds": 77.0}));
        serde_json::from_value(json!({"runs": runs, "judged": judged})).expect("a history")
    }

    fn verdict(rule: Rule, timeline: &Timeline, history: &History) -> Verdict {
        rule.judge(timeline, history).0
    }

    #[test]
    fn a_part_above_the_median_of_those_that_went_well_is_allowed() {
        let history = history(&[9.0, 10.0, 11.0, 10.0], &Value::Null);
        let rule = Rule { most: Some(0.2), least_runs: 3 };
        for (state, seconds, expected) in [
            ("done", 12.0, Verdict::Usual),
            ("done", 12.1, Verdict::TooLong),
            ("done", 1.0, Verdict::Usual),
            ("failed", 50.0, Verdict::NotJudged),
            ("running", 50.0, Verdict::NotJudged),
        ] {
            assert_eq!(verdict(rule, &timeline(state, seconds), &history), expected, "{state} {seconds}");
        }
        assert_eq!(
            verdict(Rule { least_runs: 5, ..rule }, &timeline("done", 50.0), &history),
            Verdict::TooFew
        );
        let (_, reason) = rule.judge(&timeline("done", 15.0), &history);
        assert_eq!(
            reason,
            "it took 15.00 s (+50 %); the median of 4 earlier ones is 10.00 s, 20 % more are allowed"
        );
    }

    #[test]
    fn without_a_part_the_server_judges() {
        let rule = Rule { most: None, least_runs: 1 };
        for (said, expected) in [
            ("regression", Verdict::TooLong),
            ("note", Verdict::Usual),
            ("improvement", Verdict::Usual),
            ("unknown", Verdict::TooFew),
        ] {
            let judged = json!({"timeline": "head", "verdict": said, "reason": "as it is"});
            let history = history(&[10.0], &judged);
            assert_eq!(
                rule.judge(&timeline("done", 12.0), &history),
                (expected, "as it is".to_owned()),
                "{said}"
            );
        }
        let of_another = json!({"timeline": "t", "verdict": "regression", "reason": ""});
        assert_eq!(verdict(rule, &timeline("done", 12.0), &history(&[10.0], &of_another)), Verdict::TooFew);
    }

    #[test]
    fn parts_are_written_in_two_ways() {
        assert_eq!([share("20%"), share("0.2"), share("0")], [Ok(0.2), Ok(0.2), Ok(0.0)]);
        assert_eq!([share("10"), share("2000%")], [Ok(10.0), Ok(20.0)]);
        for text in ["", "-1%", "x", "nan", "%", "20"] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
