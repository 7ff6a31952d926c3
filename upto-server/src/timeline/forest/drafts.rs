//! Finding the nodes of all events, in the order in which they come up.

use hashbrown::HashMap;

use super::super::path;
use super::super::table::{HostNumber, NONE, NameNumber, Place, Table, number};
use super::super::tree::LEVELS;
use super::{Grouping, Label, text};

/// A node that has no number yet. Those above it were drafted before it.
pub(super) struct Draft {
    pub(super) label: Label,
    pub(super) parent: u32,
    pub(super) depth: u16,
    /// How many nodes there are of it and below it.
    pub(super) size: u32,
    /// The first event of it and below it.
    first: Place,
    /// Its children are found by their dotted names.
    is_dotted: bool,
}

pub(super) struct Drafts<'a> {
    pub(super) table: &'a Table,
    pub(super) nodes: Vec<Draft>,
    grouping: Grouping,
    hosts: HashMap<HostNumber, u32>,
    /// By the root that they are below, and by the path from there.
    dotted: HashMap<(u32, &'a str), u32>,
    /// The same by the number of the name, which is quicker: of the last root that it was looked for below.
    named: Vec<(u32, u32)>,
    /// By the parent's node and the whole name.
    below: HashMap<(u32, NameNumber), u32>,
}

/// The drafts in the order of their numbers, and the number of each.
pub(super) struct Order {
    pub(super) drafts: Vec<u32>,
    pub(super) numbers: Vec<u32>,
}

impl<'a> Drafts<'a> {
    pub(super) fn new(table: &'a Table, grouping: Grouping) -> Self {
        let names = table.names().len();
        let (dotted, named) = (HashMap::with_capacity(names), vec![(NONE, NONE); names]);
        let (nodes, hosts, below) = (Vec::with_capacity(names), HashMap::new(), HashMap::new());
        Drafts { table, nodes, grouping, hosts, dotted, named, below }
    }

    /// The draft of each event. Chains of parents may be as long as the table, so they are walked, not recursed into.
    pub(super) fn place_all(&mut self, parents: &[Place]) -> Vec<u32> {
        let mut placed = vec![NONE; self.table.len()];
        let mut chain = Vec::new();
        for place in 0..number(self.table.len()) {
            let mut next = place;
            while next != NONE && placed[next as usize] == NONE {
                chain.push(next);
                next = parents.get(next as usize).copied().unwrap_or(NONE);
            }
            while let Some(place) = chain.pop() {
                placed[place as usize] = self.place(place, parents, &placed);
            }
        }
        placed
    }

    fn place(&mut self, place: Place, parents: &[Place], placed: &[u32]) -> u32 {
        let (name, host) =
            (self.table.name_numbers()[place as usize], self.table.host_numbers()[place as usize]);
        let parent = parents.get(place as usize).copied().unwrap_or(NONE);
        let node = match placed.get(parent as usize) {
            Some(above) if !self.leads_through(name, *above) => self.below(*above, name),
            _ => {
                let root = self.root(host);
                self.dotted(root, name)
            }
        };
        let first = &mut self.nodes[node as usize].first;
        *first = place.min(*first);
        node
    }

    /// Whether this dotted name leads through that node anyway.
    fn leads_through(&self, name: NameNumber, node: u32) -> bool {
        let Draft { label: Label::Segment { name: above, to, .. }, is_dotted: true, .. } =
            self.nodes[node as usize]
        else {
            return false;
        };
        let above = self.table.name(above).get(..to as usize).unwrap_or_default();
        let name = self.table.name(name);
        let is_longer = name.as_bytes().get(above.len()) == Some(&b'.') && name.starts_with(above);
        is_longer && path::separators(name).take(LEVELS - 1).any(|dot| dot == above.len())
    }

    /// The node of the host, if these are above all others.
    fn root(&mut self, host: HostNumber) -> u32 {
        if self.grouping == Grouping::Names {
            return NONE;
        }
        if let Some(root) = self.hosts.get(&host) {
            return *root;
        }
        let root = self.draft(Label::Host(host), NONE, false);
        self.hosts.insert(host, root);
        root
    }

