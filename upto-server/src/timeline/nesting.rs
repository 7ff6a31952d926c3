//! Which event is part of which one.
//!
//! An event is part of the event that its parent's id tells; else of the occurrence of the nearest node above its own
//! that was running when it began: rather one on the same host, and of several the one that began last. An event that
//! nothing was running above is part of the whole. Only events whose start and end are known take part, without points:
//! the time of the others is not known, and none is invented.

use std::ops::Range;

use hashbrown::HashMap;

use super::event::State;
use super::forest::{Forest, NodeNumber};
use super::table::{HostNumber, NONE, Place, Table, number};

/// How many events a question could not make use of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Events that have no end yet.
    pub open: u32,
    /// Events whose start is not known.
    pub unknown_start: u32,
}

impl LeftOut {
    fn of(table: &Table) -> Self {
        let unknown = (0..table.len()).filter(|place| {
            let is_without = table.interval(*place).is_none() && table.open_since(*place).is_none();
            is_without && table.states()[*place] != State::Point
        });
        let open = (0..table.len()).filter(|place| table.open_since(*place).is_some()).count();
        LeftOut { open: number(open), unknown_start: number(unknown.count()) }
    }
}

/// The events of a timeline as a tree.
#[derive(Clone, Debug)]
pub struct Nesting {
    parents: Vec<Place>,
    /// The parts of the first event in listing order, those of the second, ..., those of the whole.
    children: Vec<Place>,
    /// Where those of each begin, and where the last ones end.
    begins: Vec<u32>,
    left_out: LeftOut,
    extent: Option<(i64, i64)>,
}

impl Nesting {
    /// How the events of this forest are part of each other. Takes time in proportion to the events and their depth.
    #[must_use]
    pub fn of(forest: &Forest) -> Self {
        let table = forest.table();
        let parents = parents(forest);
        let is_in = |place: usize| table.interval(place).is_some();
        let (children, begins) = children(&parents, is_in);
        let extent = (0..table.len()).filter_map(|place| table.interval(place));
        let extent = extent.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        Nesting { parents, children, begins, left_out: LeftOut::of(table), extent }
    }

    /// The event that this one is part of; `None`: of the whole, or it does not take part.
    #[must_use]
    pub fn parent(&self, place: Place) -> Option<Place> {
        self.parents.get(place as usize).copied().filter(|parent| *parent != NONE)
    }

    /// The parts of this event, or of the whole, in listing order. Each of them and the event share an instant.
    #[must_use]
    pub fn children(&self, of: Option<Place>) -> &[Place] {
        let all = self.parents.len();
        let of = of.map_or(all, |place| if (place as usize) < all { place as usize } else { usize::MAX });
        let Some(&[begin, end]) = self.begins.get(of..).and_then(|begins| begins.first_chunk()) else {
            return &[];
        };
        self.children.get(begin as usize..end as usize).unwrap_or_default()
    }

    /// From the first start to the last end of what takes part, in nanoseconds since the epoch; `None`: nothing does.
    #[must_use]
    pub fn extent(&self) -> Option<(i64, i64)> {
        self.extent
    }

    /// What does not take part.
    #[must_use]
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }
}

/// A counting sort by parent, so children stay in listing order.
fn children(parents: &[Place], is_in: impl Fn(usize) -> bool) -> (Vec<Place>, Vec<u32>) {
    let slot = |place: usize| if parents[place] == NONE { parents.len() } else { parents[place] as usize };
    let mut begins = vec![0_u32; parents.len() + 2];
    let places = || (0..parents.len()).filter(|place| is_in(*place));
    places().for_each(|place| begins[slot(place) + 1] += 1);
    for slot in 1..begins.len() {
        begins[slot] += begins[slot - 1];
    }
    let mut next = begins.clone();
    let mut children = vec![0; places().count()];
    for place in places() {
        children[next[slot(place)] as usize] = number(place);
        next[slot(place)] += 1;
    }
    (children, begins)
}

fn parents(forest: &Forest) -> Vec<Place> {
    let table = forest.table();
    let mut parents = vec![NONE; table.len()];
    let mut running = Running::new(forest);
    for group in groups(table.firsts()) {
        // All that begin at one instant are running when any of them begins.
        group.clone().for_each(|place| running.add(place));
        for place in group.filter(|place| table.interval(*place).is_some()) {
            let by_id =
                forest.parent_of(number(place)).filter(|parent| do_touch(table, place, *parent as usize));
            parents[place] = by_id.or_else(|| running.around(place)).unwrap_or(NONE);
        }
    }
    parents
}

/// The runs of equal numbers.
fn groups(firsts: &[i64]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut begin = 0;
    firsts.chunk_by(|one, other| one == other).map(move |group| {
        let range = begin..begin + group.len();
        begin = range.end;
        range
    })
}

fn do_touch(table: &Table, one: usize, other: usize) -> bool {
    match (table.interval(one), table.interval(other)) {
        (Some(one), Some(other)) => one.0 <= other.1 && other.0 <= one.1,
        _ => false,
    }
}

