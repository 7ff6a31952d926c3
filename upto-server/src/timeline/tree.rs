//! Events arranged by their names: ancestors span their descendants, and are implied where they have
//! no events of their own.

use std::collections::BTreeMap;

use super::event::{Event, State};
use super::path;

/// Levels of a tree at most: what is deeper is one segment of the last level. So a tree of hostile names
/// stays small, and the nesting of its JSON within what parsers usually take.
pub const LEVELS: usize = 48;

/// A name, the events of exactly this name, and the names below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The last segment of the name, with its escapes.
    pub segment: String,
    /// The whole name.
    pub name: String,
    /// The earliest and latest instant of its events and all below, in nanoseconds since the epoch.
    pub extent: Option<(i64, i64)>,
    /// Events of exactly this name.
    pub occurrences: u64,
    /// The sum of their durations, in nanoseconds.
    pub total: i64,
    /// Open events, of this name and below.
    pub open: u64,
    /// Failed events, likewise.
    pub failed: u64,
    /// Events whose start is unknown, likewise.
    pub unknown_start: u64,
    /// The hosts of events, of this name and below, sorted.
    pub hosts: Vec<String>,
    /// Names below, by their first instant.
    pub children: Vec<Node>,
}

/// The tree of these events' names; the roots by their first instant.
#[must_use]
pub fn tree(events: &[Event]) -> Vec<Node> {
    let mut builder = TreeBuilder::default();
    for event in events {
        let mut tally = Tally::default();
        tally.count(event.state, event.duration(), (event.first(), event.last()));
        builder.add(&event.name, &event.host, &tally);
    }
    builder.finish()
}

/// What events of one name and host amount to. Tallies add up: of parts of the events to that of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    occurrences: u64,
    total: i64,
    open: u64,
    failed: u64,
    unknown_start: u64,
    extent: Option<(i64, i64)>,
}

impl Tally {
    /// Adds an event of this state, duration, and first and last instant.
    pub(crate) fn count(&mut self, state: State, duration: Option<i64>, extent: (i64, i64)) {
        self.occurrences += 1;
        self.total = self.total.saturating_add(duration.unwrap_or(0));
        self.open += u64::from(state == State::Open);
        self.failed += u64::from(state == State::Failed);
        self.unknown_start += u64::from(state == State::UnknownStart);
        self.extent = Some(widened(self.extent, extent));
    }
}

/// A tree under construction: the names so far, and what their events amount to.
#[derive(Debug, Default)]
pub(crate) struct TreeBuilder {
    names: BTreeMap<Box<str>, Node>,
    bytes: usize,
}

impl TreeBuilder {
    /// Adds events of this name and host.
    pub(crate) fn add(&mut self, name: &str, host: &str, tally: &Tally) {
        self.add_name(name);
        let Some(node) = self.names.get_mut(name) else { return };
        node.count(tally);
        if !host.is_empty() && node.add_host(host) {
            self.bytes += size_of::<String>() + host.len();
        }
    }

    /// Bytes of memory, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The tree; its roots by their first instant.
    pub(crate) fn finish(self) -> Vec<Node> {
        assemble(self.names)
    }

    /// Adds a name and those above it that are not there.
    fn add_name(&mut self, name: &str) {
        let mut next = Some(name);
        while let Some(name) = next.filter(|name| !self.names.contains_key(*name)) {
            self.names.insert(name.into(), Node::named(name));
            // As the key, as the name, and mostly the segment; and as much again in what is made of it.
            self.bytes += 2 * (size_of::<Node>() + 3 * name.len());
            next = split(name).0;
        }
    }
}

/// The parent and the last segment, within [`LEVELS`].
fn split(name: &str) -> (Option<&str>, &str) {
    match path::separators(name).take(LEVELS - 1).last() {
        Some(dot) => (Some(&name[..dot]), &name[dot + 1..]),
        None => (None, name),
    }
}

/// Moves each node below its parent. Longer names come first, so a node has all its children when it moves.
fn assemble(mut names: BTreeMap<Box<str>, Node>) -> Vec<Node> {
    let mut order: Vec<Box<str>> = names.keys().cloned().collect();
    order.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut roots = Vec::new();
    for name in order {
        let Some(mut node) = names.remove(&name) else { continue };
        sort(&mut node.children);
        match split(&name).0.and_then(|parent| names.get_mut(parent)) {
            Some(parent) => parent.adopt(node),
            None => roots.push(node),
        }
    }
    sort(&mut roots);
    roots
}

