//! The rows of a picture: events of one path share a node, and nodes are below each other as their events are.
//!
//! Where an event's parent is told by its id and is an event of the timeline, the node is (node of the parent, own
//! name): spans of OTLP, whose names are not dotted. Else the dotted name tells, and ancestors without events of their
//! own are implied. A dotted name that leads through the parent's node anyway tells more than the id, and is kept.
//! Unknown parents and cycles of parents count as not told.
//!
//! Nodes are numbered in the order in which they are drawn, each before those below it, so whatever is below a node is
//! one range of numbers.

mod drafts;
mod figures;
mod hosts;
mod parents;

use std::ops::Range;
use std::sync::Arc;

use self::drafts::{Drafts, Order};
pub use self::figures::{Counts, Figures};
use super::table::{HostNumber, NONE, NameNumber, Place, Table, number};

/// The number of a node in its forest.
pub type NodeNumber = u32;

/// What is at the roots of a forest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// The first segments of names.
    #[default]
    Names,
    /// The hosts, and below each the names of what ran there.
    Hosts,
}

/// What a node is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// It groups the events of this host.
    Host(HostNumber),
    /// It is named by these bytes of this name; the path by which it is found ends where they end.
    Segment {
        /// A name of the table.
        name: NameNumber,
        /// Where the segment begins within the name, in bytes.
        from: u32,
        /// Where it ends.
        to: u32,
    },
}

/// The events of one path, and what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is called.
    pub label: Label,
    /// The node above it; `None` for a root.
    pub parent: Option<NodeNumber>,
    /// How many are above it; below [`LEVELS`](super::tree::LEVELS).
    pub depth: u16,
    /// The number behind the last node below it.
    pub end: NodeNumber,
    /// Tells the node by its path, in every forest of the same grouping: a hash (FNV-1a), so two paths that somebody
    /// chose to may have the same one.
    pub key: u64,
    /// The earliest and the latest instant that is known of its events and of those below, in nanoseconds since the epoch.
    pub extent: (i64, i64),
    /// What its events amount to.
    pub figures: Figures,
    events: Range<u32>,
}

/// The nodes of a timeline's events.
#[derive(Clone, Debug)]
pub struct Forest {
    table: Arc<Table>,
    nodes: Vec<Node>,
    /// The events of the first node in listing order, then those of the second, and so on.
    places: Vec<Place>,
    /// The node of each event.
    node_of: Vec<NodeNumber>,
    /// The parents by which nodes were found; no cycles. Empty: there are none.
    parents: Vec<Place>,
}

impl Forest {
    /// Bytes of memory that an event takes in its columns.
    pub(crate) const EVENT_BYTES: usize = 3 * size_of::<u32>();

    /// The forest of these events. Open events are counted, and measured apart up to `now`, in nanoseconds since the
    /// epoch, if that is given.
    #[must_use]
    pub fn of(table: Arc<Table>, grouping: Grouping, now: Option<i64>) -> Self {
        let parents = parents::of(&table, grouping);
        let mut drafts = Drafts::new(&table, grouping);
        let drafted = drafts.place_all(&parents);
        let order = drafts.order(&drafted);
        let node_of: Vec<NodeNumber> = drafted.iter().map(|draft| order.numbers[*draft as usize]).collect();
        let (nodes, places) = nodes(&drafts, &order, &node_of);
        drop(drafts);
        let mut forest = Forest { table, nodes, places, node_of, parents };
        figures::fill(&mut forest, now);
        hosts::fill(&mut forest);
        forest
    }

    /// The events that it is of.
    #[must_use]
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// All nodes, by their numbers.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node of this number.
    #[must_use]
    pub fn node(&self, node: NodeNumber) -> Option<&Node> {
        self.nodes.get(node as usize)
    }

