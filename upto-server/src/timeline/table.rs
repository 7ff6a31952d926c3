//! A timeline's events as columns: what most questions are asked of.
//!
//! A million events take some 41 MB and are gone through in a few milliseconds. Attributes and texts are not among the
//! columns: they are asked of the fold, for the few events that somebody looks at.

mod builder;

use std::sync::Arc;

pub(crate) use self::builder::TableBuilder;
use super::event::State;

/// The number of a name in [`Table::names`]. Names are in the order of their texts, so their numbers compare as they do.
pub type NameNumber = u32;
/// The number of a host in [`Table::hosts`], likewise.
pub type HostNumber = u32;
/// Where an event is in the listing order of its table. Tables have fewer than 2^32 - 1 events.
pub type Place = u32;
/// No place, node or number at all, within columns of them.
pub(super) const NONE: u32 = u32::MAX;

/// A length or place as a number of 32 bits; what has more than that does not fit into memory either.
pub(super) fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(NONE)
}

/// One event of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The event's path.
    pub name: NameNumber,
    /// Where it ran; the empty text: not given.
    pub host: HostNumber,
    /// Tells events of one name and host apart; 0: none given.
    pub id: u64,
    /// The id of the event that this is part of; 0: not given.
    pub parent: u64,
    /// When it began, in nanoseconds since the epoch, if that is known.
    pub start: Option<i64>,
    /// When it ended, if it did.
    pub end: Option<i64>,
    /// Its state.
    pub state: State,
}

impl Row {
    /// How long it took, in nanoseconds; `None` while start or end are unknown. An end before its start is 0.
    #[must_use]
    pub fn duration(&self) -> Option<i64> {
        Some(self.end?.saturating_sub(self.start?).max(0))
    }

    /// The earliest instant that is known of it.
    #[must_use]
    pub fn first(&self) -> i64 {
        self.start.or(self.end).unwrap_or_default()
    }

    /// The latest instant that is known of it.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.end.or(self.start).unwrap_or_default()
    }

    /// As [`Event::listing_order`](super::Event::listing_order).
    fn listing_order(&self) -> (i64, NameNumber, HostNumber, u64, i64, bool, bool) {
        let (is_open, is_point) = (self.end.is_none(), self.state == State::Point);
        (self.first(), self.name, self.host, self.id, self.last(), is_open, is_point)
    }
}

/// The events of a timeline in their listing order, a column for each property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    names: Vec<Arc<str>>,
    hosts: Vec<Arc<str>>,
    name: Vec<NameNumber>,
    host: Vec<HostNumber>,
    id: Vec<u64>,
    parent: Vec<u64>,
    /// The known start or else the end, and the known end or else the start.
    first: Vec<i64>,
    last: Vec<i64>,
    known: Vec<Known>,
    state: Vec<State>,
}

/// Which instants of an event are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Neither,
    Start,
    End,
    Both,
}

impl Known {
    fn of(row: &Row) -> Self {
        match (row.start.is_some(), row.end.is_some()) {
            (false, false) => Known::Neither,
            (true, false) => Known::Start,
            (false, true) => Known::End,
            (true, true) => Known::Both,
        }
    }
}

impl Table {
    /// The table of these events, in any order. `names` and `hosts` have every number that a row has, each text once, in
    /// the order of the texts.
    #[must_use]
    pub fn new(names: Vec<Arc<str>>, hosts: Vec<Arc<str>>, mut rows: Vec<Row>) -> Self {
        // Mostly they are nearly in order already, which this sort makes use of.
        rows.sort_by_key(Row::listing_order);
        Table {
            names,
            hosts,
            name: rows.iter().map(|row| row.name).collect(),
            host: rows.iter().map(|row| row.host).collect(),
            id: rows.iter().map(|row| row.id).collect(),
            parent: rows.iter().map(|row| row.parent).collect(),
            first: rows.iter().map(Row::first).collect(),
            last: rows.iter().map(Row::last).collect(),
            known: rows.iter().map(Known::of).collect(),
            state: rows.iter().map(|row| row.state).collect(),
        }
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state.len()
    }

