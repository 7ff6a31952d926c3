//! Why one timeline took longer, or less time, than another: causes that add up to the difference, to the nanosecond.
//!
//! The critical paths of both cover all of their time. So the difference of the totals is the sum of what became of each
//! row on the path: its own time there, in the one timeline, less that in the other. Each of these is a cause, or two: as
//! far as the row's work itself took longer it *grew*, and as far as it was only waited for longer, since something
//! beside which it ran is not there to hide it any more, it *lost overlap*. Time on the path between the parts of
//! an event is a *gap*.

use std::collections::BTreeMap;

use super::critical_path::CriticalPath;
use super::forest::{Forest, NodeNumber};
use super::nesting::Nesting;
use super::table::Place;

/// Occurrences that are told of a cause at most: those that changed most.
pub const OCCURRENCES: usize = 10;

/// One of the two timelines that are compared.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Its rows, grouped by names.
    pub forest: &'a Forest,
    /// How its events are part of each other.
    pub nesting: &'a Nesting,
    /// What all of it depends on.
    pub path: &'a CriticalPath,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It took longer.
    Grew,
    /// It took less time.
    Shrank,
    /// It was not there before.
    New,
    /// It is not there any more.
    Gone,
    /// More time passed between its parts, or, of the whole timeline, between events.
    GapGrew,
    /// Less time passed there.
    GapShrank,
    /// It is waited for longer, as less runs beside it, though it takes no longer itself.
    LostOverlap,
    /// It is waited for less, as more runs beside it, though it takes no less time itself.
    GainedOverlap,
}

impl Kind {
    /// The kind as the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Grew => "grew",
            Kind::Shrank => "shrank",
            Kind::New => "new",
            Kind::Gone => "gone",
            Kind::GapGrew => "gap_grew",
            Kind::GapShrank => "gap_shrank",
            Kind::LostOverlap => "lost_overlap",
            Kind::GainedOverlap => "gained_overlap",
        }
    }
}

/// A part of the difference between two timelines. Lengths are in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What happened.
    pub kind: Kind,
    /// The path of the row; empty: between all events.
    pub row: String,
    /// How much longer the whole is because of that; negative: how much shorter.
    pub effect: i64,
    /// What the row is in the earlier timeline; `None`: it is not there.
    pub before: Option<Amount>,
    /// Likewise, in the later one.
    pub after: Option<Amount>,
    /// The occurrences that changed, the one that changed most first; none of gaps.
    pub occurrences: Vec<Occurrence>,
}

/// What a row amounts to. Lengths are in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many events it has whose start and end are known.
    pub count: u64,
    /// The sum of their durations.
    pub total: i64,
    /// Its own time on the critical path, without gaps.
    pub on_path: i64,
    /// The time between its parts there.
    pub gaps: i64,
}

/// An event of a row in both timelines: the first one there and here, the second one, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// In the earlier timeline; `None`: there are fewer.
    pub before: Option<Place>,
    /// In the later one.
    pub after: Option<Place>,
    /// How much longer it took, in nanoseconds.
    pub change: i64,
}

/// Two timelines side by side. Lengths are in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How long the earlier one took.
    pub before: i64,
    /// How long the later one took.
    pub after: i64,
    /// The largest effect first. All effects together are `after` less `before`.
    pub causes: Vec<Cause>,
}

impl Comparison {
    /// Why `after` took as long as it did, measured by `before`. Rows are the same if their paths are.
    #[must_use]
    pub fn of(before: Side<'_>, after: Side<'_>) -> Self {
        let mut rows = BTreeMap::<Vec<&str>, Pair>::new();
        for (path, row) in named(before) {
            rows.entry(path).or_default().before.get_or_insert_default().add(row);
        }
        for (path, row) in named(after) {
            rows.entry(path).or_default().after.get_or_insert_default().add(row);
        }
        let mut causes: Vec<Cause> =
            rows.iter().flat_map(|(path, pair)| pair.causes(path, before, after)).collect();
        causes.extend(gap(String::new(), before.path.unattributed(), after.path.unattributed()));
        causes.sort_by(|a, b| {
            let size = |cause: &Cause| cause.effect.unsigned_abs();
            size(b).cmp(&size(a)).then_with(|| (&a.row, a.kind).cmp(&(&b.row, b.kind)))
        });
        Comparison { before: before.path.length(), after: after.path.length(), causes }
    }
}

/// The nodes of one path and what they amount to. Mostly that is one node: an event that its parent's id places below a
/// node may be called as one whose name says so.
#[derive(Clone, Debug, Default)]
struct Row {
    nodes: Vec<NodeNumber>,
    amount: Amount,
}

impl Row {
    fn add(&mut self, other: Row) {
        self.nodes.extend(other.nodes);
        let Amount { count, total, on_path, gaps } = other.amount;
        self.amount.count += count;
        self.amount.total = self.amount.total.saturating_add(total);
        self.amount.on_path += on_path;
        self.amount.gaps += gaps;
    }
}

#[derive(Clone, Debug, Default)]
struct Pair {
    before: Option<Row>,
    after: Option<Row>,
}