fn sort(nodes: &mut [Node]) {
    nodes.sort_by(|a, b| (a.extent, &a.segment).cmp(&(b.extent, &b.segment)));
}

impl Node {
    fn named(name: &str) -> Self {
        Node { segment: split(name).1.to_owned(), name: name.to_owned(), ..Node::default() }
    }

    fn count(&mut self, tally: &Tally) {
        self.occurrences += tally.occurrences;
        self.total = self.total.saturating_add(tally.total);
        self.open += tally.open;
        self.failed += tally.failed;
        self.unknown_start += tally.unknown_start;
        tally.extent.into_iter().for_each(|extent| self.widen(extent));
    }

    fn adopt(&mut self, child: Node) {
        self.open += child.open;
        self.failed += child.failed;
        self.unknown_start += child.unknown_start;
        child.extent.into_iter().for_each(|extent| self.widen(extent));
        for host in &child.hosts {
            self.add_host(host);
        }
        self.children.push(child);
    }

    fn widen(&mut self, extent: (i64, i64)) {
        self.extent = Some(widened(self.extent, extent));
    }

    /// True if it was not there.
    fn add_host(&mut self, host: &str) -> bool {
        let place = self.hosts.binary_search_by(|known| known.as_str().cmp(host));
        if let Err(place) = place {
            self.hosts.insert(place, host.to_owned());
        }
        place.is_err()
    }
}

fn widened(known: Option<(i64, i64)>, (first, last): (i64, i64)) -> (i64, i64) {
    let (known_first, known_last) = known.unwrap_or((first, last));
    (known_first.min(first), known_last.max(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, host: &str, start: i64, end: Option<i64>) -> Event {
        let state = if end.is_some() { State::Done } else { State::Open };
        let (name, host) = (name.into(), host.into());
        let (text, attributes) = (Box::default(), Vec::new());
        Event {
            name,
            host,
            id: 0,
            parent: 0,
            start: Some(start),
            end,
            state,
            text,
            attributes,
            truncated: false,
        }
    }

    fn shape(nodes: &[Node]) -> String {
        let one = |node: &Node| match node.children.as_slice() {
            [] => node.segment.clone(),
            children => format!("{}({})", node.segment, shape(children)),
        };
        nodes.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ancestors_are_implied_and_span_their_descendants() {
        let events = [event("build.b.link", "h2", 5, Some(9)), event("build.a", "h1", 2, Some(3))];
        let tree = tree(&events);
        assert_eq!(shape(&tree), "build(a b(link))");
        assert_eq!(tree[0].extent, Some((2, 9)));
        assert_eq!((tree[0].occurrences, tree[0].total), (0, 0));
        assert_eq!(tree[0].hosts, ["h1", "h2"]);
    }

    #[test]
    fn occurrences_of_one_name_share_a_node() {
        let events = [event("a", "", 0, Some(2)), event("a", "", 4, Some(5)), event("a", "", 6, None)];
        let tree = tree(&events);
        assert_eq!((tree[0].occurrences, tree[0].total, tree[0].open), (3, 3, 1));
    }

    #[test]
    fn escaped_dots_make_no_levels_and_empty_segments_do() {
        assert_eq!(shape(&tree(&[event(r"a.v1\.2", "", 0, None)])), r"a(v1\.2)");
        assert_eq!(shape(&tree(&[event(".a", "", 0, None)])), "(a)");
    }

    #[test]
    fn what_is_too_deep_is_one_segment() {
        let deep = vec!["a"; 8_000].join(".");
        let mut nodes = tree(&[event(&deep, "", 0, Some(1))]);
        let mut depth = 0;
        let mut segment = String::new();
        while let Some(node) = nodes.pop() {
            depth += 1;
            segment = node.segment;
            nodes = node.children;
        }
        assert_eq!((depth, segment.len()), (LEVELS, 2 * (8_000 - LEVELS) + 1));
    }
}
