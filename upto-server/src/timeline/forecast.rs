//! When a running timeline will be done, by how earlier ones of its context went.
//!
//! Each earlier run is one way in which things may go on: what is done keeps its times, what is running goes on for as
//! long as it did in that run (if it was longer there than it is already; else as it usually did where it was), and what
//! is still to come follows as it did then, behind everything that it always came after. The ends of all these are the
//! distribution that percentiles are taken of. So steps that are slow together stay together, and nothing is assumed about
//! what durations are distributed like.

mod course;
mod pattern;

use std::borrow::Borrow;

use self::course::Course;
pub use self::pattern::Pattern;
use super::digest::{Digest, Outcome, Step};
use super::history::quantile;

/// Earlier runs that a forecast needs at least.
pub const RUNS: usize = 3;

/// When a timeline will be done, and why. Times are in nanoseconds, as those of [`Digest`].
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// How many earlier runs it is founded on.
    pub runs: usize,
    /// Since the timeline's first instant.
    pub elapsed: i64,
    /// How much longer it will take, in half of the cases at most; `None`: longer than ever, so nobody knows.
    pub left_p50: Option<i64>,
    /// Likewise, in nine of ten cases at most.
    pub left_p90: Option<i64>,
    /// How much of it is done, 0 to 1, by the median; `None` with that, and never 1 while it is running.
    pub part: Option<f64>,
    /// What is done, running and to come, by when it begins.
    pub steps: Vec<StepForecast>,
}

/// A step of a forecast. Times are in nanoseconds since the timeline's first instant.
#[derive(Clone, Debug, PartialEq)]
pub struct StepForecast {
    /// Its name.
    pub name: Box<str>,
    /// Where it is.
    pub stage: Stage,
    /// When it began, or will.
    pub begins: i64,
    /// When it ended, or will by the median; `None`: it is running for longer than ever.
    pub ends: Option<i64>,
    /// How long it usually takes, the median from its first event's start to its last one's end.
    pub usual: i64,
    /// Likewise, the 90th percentile.
    pub usual_p90: i64,
}

/// Where a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// All of it is there.
    Done,
    /// It has begun.
    Running,
    /// It is running for longer than it ever did.
    Overdue,
    /// It has not begun.
    ToCome,
}

impl Stage {
    /// The stage as the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Done => "done",
            Stage::Running => "running",
            Stage::Overdue => "overdue",
            Stage::ToCome => "to_come",
        }
    }
}

/// What is to be expected of a running timeline, `elapsed` nanoseconds after its first instant; `None` without
/// [`RUNS`] earlier runs that succeeded.
#[must_use]
pub fn forecast(running: &Digest, elapsed: i64, earlier: &[impl Borrow<Digest>]) -> Option<Forecast> {
    let earlier = earlier.iter().map(Borrow::borrow);
    let earlier: Vec<&Digest> = earlier.filter(|run: &&Digest| run.outcome == Outcome::Done).collect();
    if earlier.len() < RUNS {
        return None;
    }
    let pattern = Pattern::of(&earlier);
    let elapsed = elapsed.max(running.duration);
    let courses: Vec<Course> =
        earlier.iter().map(|run| Course::like(run, running, elapsed, &pattern)).collect();
    let left = |part| left(&courses, elapsed, part);
    let (left_p50, left_p90) = (left(0.5), left(0.9));
    let part = left_p50.map(|left| part(elapsed, left));
    let steps = steps(running, elapsed, &pattern, &courses);
    Some(Forecast { runs: earlier.len(), elapsed, left_p50, left_p90, part, steps })
}

/// Only what would end: courses in which something is overdue count as endless.
fn left(courses: &[Course], elapsed: i64, part: f64) -> Option<i64> {
    let ends: Vec<f64> =
        courses.iter().map(|course| course.end().map_or(f64::INFINITY, |end| end as f64)).collect();
    let end = quantile(&ends, part).filter(|end| end.is_finite())?;
    #[expect(clippy::cast_possible_truncation)]
    Some((end as i64).saturating_sub(elapsed).max(0))
}

fn part(elapsed: i64, left: i64) -> f64 {
    let all = elapsed.saturating_add(left).max(1);
    (elapsed as f64 / all as f64).min(0.999)
}

fn steps(running: &Digest, elapsed: i64, pattern: &Pattern, courses: &[Course]) -> Vec<StepForecast> {
    let expected = pattern.steps().iter().enumerate().filter_map(|(number, step)| {
        let places: Vec<_> = courses.iter().filter_map(|course| course.place(number)).collect();
        // What fewer than half of the runs have is not expected.
        let is_there = running.step(&step.name).is_some();
        if !is_there && 2 * places.len() < courses.len() {
            return None;
        }
        let begins = median(places.iter().map(|place| place.begins).collect())?;
        let ends: Option<Vec<i64>> = places.iter().map(|place| place.ends).collect();
        let stage = pattern.stage(running, elapsed, number);
        let (usual, usual_p90) = (step.usual(0.5), step.usual(0.9));
        let (name, ends) = (step.name.clone(), ends.and_then(median));
        Some(StepForecast { name, stage, begins, ends, usual, usual_p90 })
    });
    let mut steps: Vec<_> = expected.chain(unheard_of(running, pattern)).collect();
    steps.sort_by(|a, b| a.begins.cmp(&b.begins).then_with(|| a.name.cmp(&b.name)));
    steps
}

/// What no earlier run had.
fn unheard_of(running: &Digest, pattern: &Pattern) -> impl Iterator<Item = StepForecast> {
    let is_new = |step: &&Step| step.is_leaf && pattern.is_new(&step.name);
    running.steps.iter().filter(is_new).map(|step| StepForecast {
        name: step.name.clone(),
        stage: if step.open > 0 { Stage::Overdue } else { Stage::Done },
        begins: step.first,
        ends: (step.open == 0).then_some(step.last),
        usual: 0,
        usual_p90: 0,
    })
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests;