/// The nodes that have events whose time is known, by the labels from the root on.
fn named(side: Side<'_>) -> impl Iterator<Item = (Vec<&str>, Row)> {
    let forest = side.forest;
    let with_events = (0..).zip(amounts(side)).filter(|(_, amount)| amount.count > 0);
    with_events.map(move |(node, amount)| {
        let mut path: Vec<&str> = forest.ancestors(node).map(|node| forest.label(node)).collect();
        path.reverse();
        path.push(forest.label(node));
        (path, Row { nodes: vec![node], amount })
    })
}

/// What each node amounts to.
fn amounts(side: Side<'_>) -> Vec<Amount> {
    let mut amounts = vec![Amount::default(); side.forest.nodes().len()];
    let table = side.forest.table();
    for (place, node) in (0..).map_while(|place| Some((place, side.forest.node_of(place)?))) {
        let Some((from, to)) = table.interval(place as usize) else { continue };
        let amount = &mut amounts[node as usize];
        amount.count += 1;
        amount.total = amount.total.saturating_add(to.saturating_sub(from));
    }
    for section in side.path.sections() {
        let Some(event) = section.event else { continue };
        let Some(node) = side.forest.node_of(event) else { continue };
        let amount = &mut amounts[node as usize];
        let has_parts = !side.nesting.children(Some(event)).is_empty();
        *(if has_parts { &mut amount.gaps } else { &mut amount.on_path }) +=
            section.to.saturating_sub(section.from);
    }
    amounts
}

impl Pair {
    fn causes(&self, path: &[&str], before: Side<'_>, after: Side<'_>) -> Vec<Cause> {
        let (old, new) =
            (self.before.as_ref().map(|row| row.amount), self.after.as_ref().map(|row| row.amount));
        let cause = |kind, effect| Cause {
            kind,
            row: path.join("."),
            effect,
            before: old,
            after: new,
            occurrences: Vec::new(),
        };
        let on_path = |amount: Option<Amount>| amount.map_or(0, |amount| amount.on_path);
        let gaps = |amount: Option<Amount>| amount.map_or(0, |amount| amount.gaps);
        let effects = match (old, new) {
            (Some(old), Some(new)) => steps(old, new),
            (None, _) => [(Kind::New, on_path(new)), (Kind::LostOverlap, 0)],
            (_, None) => [(Kind::Gone, -on_path(old)), (Kind::GainedOverlap, 0)],
        };
        let of_steps = effects.into_iter().filter(|(_, effect)| *effect != 0).map(|(kind, effect)| Cause {
            occurrences: occurrences((self.before.as_ref(), before), (self.after.as_ref(), after)),
            ..cause(kind, effect)
        });
        let of_gap =
            gap(path.join("."), gaps(old), gaps(new)).map(|gap| Cause { before: old, after: new, ..gap });
        of_steps.chain(of_gap).collect()
    }
}

/// How a row that is in both timelines changed: as far as its work did, and as far as it did not.
fn steps(old: Amount, new: Amount) -> [(Kind, i64); 2] {
    let effect = new.on_path - old.on_path;
    let work = new.total.saturating_sub(old.total).clamp(effect.min(0), effect.max(0));
    if effect < 0 {
        [(Kind::Shrank, work), (Kind::GainedOverlap, effect - work)]
    } else {
        [(Kind::Grew, work), (Kind::LostOverlap, effect - work)]
    }
}

fn gap(row: String, before: i64, after: i64) -> Option<Cause> {
    let effect = after - before;
    let kind = if effect < 0 { Kind::GapShrank } else { Kind::GapGrew };
    (effect != 0).then_some(Cause { kind, row, effect, before: None, after: None, occurrences: Vec::new() })
}

/// The events of a row one by one.
fn occurrences(before: (Option<&Row>, Side<'_>), after: (Option<&Row>, Side<'_>)) -> Vec<Occurrence> {
    let (old, new) = (timed(before), timed(after));
    let mut all: Vec<Occurrence> = (0..old.len().max(new.len()))
        .map(|place| {
            let (before, after) = (old.get(place), new.get(place));
            let length = |event: Option<&(Place, i64)>| event.map_or(0, |event| event.1);
            Occurrence {
                before: before.map(|event| event.0),
                after: after.map(|event| event.0),
                change: length(after).saturating_sub(length(before)),
            }
        })
        .filter(|occurrence| occurrence.change != 0)
        .collect();
    // The order among equals is that of the listing.
    all.sort_by_key(|occurrence| std::cmp::Reverse(occurrence.change.unsigned_abs()));
    all.truncate(OCCURRENCES);
    all
}

/// The events of a row whose time is known, and how long each took.
fn timed((row, side): (Option<&Row>, Side<'_>)) -> Vec<(Place, i64)> {
    let nodes = row.map_or(&[][..], |row| &row.nodes);
    let length = |place: &Place| {
        let (from, to) = side.forest.table().interval(*place as usize)?;
        Some((*place, to.saturating_sub(from)))
    };
    nodes.iter().flat_map(|node| side.forest.events(*node)).filter_map(length).collect()
}

#[cfg(test)]
mod tests;