    /// True if there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.is_empty()
    }

    /// The event in this place; `None` behind the last one.
    #[must_use]
    pub fn row(&self, place: usize) -> Option<Row> {
        let known = *self.known.get(place)?;
        Some(Row {
            name: *self.name.get(place)?,
            host: *self.host.get(place)?,
            id: *self.id.get(place)?,
            parent: *self.parent.get(place)?,
            start: self.first.get(place).copied().filter(|_| matches!(known, Known::Start | Known::Both)),
            end: self.last.get(place).copied().filter(|_| matches!(known, Known::End | Known::Both)),
            state: *self.state.get(place)?,
        })
    }

    /// All events, in their listing order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row> + '_ {
        let known = self.known.iter().zip(self.first.iter().zip(&self.last));
        let ids = self.id.iter().zip(&self.parent);
        let places = self.name.iter().zip(&self.host).zip(&self.state);
        known.zip(ids).zip(places).map(|(((known, (first, last)), (id, parent)), ((name, host), state))| {
            Row {
                name: *name,
                host: *host,
                id: *id,
                parent: *parent,
                start: matches!(known, Known::Start | Known::Both).then_some(*first),
                end: matches!(known, Known::End | Known::Both).then_some(*last),
                state: *state,
            }
        })
    }

    /// When the events began, or ended where no start is known; in nanoseconds since the epoch, ascending.
    #[must_use]
    pub fn firsts(&self) -> &[i64] {
        &self.first
    }

    /// When the events ended, or began where no end is known; in nanoseconds since the epoch.
    #[must_use]
    pub fn lasts(&self) -> &[i64] {
        &self.last
    }

    /// The states of the events.
    #[must_use]
    pub fn states(&self) -> &[State] {
        &self.state
    }

    /// The numbers of the events' names.
    #[must_use]
    pub fn name_numbers(&self) -> &[NameNumber] {
        &self.name
    }

    /// The numbers of the events' hosts.
    #[must_use]
    pub fn host_numbers(&self) -> &[HostNumber] {
        &self.host
    }

    /// The time that an event took, from and to; `None` while start or end are unknown, for points, and behind the last
    /// event. An end before its start counts as the start.
    #[must_use]
    pub fn interval(&self, place: usize) -> Option<(i64, i64)> {
        if *self.known.get(place)? != Known::Both || self.state[place] == State::Point {
            return None;
        }
        Some((self.first[place], self.last[place].max(self.first[place])))
    }

    /// The start of an event that has no end yet.
    #[must_use]
    pub fn open_since(&self, place: usize) -> Option<i64> {
        (*self.known.get(place)? == Known::Start).then(|| self.first[place])
    }

    /// All names, in the order of their texts.
    #[must_use]
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// All hosts, in the order of their texts; the empty one is for events without a host.
    #[must_use]
    pub fn hosts(&self) -> &[Arc<str>] {
        &self.hosts
    }

    /// The text of a name of this table; empty for a number that it does not have.
    #[must_use]
    pub fn name(&self, number: NameNumber) -> &str {
        text(&self.names, number)
    }

    /// The text of a host of this table; empty for a number that it does not have.
    #[must_use]
    pub fn host(&self, number: HostNumber) -> &str {
        text(&self.hosts, number)
    }

    /// The earliest and the latest instant of all events, in nanoseconds since the epoch; `None` if there is none.
    #[must_use]
    pub fn extent(&self) -> Option<(i64, i64)> {
        Some((*self.first.first()?, self.last.iter().copied().max()?))
    }

    /// Bytes of memory that it takes, names included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let columns = 2 * size_of::<u32>() + 4 * size_of::<u64>() + size_of::<Known>() + size_of::<State>();
        let texts = self.names.iter().chain(&self.hosts).map(|text| text.len() + size_of::<Arc<str>>());
        self.len() * columns + texts.sum::<usize>()
    }
}

fn text(texts: &[Arc<str>], number: u32) -> &str {
    usize::try_from(number).ok().and_then(|place| texts.get(place)).map_or("", |text| text)
}

#[cfg(test)]
mod tests;