    /// The nodes directly below this one, or the roots, by their first instant, then by name.
    pub fn children(&self, node: Option<NodeNumber>) -> impl Iterator<Item = NodeNumber> + '_ {
        let known = node.map(|number| self.node(number).map_or(number..number, |node| number + 1..node.end));
        let Range { start, end } = known.unwrap_or(0..number(self.nodes.len()));
        let first = (start < end).then_some(start);
        std::iter::successors(first, move |child| {
            self.node(*child).map(|node| node.end).filter(|next| *next < end)
        })
    }

    /// The nodes above this one, the nearest first.
    pub fn ancestors(&self, node: NodeNumber) -> impl Iterator<Item = NodeNumber> + '_ {
        let above = |node: NodeNumber| self.node(node).and_then(|node| node.parent);
        std::iter::successors(above(node), move |node| above(*node))
    }

    /// The events of exactly this node, in listing order.
    #[must_use]
    pub fn events(&self, node: NodeNumber) -> &[Place] {
        self.node(node).map_or(&[], |node| self.range(node.events.clone()))
    }

    /// The events of this node and of those below it, node by node.
    #[must_use]
    pub fn events_within(&self, node: NodeNumber) -> &[Place] {
        let Some(first) = self.node(node) else { return &[] };
        let last = self.node(first.end.saturating_sub(1)).unwrap_or(first);
        self.range(first.events.start..last.events.end)
    }

    fn range(&self, events: Range<u32>) -> &[Place] {
        self.places.get(events.start as usize..events.end as usize).unwrap_or_default()
    }

    /// The node that this event is of.
    #[must_use]
    pub fn node_of(&self, place: Place) -> Option<NodeNumber> {
        self.node_of.get(place as usize).copied()
    }

    /// The event that this one is part of, as far as its id tells and that made its node.
    #[must_use]
    pub fn parent_of(&self, place: Place) -> Option<Place> {
        self.parents.get(place as usize).copied().filter(|parent| *parent != NONE)
    }

    /// The last segment of the node's path with its escapes, the whole name of an event found by its parent, or the host.
    #[must_use]
    pub fn label(&self, node: NodeNumber) -> &str {
        self.node(node).map_or("", |node| text(&self.table, node.label))
    }

    /// The node with this [key](Node::key).
    #[must_use]
    pub fn find(&self, key: u64) -> Option<NodeNumber> {
        self.nodes.iter().position(|node| node.key == key).map(number)
    }

    /// Bytes of memory that it takes, without the table.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let events = self.places.len() + self.node_of.len() + self.parents.len();
        self.nodes.len() * size_of::<Node>() + events * size_of::<u32>()
    }
}

/// The nodes in their order, and their events.
fn nodes(drafts: &Drafts<'_>, order: &Order, node_of: &[NodeNumber]) -> (Vec<Node>, Vec<Place>) {
    let mut nodes: Vec<Node> = Vec::with_capacity(order.drafts.len());
    for draft in &order.drafts {
        let draft = &drafts.nodes[*draft as usize];
        let parent = (draft.parent != NONE).then(|| order.numbers[draft.parent as usize]);
        let above = parent.map_or(FNV_BASIS, |parent| nodes[parent as usize].key);
        nodes.push(Node {
            label: draft.label,
            parent,
            depth: draft.depth,
            end: number(nodes.len()) + draft.size,
            key: key(above, draft.label, text(drafts.table, draft.label)),
            extent: (i64::MAX, i64::MIN),
            figures: Figures::default(),
            events: 0..0,
        });
    }
    let places = grouped(&mut nodes, node_of);
    (nodes, places)
}

/// A counting sort: the listing order within a node stays.
fn grouped(nodes: &mut [Node], node_of: &[NodeNumber]) -> Vec<Place> {
    for node in node_of {
        nodes[*node as usize].events.end += 1;
    }
    let mut next = 0;
    for node in &mut *nodes {
        let count = node.events.end;
        node.events = next..next;
        next += count;
    }
    let mut places = vec![0; node_of.len()];
    for (place, node) in (0..).zip(node_of) {
        let events = &mut nodes[*node as usize].events;
        places[events.end as usize] = place;
        events.end += 1;
    }
    places
}

fn text(table: &Table, label: Label) -> &str {
    match label {
        Label::Host(host) => table.host(host),
        Label::Segment { name, from, to } => {
            table.name(name).get(from as usize..to as usize).unwrap_or_default()
        }
    }
}

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a of the key above, of what kind the node is, and of its text. Bytes of texts are never 0xff.
fn key(above: u64, label: Label, text: &str) -> u64 {
    let kind = match label {
        Label::Host(_) => 1,
        Label::Segment { from: 0, .. } => 2,
        Label::Segment { .. } => 3,
    };
    let bytes = [0xff, kind].into_iter().chain(text.bytes());
    bytes.fold(above, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

#[cfg(test)]
mod tests;
