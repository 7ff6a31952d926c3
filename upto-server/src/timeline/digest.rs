//! What the history of a context keeps of one of its timelines: how long everything took, by name.
//!
//! Histories and forecasts look at some dozens of runs at once. From digests, of some kilobytes each, they can do so
//! without reading a single event again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::State;
use super::path;
use super::table::{NameNumber, Table};

/// Names that are kept of a timeline at most: those that took longest.
pub const STEPS: usize = 1_000;
/// Bytes that their names may have together.
pub const STEP_BYTES: usize = 128 << 10;

/// A timeline in so few words that many of them can be looked at. Times are in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Its first instant, since the epoch.
    pub start: i64,
    /// From its first instant to its last one.
    pub duration: i64,
    /// How it ended.
    pub outcome: Outcome,
    /// Its names, in the order of their texts.
    pub steps: Vec<Step>,
    /// Names that are not among them, being too many.
    pub left_out: usize,
}

/// How a timeline ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something is open, or there is nothing yet.
    #[default]
    Running,
    /// Nothing failed.
    Done,
    /// Something failed.
    Failed,
}

/// The events of one name. Times are in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Their path.
    pub name: Box<str>,
    /// How many there are, points left out.
    pub count: u64,
    /// The sum of their durations, as far as those are known.
    pub total: i64,
    /// The longest one's duration.
    pub longest: i64,
    /// When the first one began, from the timeline's first instant on.
    pub first: i64,
    /// When the last one ended, likewise.
    pub last: i64,
    /// How many of them are open.
    pub open: u64,
    /// How many of them failed.
    pub failed: u64,
    /// No other name is below this one.
    pub is_leaf: bool,
}

impl Digest {
    /// The digest of a timeline; `None` if it has no event.
    #[must_use]
    pub fn of(table: &Table) -> Option<Self> {
        let (start, end) = table.extent()?;
        let mut steps = steps(table, start);
        mark_leaves(&mut steps);
        let outcome = match &steps {
            steps if steps.iter().any(|step| step.open > 0) => Outcome::Running,
            steps if steps.iter().any(|step| step.failed > 0) => Outcome::Failed,
            _ => Outcome::Done,
        };
        let names = steps.len();
        keep_longest(&mut steps);
        let left_out = names - steps.len();
        Some(Digest { start, duration: end.saturating_sub(start), outcome, steps, left_out })
    }

    /// The step of this name, if it is among those that are kept.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&Step> {
        let place = self.steps.binary_search_by(|step| (*step.name).cmp(name)).ok()?;
        self.steps.get(place)
    }
}

/// All names, in the order of their texts.
fn steps(table: &Table, start: i64) -> Vec<Step> {
    let mut steps = BTreeMap::<NameNumber, Step>::new();
    for row in table.rows().filter(|row| row.state != State::Point) {
        let (first, last) = (row.first().saturating_sub(start), row.last().saturating_sub(start));
        let step = steps.entry(row.name).or_insert_with(|| Step::begun(table.name(row.name), first));
        let duration = row.duration().unwrap_or(0);
        step.count += 1;
        step.total = step.total.saturating_add(duration);
        step.longest = step.longest.max(duration);
        step.last = step.last.max(last);
        step.open += u64::from(row.state == State::Open);
        step.failed += u64::from(row.state == State::Failed);
    }
    steps.into_values().collect()
}

impl Step {
    /// The events of a table come in the order in which they began, so the first one is the earliest.
    fn begun(name: &str, first: i64) -> Self {
        Step {
            name: name.into(),
            count: 0,
            total: 0,
            longest: 0,
            first,
            last: first,
            open: 0,
            failed: 0,
            is_leaf: true,
        }
    }
}

fn mark_leaves(steps: &mut [Step]) {
    let mut inner = Vec::new();
    for step in steps.iter() {
        for dot in path::separators(&step.name) {
            inner.extend(steps.binary_search_by(|other| (*other.name).cmp(&step.name[..dot])));
        }
    }
    for place in inner {
        steps[place].is_leaf = false;
    }
}

/// Within [`STEPS`] and [`STEP_BYTES`].
fn keep_longest(steps: &mut Vec<Step>) {
    let mut bytes = 0_usize;
    steps.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.name.cmp(&b.name)));
    let fits = steps.iter().take(STEPS).take_while(|step| {
        bytes += step.name.len();
        bytes <= STEP_BYTES
    });
    let count = fits.count();
    steps.truncate(count);
    steps.sort_by(|a, b| a.name.cmp(&b.name));
}

#[cfg(test)]
mod tests {
    use super::super::made::{done, table};
    use super::*;

    #[test]
    fn each_name_has_its_events_together() {
        let digest =
            Digest::of(&done(&[("b.x", 100, 130), ("b.x", 150, 160), ("b", 90, 200), ("a", 200, 205)]));
        let digest = digest.expect("events");
        assert_eq!((digest.start, digest.duration, digest.outcome), (90, 115, Outcome::Done));
        let step = digest.step("b.x").expect("a step");
        assert_eq!((step.count, step.total, step.longest), (2, 40, 30));
        assert_eq!((step.first, step.last), (10, 70));
        let leaves = digest.steps.iter().map(|step| (&*step.name, step.is_leaf));
        assert_eq!(leaves.collect::<Vec<_>>(), [("a", true), ("b", false), ("b.x", true)]);
        assert_eq!(digest.step("c"), None);
    }

    #[test]
    fn what_is_open_runs_and_unknown_starts_are_not_invented() {
        let digest = Digest::of(&table(&[("a", "", 1, 0, Some(5), None), ("b", "", 2, 0, None, Some(9))]));
        let digest = digest.expect("events");
        assert_eq!(digest.outcome, Outcome::Running);
        assert_eq!(digest.step("a").map(|step| (step.open, step.total)), Some((1, 0)));
        assert_eq!(digest.step("b").map(|step| (step.open, step.total)), Some((0, 0)));
        assert_eq!(Digest::of(&table(&[])), None);
    }

    #[test]
    fn the_longest_are_kept_and_the_others_are_counted() {
        let names: Vec<String> = (0..STEPS + 7).map(|number| format!("step {number}")).collect();
        let events: Vec<_> =
            names.iter().zip(1..).map(|(name, duration)| (name.as_str(), 0, duration)).collect();
        let digest = Digest::of(&done(&events)).expect("events");
        assert_eq!((digest.steps.len(), digest.left_out), (STEPS, 7));
        assert!(digest.step("step 6").is_none() && digest.step("step 7").is_some());
        let long = format!("a{}", "x".repeat(STEP_BYTES));
        let digest = Digest::of(&done(&[(&long, 0, 1), ("b", 0, 2)])).expect("events");
        assert_eq!((digest.steps.len(), digest.left_out), (1, 1));
    }
}