/// What is running at the instant that was reached, by node and by node and host. Of each, the last to begin is on
/// top. What has ended is taken away when it comes to the top: nothing that begins later can be part of it.
struct Running<'a> {
    forest: &'a Forest,
    table: &'a Table,
    of_nodes: Vec<Vec<Place>>,
    /// Empty if there is one host only.
    of_hosts: HashMap<(NodeNumber, HostNumber), Vec<Place>>,
}

impl<'a> Running<'a> {
    fn new(forest: &'a Forest) -> Self {
        let of_nodes = vec![Vec::new(); forest.nodes().len()];
        Running { forest, table: forest.table(), of_nodes, of_hosts: HashMap::new() }
    }

    fn add(&mut self, place: usize) {
        let Some(node) = self.forest.node_of(number(place)) else { return };
        let is_leaf = self.forest.node(node).is_none_or(|at| at.end == node + 1);
        if is_leaf || self.table.interval(place).is_none() {
            return;
        }
        self.of_nodes[node as usize].push(number(place));
        if self.table.hosts().len() > 1 {
            let host = self.table.host_numbers()[place];
            self.of_hosts.entry((node, host)).or_default().push(number(place));
        }
    }

    fn around(&mut self, place: usize) -> Option<Place> {
        let (forest, host) = (self.forest, self.table.host_numbers()[place]);
        let node = forest.node_of(number(place))?;
        forest.ancestors(node).find_map(|node| self.last_of(node, host, self.table.firsts()[place]))
    }

    fn last_of(&mut self, node: NodeNumber, host: HostNumber, at: i64) -> Option<Place> {
        let on_host = self.of_hosts.get_mut(&(node, host));
        let on_host = on_host.and_then(|running| last_running(running, self.table, at));
        on_host.or_else(|| last_running(&mut self.of_nodes[node as usize], self.table, at))
    }
}

fn last_running(running: &mut Vec<Place>, table: &Table, at: i64) -> Option<Place> {
    while let Some(last) = running.last() {
        if table.interval(*last as usize).is_some_and(|(_, end)| end >= at) {
            return Some(*last);
        }
        running.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::forest::Grouping;
    use super::super::made::{done, table, tables};
    use super::*;

    fn nesting(table: Arc<Table>) -> (Forest, Nesting) {
        let forest = Forest::of(table, Grouping::Names, None);
        let nesting = Nesting::of(&forest);
        (forest, nesting)
    }

    #[test]
    fn an_event_is_part_of_the_last_one_above_that_was_running() {
        let (_, nesting) =
            nesting(done(&[("a", 0, 10), ("a", 2, 5), ("a.b", 3, 4), ("a.b", 6, 7), ("a.b", 11, 12)]));
        let parents: Vec<_> = (0..5).map(|place| nesting.parent(place)).collect();
        assert_eq!(parents, [None, None, Some(1), Some(0), None]);
        assert_eq!((nesting.children(Some(0)), nesting.children(None)), (&[3][..], &[0, 1, 4][..]));
    }

    #[test]
    fn implied_ancestors_are_looked_through_and_equal_instants_count() {
        let (_, nesting) = nesting(done(&[("a.b.c", 0, 5), ("a", 0, 5), ("a.d", 5, 6)]));
        assert_eq!((nesting.parent(1), nesting.parent(2)), (Some(0), Some(0)));
    }

    #[test]
    fn the_same_host_comes_first() {
        let event = |name, host, start, end| (name, host, 0, 0, Some(start), Some(end));
        let (_, nesting) = nesting(table(&[
            event("a", "g", 0, 9),
            event("a", "h", 1, 9),
            event("a.b", "g", 2, 3),
            event("a.b", "i", 4, 5),
        ]));
        assert_eq!((nesting.parent(2), nesting.parent(3)), (Some(0), Some(1)));
    }

    #[test]
    fn what_is_open_or_without_a_start_or_a_point_takes_no_part() {
        let (forest, nesting) = nesting(table(&[
            ("a", "", 1, 0, Some(0), None),
            ("a.b", "", 2, 1, Some(1), Some(2)),
            ("c", "", 3, 0, None, Some(9)),
        ]));
        assert_eq!((nesting.parent(1), nesting.extent()), (None, Some((1, 2))));
        assert_eq!(nesting.left_out(), LeftOut { open: 1, unknown_start: 1 });
        assert_eq!((nesting.children(None), forest.table().len()), (&[1][..], 3));
        assert!(nesting.children(Some(NONE)).is_empty());
    }

    proptest! {
        #[test]
        fn every_event_that_takes_part_is_once_below_the_whole(told in tables(40)) {
            let (forest, nesting) = nesting(told);
            let mut reached = Vec::new();
            let mut waiting = nesting.children(None).to_vec();
            while let Some(place) = waiting.pop() {
                reached.push(place as usize);
                waiting.extend(nesting.children(Some(place)));
                for child in nesting.children(Some(place)) {
                    prop_assert!(do_touch(forest.table(), place as usize, *child as usize));
                }
            }
            reached.sort_unstable();
            let timed: Vec<_> = (0..forest.table().len()).filter(|place| forest.table().interval(*place).is_some()).collect();
            prop_assert_eq!(reached, timed);
        }
    }
}
