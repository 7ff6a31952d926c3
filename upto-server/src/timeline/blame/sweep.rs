//! From instant to instant: who is running, and what share of the time each has.

use std::cmp::Reverse;

use super::super::forest::Forest;
use super::super::nesting::Nesting;
use super::super::table::{Place, Table, number};

/// A nanosecond in the units that shares are counted in.
const UNIT: u128 = 1 << 32;

pub(super) struct Shares {
    /// Of each node, in nanoseconds.
    pub(super) nodes: Vec<i64>,
    pub(super) idle: i64,
}

/// Shares that add up, with `idle`, to the whole.
pub(super) fn shares(forest: &Forest, nesting: &Nesting) -> Shares {
    let table = forest.table();
    let mut sweep = Sweep::new(forest, nesting);
    let mut ends: Vec<(i64, Place)> = timed(table).map(|(place, (_, end))| (end, place)).collect();
    ends.sort_unstable();
    let mut ends = ends.into_iter().peekable();
    // At one instant, starts come before ends: an event without length has begun before it ends.
    for (place, (start, _)) in timed(table) {
        while let Some((at, place)) = ends.next_if(|(end, _)| *end < start) {
            sweep.pass_until(at);
            sweep.end(place);
        }
        sweep.pass_until(start);
        sweep.start(place);
    }
    for (at, place) in ends {
        sweep.pass_until(at);
        sweep.end(place);
    }
    Shares { nodes: rounded(&sweep.shares), idle: saturated(sweep.idle) }
}

fn timed(table: &Table) -> impl Iterator<Item = (Place, (i64, i64))> + '_ {
    (0..table.len()).filter_map(|place| Some((number(place), table.interval(place)?)))
}

/// An event as it runs.
#[derive(Clone, Copy, Default)]
struct Run {
    is_running: bool,
    parts: u32,
}

/// A leaf is what runs without any part of it running.
struct Sweep<'a> {
    forest: &'a Forest,
    nesting: &'a Nesting,
    runs: Vec<Run>,
    /// Of each leaf, what every leaf had got when it became one.
    since: Vec<u128>,
    shares: Vec<u128>,
    at: i64,
    leaves: u128,
    /// What a leaf would have got that was one all the time, and what could not be divided yet.
    each: u128,
    undivided: u128,
    idle: u128,
}

impl<'a> Sweep<'a> {
    fn new(forest: &'a Forest, nesting: &'a Nesting) -> Self {
        let at = nesting.extent().map_or(0, |(from, _)| from);
        let (events, nodes) = (forest.table().len(), forest.nodes().len());
        let (runs, since, shares) = (vec![Run::default(); events], vec![0; events], vec![0; nodes]);
        Sweep { forest, nesting, runs, since, shares, at, leaves: 0, each: 0, undivided: 0, idle: 0 }
    }

    fn pass_until(&mut self, at: i64) {
        let passed = u128::from(at.wrapping_sub(self.at).cast_unsigned());
        self.at = at;
        if self.leaves == 0 {
            self.idle += passed;
            return;
        }
        let passed = passed * UNIT + self.undivided;
        self.each += passed / self.leaves;
        self.undivided = passed % self.leaves;
    }

    fn start(&mut self, place: Place) {
        self.runs[place as usize].is_running = true;
        self.become_leaf_or_not(place, false);
        if let Some(parent) = self.nesting.parent(place) {
            let was_leaf = self.is_leaf(parent);
            self.runs[parent as usize].parts += 1;
            self.become_leaf_or_not(parent, was_leaf);
        }
    }

    fn end(&mut self, place: Place) {
        let was_leaf = self.is_leaf(place);
        self.runs[place as usize].is_running = false;
        self.become_leaf_or_not(place, was_leaf);
        if let Some(parent) = self.nesting.parent(place) {
            let was_leaf = self.is_leaf(parent);
            self.runs[parent as usize].parts -= 1;
            self.become_leaf_or_not(parent, was_leaf);
        }
    }

    fn is_leaf(&self, place: Place) -> bool {
        let run = &self.runs[place as usize];
        run.is_running && run.parts == 0
    }

    fn become_leaf_or_not(&mut self, place: Place, was_leaf: bool) {
        match (was_leaf, self.is_leaf(place)) {
            (false, true) => {
                self.since[place as usize] = self.each;
                self.leaves += 1;
            }
            (true, false) => {
                let share = self.each - self.since[place as usize];
                let node = self.forest.node_of(place).and_then(|node| self.shares.get_mut(node as usize));
                node.into_iter().for_each(|sum| *sum += share);
                self.leaves -= 1;
            }
            _ => {}
        }
    }
}

/// Whole nanoseconds, such that the sum stays: the nodes with the largest fractions get one more each, as many as are
/// missing. What could not be divided is less than a nanosecond, and so among what is missing.
fn rounded(shares: &[u128]) -> Vec<i64> {
    let all = shares.iter().sum::<u128>();
    let mut whole: Vec<u128> = shares.iter().map(|share| share / UNIT).collect();
    let missing = all.div_ceil(UNIT) - whole.iter().sum::<u128>();
    let mut by_fraction: Vec<usize> = (0..shares.len()).collect();
    by_fraction.sort_by_key(|node| (Reverse(shares[*node] % UNIT), *node));
    for node in by_fraction.into_iter().take(usize::try_from(missing).unwrap_or(usize::MAX)) {
        whole[node] += 1;
    }
    whole.into_iter().map(saturated).collect()
}

fn saturated(nanoseconds: u128) -> i64 {
    i64::try_from(nanoseconds).unwrap_or(i64::MAX)
}
