//! What earlier runs have in common: which steps they have, how long those take, and what always comes after what.

use std::collections::{BTreeMap, BTreeSet};

use super::super::digest::{Digest, Step};
use super::super::history::quantile;
use super::Stage;

/// Steps that are looked at, at most: those that took longest.
const STEPS: usize = 200;
/// By how much a step may begin before another one's end, in nanoseconds, and still come after it: clocks are read at
/// slightly different moments.
const TOLERANCE: i64 = 1_000_000;

/// What earlier runs have in common.
#[derive(Clone, Debug, Default)]
pub struct Pattern {
    steps: Vec<Known>,
    /// All names that a run had, whether they are steps or not.
    names: BTreeSet<Box<str>>,
    /// For each step, those that always came before it: in every run that has both, and at least two have.
    before: Vec<Vec<usize>>,
    /// The steps so that each comes behind those before it.
    order: Vec<usize>,
}

/// A step as earlier runs had it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) name: Box<str>,
    /// From its first event's start to its last one's end, of each run that has it, in nanoseconds.
    pub(super) spans: Vec<i64>,
    /// How many events it has, likewise.
    counts: Vec<u64>,
}

impl Known {
    /// How long it took in so great a part of the runs at most.
    pub(super) fn usual(&self, part: f64) -> i64 {
        of_quantile(&self.spans, part)
    }

    /// How long it took, by the median, in those runs in which it took longer than this; `None` if it never did.
    pub(super) fn usual_beyond(&self, elapsed: i64) -> Option<i64> {
        let longer: Vec<i64> = self.spans.iter().copied().filter(|span| *span > elapsed).collect();
        (!longer.is_empty()).then(|| of_quantile(&longer, 0.5))
    }

    fn usual_count(&self) -> u64 {
        let mut counts = self.counts.clone();
        counts.sort_unstable();
        counts.get(counts.len().saturating_sub(1) / 2).copied().unwrap_or(1)
    }
}

fn of_quantile(values: &[i64], part: f64) -> i64 {
    let values: Vec<f64> = values.iter().map(|value| *value as f64).collect();
    #[expect(clippy::cast_possible_truncation)]
    quantile(&values, part).map_or(0, |value| value as i64)
}

impl Pattern {
    /// What these runs have in common. Only names without names below count: the others are as long as those are.
    #[must_use]
    pub fn of(runs: &[&Digest]) -> Self {
        let mut known = BTreeMap::<&str, Known>::new();
        for step in runs.iter().flat_map(|run| &run.steps).filter(|step| step.is_leaf) {
            let new = || Known { name: step.name.clone(), spans: Vec::new(), counts: Vec::new() };
            let known = known.entry(&step.name).or_insert_with(new);
            known.spans.push(span(step));
            known.counts.push(step.count);
        }
        let mut steps: Vec<Known> = known.into_values().collect();
        steps.sort_by_cached_key(|step| {
            (std::cmp::Reverse(step.spans.iter().sum::<i64>()), step.name.clone())
        });
        steps.truncate(STEPS);
        steps.sort_by(|a, b| a.name.cmp(&b.name));
        let before = before(&steps, runs);
        let order = order(&before);
        let names = runs.iter().flat_map(|run| &run.steps).map(|step| step.name.clone()).collect();
        Pattern { steps, names, before, order }
    }

    /// True if no run had this name.
    pub(super) fn is_new(&self, name: &str) -> bool {
        !self.names.contains(name)
    }

    /// Names of which the first always came before the second.
    pub fn always_before(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.before.iter().zip(&self.steps);
        pairs.flat_map(|(before, step)| before.iter().map(|one| (&*self.steps[*one].name, &*step.name)))
    }

    pub(super) fn steps(&self) -> &[Known] {
        &self.steps
    }

    /// Those that a step always came after.
    pub(super) fn before(&self, number: usize) -> &[usize] {
        self.before.get(number).map_or(&[], Vec::as_slice)
    }

    /// The steps so that each comes behind those before it.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Where a step is in a timeline that is running. It is done if nothing of it is open and it has all the events that
    /// it usually has, or if something began that only begins after it.
    pub(super) fn stage(&self, running: &Digest, elapsed: i64, number: usize) -> Stage {
        let Some(known) = self.steps.get(number) else { return Stage::ToCome };
        let Some(step) = running.step(&known.name) else { return Stage::ToCome };
        let is_complete = step.count >= known.usual_count() || self.is_passed(running, number);
        if step.open == 0 && is_complete {
            return Stage::Done;
        }
        let is_usual = known.usual_beyond(elapsed.saturating_sub(step.first)).is_some();
        if is_usual { Stage::Running } else { Stage::Overdue }
    }

    fn is_passed(&self, running: &Digest, number: usize) -> bool {
        let follows = |(_, before): &(usize, &Vec<usize>)| before.contains(&number);
        let mut following = self.before.iter().enumerate().filter(follows);
        following.any(|(next, _)| running.step(&self.steps[next].name).is_some())
    }
}

/// From its first event's start to its last one's end.
pub(super) fn span(step: &Step) -> i64 {
    step.last.saturating_sub(step.first)
}

fn before(steps: &[Known], runs: &[&Digest]) -> Vec<Vec<usize>> {
    let places: Vec<Vec<Option<&Step>>> =
        runs.iter().map(|run| steps.iter().map(|step| run.step(&step.name)).collect()).collect();
    let always_before = |one: usize, other: usize| {
        let mut pairs = places.iter().filter_map(|run| Some((run[one]?, run[other]?))).peekable();
        let is_seen = places.iter().filter(|run| run[one].is_some() && run[other].is_some()).nth(1).is_some();
        is_seen && pairs.all(|(one, other)| comes_before(one, other))
    };
    let of = |other| (0..steps.len()).filter(|one| *one != other && always_before(*one, other)).collect();
    (0..steps.len()).map(of).collect()
}

/// By the start too: of two steps without length neither may come before the other both ways.
fn comes_before(one: &Step, other: &Step) -> bool {
    one.last <= other.first.saturating_add(TOLERANCE)
        && (one.first, one.last, &one.name) < (other.first, other.last, &other.name)
}

/// Whatever always comes before also has fewer steps before it: what is before the one is before the other.
fn order(before: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..before.len()).collect();
    let mut levels = vec![0_usize; before.len()];
    // Within the tolerance, the relation need not be transitive: levels instead of counts. They settle after as many
    // rounds as there are levels.
    for _ in 0..before.len() {
        let next: Vec<usize> =
            before.iter().map(|all| all.iter().map(|one| levels[*one] + 1).max().unwrap_or(0)).collect();
        if next == levels {
            break;
        }
        levels = next;
    }
    order.sort_by_key(|number| levels[*number]);
    order
}
