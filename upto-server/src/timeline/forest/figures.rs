//! What the events of each node amount to.

use super::super::event::State;
use super::super::table::{Place, Table};
use super::{Forest, Node};

/// How many events there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub events: u32,
    /// Started and not ended.
    pub open: u32,
    /// Failed.
    pub failed: u32,
    /// Given up before they were done.
    pub cancelled: u32,
    /// Ended, and their start never arrived; those that failed too.
    pub unknown_start: u32,
    /// Instants without duration.
    pub points: u32,
}

/// What the events of a node amount to. Durations are in nanoseconds, and of those events alone whose start and end are
/// known and that are no points; sums end at `i64::MAX`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Its own events.
    pub own: Counts,
    /// The events of all nodes below it.
    pub below: Counts,
    /// The sum of the durations of its own events.
    pub total: i64,
    /// How long at least one of its own events ran.
    pub busy: i64,
    /// How long at least one of its own events ran and none of those below it.
    pub self_time: i64,
    /// How long its own open events have been running together, up to the `now` that was given.
    pub open_total: Option<i64>,
    /// The shortest duration of its own events.
    pub min: Option<i64>,
    /// Their median: of an even number the lower one in the middle.
    pub median: Option<i64>,
    /// The least duration that is not exceeded by 95 % of them.
    pub p95: Option<i64>,
    /// The longest.
    pub max: Option<i64>,
    /// The longest duration of its own events and of all below it.
    pub max_within: Option<i64>,
    /// How many hosts its events and those below it ran on; events without a host count for none.
    pub hosts: u32,
}

impl Counts {
    fn add_event(&mut self, state: State, is_start_known: bool) {
        self.events += 1;
        self.open += u32::from(state == State::Open);
        self.failed += u32::from(state == State::Failed);
        self.cancelled += u32::from(state == State::Cancelled);
        self.unknown_start += u32::from(!is_start_known && state != State::Point);
        self.points += u32::from(state == State::Point);
    }

    fn add(&mut self, other: Counts) {
        self.events += other.events;
        self.open += other.open;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.unknown_start += other.unknown_start;
        self.points += other.points;
    }
}

pub(super) fn fill(forest: &mut Forest, now: Option<i64>) {
    let Forest { table, nodes, node_of, places, .. } = forest;
    for (place, node) in node_of.iter().enumerate() {
        add_event(&mut nodes[*node as usize], table, place, now);
    }
    let mut durations = Vec::new();
    for node in (0..nodes.len()).rev() {
        fill_durations(&mut nodes[node], table, places, &mut durations);
        add_to_parent(nodes, node);
    }
    fill_covers(nodes, table, node_of);
}

fn add_event(node: &mut Node, table: &Table, place: usize, now: Option<i64>) {
    let (first, last) = (table.firsts()[place], table.lasts()[place]);
    node.extent = (node.extent.0.min(first), node.extent.1.max(last).max(first));
    let interval = table.interval(place);
    let since = table.open_since(place);
    let figures = &mut node.figures;
    figures.own.add_event(table.states()[place], interval.is_some() || since.is_some());
    figures.total = figures.total.saturating_add(interval.map_or(0, |(from, to)| to.saturating_sub(from)));
    if let (Some(now), Some(since)) = (now, since) {
        let running = now.saturating_sub(since).max(0);
        figures.open_total = Some(figures.open_total.unwrap_or(0).saturating_add(running));
    }
}

/// Exact, by selection: of `n` durations, the one at rank `ceil(n * q)`. What is in `durations` does not matter.
fn fill_durations(node: &mut Node, table: &Table, places: &[Place], durations: &mut Vec<i64>) {
    let events = &places[node.events.start as usize..node.events.end as usize];
    let duration = |place: &Place| table.interval(*place as usize).map(|(from, to)| to.saturating_sub(from));
    durations.clear();
    durations.extend(events.iter().filter_map(duration));
    let count = durations.len();
    let mut rank = |place: usize| Some(*durations.select_nth_unstable(place).1);
    if count > 0 {
        let figures = &mut node.figures;
        (figures.min, figures.max) = (rank(0), rank(count - 1));
        (figures.median, figures.p95) = (rank((count - 1) / 2), rank((count * 95).div_ceil(100) - 1));
        figures.max_within = figures.max_within.max(figures.max);
    }
}

/// Those below a node have greater numbers, so they have come before it.
fn add_to_parent(nodes: &mut [Node], child: usize) {
    let (above, rest) = nodes.split_at_mut(child);
    let child = &rest[0];
    let Some(parent) = child.parent.and_then(|parent| above.get_mut(parent as usize)) else { return };
    parent.figures.below.add(child.figures.own);
    parent.figures.below.add(child.figures.below);
    parent.figures.max_within = parent.figures.max_within.max(child.figures.max_within);
    parent.extent = (parent.extent.0.min(child.extent.0), parent.extent.1.max(child.extent.1));
}

/// How much time intervals cover that come in the order of their starts.
#[derive(Clone, Copy)]
struct Cover {
    until: i64,
    covered: i64,
}

impl Cover {
    const NOTHING: Cover = Cover { until: i64::MIN, covered: 0 };

    fn add(&mut self, (from, to): (i64, i64)) {
        let new = to.saturating_sub(from.max(self.until)).max(0);
        self.covered = self.covered.saturating_add(new);
        self.until = self.until.max(to);
    }
}

/// What only the events of a node cover is what they and all below it cover, less what those below cover. So three
/// sums that grow with each event are enough, and no intervals are kept.
fn fill_covers(nodes: &mut [Node], table: &Table, node_of: &[u32]) {
    let mut own = vec![Cover::NOTHING; nodes.len()];
    let (mut below, mut both) = (own.clone(), own.clone());
    for (place, node) in node_of.iter().enumerate() {
        let Some(interval) = table.interval(place) else { continue };
        own[*node as usize].add(interval);
        both[*node as usize].add(interval);
        let mut above = nodes[*node as usize].parent;
        while let Some(ancestor) = above {
            below[ancestor as usize].add(interval);
            both[ancestor as usize].add(interval);
            above = nodes[ancestor as usize].parent;
        }
    }
    for (node, ((own, below), both)) in nodes.iter_mut().zip(own.iter().zip(&below).zip(&both)) {
        node.figures.busy = own.covered;
        node.figures.self_time = both.covered.saturating_sub(below.covered);
    }
}
