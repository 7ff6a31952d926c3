//! Where the time of a timeline went.
//!
//! At each instant, the time that passes is divided evenly among the events that run without any part of theirs
//! running. So what all nodes took by themselves, and the time when nothing ran, add up to the length of the timeline
//! to the nanosecond, however many events overlap. This is another figure than
//! [`Figures::self_time`](super::forest::Figures::self_time), which counts an instant in each node that is busy then.

mod sweep;

use super::critical_path::CriticalPath;
use super::forest::{Forest, NodeNumber};
use super::nesting::{LeftOut, Nesting};
use super::table::number;

/// By what nodes are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Their share of the time that passed.
    #[default]
    SelfTime,
    /// The sum of their events' durations.
    Total,
    /// The sum of their events' drag on the critical path.
    Drag,
}

/// What nodes took, in nanoseconds; sums end at `i64::MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The share of the time that passed.
    pub self_time: i64,
    /// The sum of the events' durations.
    pub total: i64,
    /// The sum of the drag of events on the critical path: an estimate; steps that contain each other both count.
    pub drag: i64,
}

impl Cost {
    fn get(&self, by: By) -> i64 {
        match by {
            By::SelfTime => self.self_time,
            By::Total => self.total,
            By::Drag => self.drag,
        }
    }

    fn add(self, other: Cost) -> Cost {
        Cost {
            self_time: self.self_time.saturating_add(other.self_time),
            total: self.total.saturating_add(other.total),
            drag: self.drag.saturating_add(other.drag),
        }
    }
}

/// The slowest nodes of a timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blame {
    /// From the first start to the last end, in nanoseconds.
    pub length: i64,
    /// How much of it nothing ran, in nanoseconds.
    pub idle: i64,
    /// The nodes that took most, the greatest first; nodes that took nothing are left out.
    pub slowest: Vec<(NodeNumber, Cost)>,
    /// How many more nodes took something.
    pub others: u32,
    /// What those took together. `length` is `idle` and the self times of all, summed up.
    pub rest: Cost,
    /// What could not be taken into account.
    pub left_out: LeftOut,
}

impl Blame {
    /// The `most` slowest nodes. Without a path there is no drag.
    #[must_use]
    pub fn of(forest: &Forest, nesting: &Nesting, path: Option<&CriticalPath>, by: By, most: usize) -> Self {
        let (costs, idle) = costs(forest, nesting, path);
        let mut slowest: Vec<(NodeNumber, Cost)> =
            (0..).zip(costs).filter(|(_, cost)| *cost != Cost::default()).collect();
        slowest.sort_by_key(|(node, cost)| (std::cmp::Reverse(cost.get(by)), *node));
        let rest = slowest.split_off(most.min(slowest.len()));
        let length = nesting.extent().map_or(0, |(from, to)| to.saturating_sub(from));
        let (others, left_out) = (number(rest.len()), nesting.left_out());
        let rest = rest.into_iter().fold(Cost::default(), |sum, (_, cost)| sum.add(cost));
        Blame { length, idle, slowest, others, rest, left_out }
    }
}

/// What each node took, and how long nothing ran.
fn costs(forest: &Forest, nesting: &Nesting, path: Option<&CriticalPath>) -> (Vec<Cost>, i64) {
    let shares = sweep::shares(forest, nesting);
    let cost = |(self_time, node): (i64, &super::forest::Node)| Cost {
        self_time,
        total: node.figures.total,
        drag: 0,
    };
    let mut costs: Vec<Cost> = shares.nodes.into_iter().zip(forest.nodes()).map(cost).collect();
    for step in path.into_iter().flat_map(CriticalPath::steps) {
        if let Some(node) = forest.node_of(step.event) {
            let drag = &mut costs[node as usize].drag;
            *drag = drag.saturating_add(step.drag);
        }
    }
    (costs, shares.idle)
}

#[cfg(test)]
mod tests;
