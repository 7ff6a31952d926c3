//! Making a table of events that come in no order, part by part.

use std::sync::Arc;

use hashbrown::HashMap;

use super::{HostNumber, Known, NameNumber, Row, Table};
use crate::timeline::State;

/// A table under construction: the columns are there, but neither the events nor the texts are in their order yet.
#[derive(Debug, Default)]
pub(crate) struct TableBuilder {
    table: Table,
    names: Texts,
    hosts: Texts,
}

/// Bytes of an event in the columns.
const COLUMN_BYTES: usize =
    2 * size_of::<u32>() + 4 * size_of::<u64>() + size_of::<Known>() + size_of::<State>();
/// Bytes that sorting takes for each event: its instant and its place, and the largest column twice.
const SORTING_BYTES: usize = size_of::<(i64, u32)>() + size_of::<u64>();

impl TableBuilder {
    /// Bytes of memory that an event takes, but for its texts, until the table is finished.
    pub(crate) const EVENT_BYTES: usize = COLUMN_BYTES + SORTING_BYTES;

    /// Makes room for so many events more, and no more than that.
    pub(crate) fn reserve(&mut self, events: usize) {
        let Table { name, host, id, parent, first, last, known, state, .. } = &mut self.table;
        name.reserve_exact(events);
        host.reserve_exact(events);
        [id, parent].into_iter().for_each(|column| column.reserve_exact(events));
        [first, last].into_iter().for_each(|column| column.reserve_exact(events));
        known.reserve_exact(events);
        state.reserve_exact(events);
    }

    /// The number that this name has for now.
    pub(crate) fn name(&mut self, text: &str) -> NameNumber {
        self.names.number(text)
    }

    /// The number that this host has for now.
    pub(crate) fn host(&mut self, text: &str) -> HostNumber {
        self.hosts.number(text)
    }

    /// Adds an event, whose name and host have numbers of this builder.
    pub(crate) fn push(&mut self, row: &Row) {
        let table = &mut self.table;
        table.name.push(row.name);
        table.host.push(row.host);
        table.id.push(row.id);
        table.parent.push(row.parent);
        table.first.push(row.first());
        table.last.push(row.last());
        table.known.push(Known::of(row));
        table.state.push(row.state);
    }

    /// Bytes of memory, those that [`finish`](Self::finish) will take included.
    pub(crate) fn bytes(&self) -> usize {
        self.table.len() * Self::EVENT_BYTES + self.names.bytes + self.hosts.bytes
    }

    /// The table, in its order.
    pub(crate) fn finish(self) -> Table {
        let TableBuilder { mut table, names, hosts } = self;
        table.names = names.sort(&mut table.name);
        table.hosts = hosts.sort(&mut table.host);
        let order = order_of(&table);
        let Table { name, host, id, parent, first, last, known, state, .. } = &mut table;
        [name, host].into_iter().for_each(|column| arrange(column, &order));
        [id, parent].into_iter().for_each(|column| arrange(column, &order));
        [first, last].into_iter().for_each(|column| arrange(column, &order));
        arrange(known, &order);
        arrange(state, &order);
        table
    }
}

/// The places of the events in their listing order. Mostly, the first instant decides, so that is beside the place.
fn order_of(table: &Table) -> Vec<(i64, u32)> {
    let mut order: Vec<(i64, u32)> = table.first.iter().copied().zip(0..).collect();
    let rest = |place: u32| table.row(place as usize).map(|row| row.listing_order());
    order.sort_unstable_by(|one, other| one.0.cmp(&other.0).then_with(|| rest(one.1).cmp(&rest(other.1))));
    order
}

fn arrange<T: Copy>(column: &mut Vec<T>, order: &[(i64, u32)]) {
    *column = order.iter().filter_map(|(_, place)| column.get(*place as usize).copied()).collect();
}

/// Texts by the numbers that they have for now.
#[derive(Debug, Default)]
struct Texts {
    numbers: HashMap<Arc<str>, u32>,
    bytes: usize,
}

/// What a text costs beside its own bytes, where it is found by.
const TEXT_BYTES: usize = 2 * size_of::<(Arc<str>, u32)>();

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.into(), next);
        self.bytes += text.len() + TEXT_BYTES;
        next
    }

    /// All of them in their order, by which `column` has their numbers from then on.
    fn sort(self, column: &mut [u32]) -> Vec<Arc<str>> {
        let mut texts: Vec<(Arc<str>, u32)> = self.numbers.into_iter().collect();
        texts.sort_unstable();
        let mut numbers = vec![0; texts.len()];
        for (number, (_, before)) in (0..).zip(&texts) {
            if let Some(place) = numbers.get_mut(*before as usize) {
                *place = number;
            }
        }
        for number in column {
            *number = numbers.get(*number as usize).copied().unwrap_or_default();
        }
        texts.into_iter().map(|(text, _)| text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events of two names and hosts, in the worst of orders.
    fn rows() -> Vec<(&'static str, &'static str, i64)> {
        (0..200)
            .map(|at| {
                (["b", "a"][at % 2], ["h", ""][at / 2 % 2], 97 * i64::try_from(at).expect("small") % 50)
            })
            .collect()
    }

    #[test]
    fn what_comes_in_parts_and_in_no_order_is_the_table_of_all() {
        let mut builder = TableBuilder::default();
        for part in rows().chunks(70) {
            builder.reserve(part.len());
            for (name, host, start) in part {
                let (name, host) = (builder.name(name), builder.host(host));
                let row =
                    Row { name, host, id: 3, parent: 0, start: Some(*start), end: None, state: State::Open };
                builder.push(&row);
            }
        }
        let sorted = |number: bool| u32::from(!number);
        let expected = rows().into_iter().map(|(name, host, start)| Row {
            name: sorted(name == "a"),
            host: sorted(host.is_empty()),
            id: 3,
            parent: 0,
            start: Some(start),
            end: None,
            state: State::Open,
        });
        let texts = |texts: [&str; 2]| texts.map(Into::into).to_vec();
        let expected = Table::new(texts(["a", "b"]), texts(["", "h"]), expected.collect());
        assert!(builder.bytes() > expected.bytes());
        assert_eq!(builder.finish(), expected);
    }

    #[test]
    fn a_table_of_nothing_is_empty() {
        assert!(TableBuilder::default().finish().is_empty());
    }
}