    fn dotted(&mut self, root: u32, name: NameNumber) -> u32 {
        if let Some((_, node)) =
            self.named.get(name as usize).filter(|named| named.0 == root && named.1 != NONE)
        {
            return *node;
        }
        let text: &'a str = self.table.name(name);
        let levels = LEVELS - 1 - usize::from(root != NONE);
        let mut ends: Vec<usize> = path::separators(text).take(levels).collect();
        ends.push(text.len());
        let known = ends.iter().enumerate().rev();
        let known =
            known.filter_map(|(level, end)| Some((level + 1, *self.dotted.get(&(root, &text[..*end]))?)));
        let (from, mut node) = { known }.next().unwrap_or((0, root));
        for level in from..ends.len() {
            let begin = if level == 0 { 0 } else { ends[level - 1] + 1 };
            let label = Label::Segment { name, from: number(begin), to: number(ends[level]) };
            node = self.draft(label, node, true);
            self.dotted.insert((root, &text[..ends[level]]), node);
        }
        self.named[name as usize] = (root, node);
        node
    }

    /// What would be too deep is beside its parent.
    fn below(&mut self, parent: u32, name: NameNumber) -> u32 {
        let above = &self.nodes[parent as usize];
        let parent = if usize::from(above.depth) + 1 < LEVELS { parent } else { above.parent };
        if let Some(node) = self.below.get(&(parent, name)) {
            return *node;
        }
        let label = Label::Segment { name, from: 0, to: number(self.table.name(name).len()) };
        let node = self.draft(label, parent, false);
        self.below.insert((parent, name), node);
        node
    }

    fn draft(&mut self, label: Label, parent: u32, is_dotted: bool) -> u32 {
        let depth = self.nodes.get(parent as usize).map_or(0, |above| above.depth + 1);
        self.nodes.push(Draft { label, parent, depth, size: 1, first: NONE, is_dotted });
        number(self.nodes.len() - 1)
    }

    /// In which order they are drawn: each before those below it, siblings by their first event, then by their text.
    pub(super) fn order(&mut self, placed: &[u32]) -> Order {
        debug_assert_eq!(placed.len(), self.table.len());
        for node in (0..self.nodes.len()).rev() {
            let Draft { parent, size, first, .. } = self.nodes[node];
            if let Some(above) = self.nodes.get_mut(parent as usize) {
                above.size += size;
                above.first = above.first.min(first);
            }
        }
        self.numbered(&self.sorted())
    }

    /// Level by level, by the first instants. Texts are only looked at where those are equal.
    fn sorted(&self) -> Vec<u32> {
        let firsts = self.table.firsts();
        let key = |(number, draft): (u32, &Draft)| (draft.depth, firsts.get(draft.first as usize), number);
        // Mostly nodes come up in the order of their first instants, which this sort makes use of.
        let mut keys: Vec<_> = (0..).zip(&self.nodes).map(key).collect();
        keys.sort();
        for equal in keys.chunk_by_mut(|one, other| (one.0, one.1) == (other.0, other.1)) {
            equal.sort_by_key(|(.., draft)| text(self.table, self.nodes[*draft as usize].label));
        }
        keys.into_iter().map(|(.., draft)| draft).collect()
    }

    /// Level by level: a node begins behind its parent, and behind the siblings before it.
    fn numbered(&self, sorted: &[u32]) -> Order {
        let mut numbers = vec![0; self.nodes.len()];
        // Where the next child of each node goes, and the next root.
        let mut next = vec![0; self.nodes.len()];
        let mut next_root = 0;
        for node in sorted {
            let Draft { parent, size, .. } = self.nodes[*node as usize];
            let place = next.get_mut(parent as usize).unwrap_or(&mut next_root);
            numbers[*node as usize] = *place;
            *place += size;
            next[*node as usize] = numbers[*node as usize] + 1;
        }
        let mut drafts = vec![0; self.nodes.len()];
        for (draft, number) in (0..).zip(&numbers) {
            drafts[*number as usize] = draft;
        }
        Order { drafts, numbers }
    }
}
