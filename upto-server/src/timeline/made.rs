//! Tables for the tests of the questions: small ones that proptest makes, and what they are written down as.

use std::sync::Arc;

use proptest::prelude::*;

use super::event::State;
use super::table::{Row, Table};

/// An event as a test writes it down: name, host, id, parent, start, end.
pub(super) type Told<'a> = (&'a str, &'a str, u64, u64, Option<i64>, Option<i64>);

/// The table of these events; what has start and end is done.
pub(crate) fn table(events: &[Told<'_>]) -> Arc<Table> {
    let state = |start: Option<i64>, end: Option<i64>| match (start, end) {
        (Some(_), Some(_)) => State::Done,
        (Some(_), None) => State::Open,
        (None, _) => State::UnknownStart,
    };
    let events: Vec<Stated<'_>> = events
        .iter()
        .map(|&(name, host, id, parent, start, end)| (name, host, id, parent, start, end, state(start, end)))
        .collect();
    Arc::new(table_of(&events))
}

/// Events without host and ids that have start and end.
pub(super) fn done(events: &[(&str, i64, i64)]) -> Arc<Table> {
    table(
        &events
            .iter()
            .map(|(name, start, end)| (*name, "", 0, 0, Some(*start), Some(*end)))
            .collect::<Vec<_>>(),
    )
}

type Stated<'a> = (&'a str, &'a str, u64, u64, Option<i64>, Option<i64>, State);

fn table_of(events: &[Stated<'_>]) -> Table {
    let texts = |each: fn(&Stated<'_>) -> String| {
        let mut texts: Vec<Arc<str>> = events.iter().map(|event| each(event).into()).collect();
        texts.sort();
        texts.dedup();
        texts
    };
    let (names, hosts) = (texts(|event| event.0.to_owned()), texts(|event| event.1.to_owned()));
    let number = |texts: &[Arc<str>], text: &str| {
        super::table::number(texts.binary_search_by(|known| known.as_ref().cmp(text)).unwrap())
    };
    let rows = events
        .iter()
        .map(|&(name, host, id, parent, start, end, state)| Row {
            name: number(&names, name),
            host: number(&hosts, host),
            id,
            parent,
            start,
            end,
            state,
        })
        .collect();
    Table::new(names, hosts, rows)
}

/// Tables of up to `most` events with few names, hosts, ids and times, so that they nest, overlap and meet; some open,
/// without a start, of no length, failed, or part of another one by its id, also in cycles.
pub(super) fn tables(most: usize) -> impl Strategy<Value = Arc<Table>> {
    let names = prop::sample::select(vec!["a", "a.b", "a.b.c", "a.b.d", "b", "b.x.y", "b!", "c", r"a\.b"]);
    let ids = (0_u64..9, 0_u64..9);
    let states = prop_oneof![6 => Just(State::Done), 1 => Just(State::Failed), 1 => Just(State::Cancelled),
        1 => Just(State::Open), 1 => Just(State::UnknownStart), 1 => Just(State::Point)];
    let times = (0_i64..60, prop_oneof![1 => Just(0_i64), 4 => 0_i64..30]);
    let event = (names, prop::sample::select(vec!["", "h", "i"]), ids, times, states);
    prop::collection::vec(event, 0..most).prop_map(|events| {
        let told = |(name, host, (id, parent), (start, length), state): (_, _, _, (i64, i64), State)| {
            let (start, end) = match state {
                State::Open => (Some(start), None),
                State::UnknownStart => (None, Some(start)),
                State::Point => (Some(start), Some(start)),
                _ => (Some(start), Some(start + length)),
            };
            (name, host, id, parent, start, end, state)
        };
        Arc::new(table_of(&events.into_iter().map(told).collect::<Vec<Stated<'_>>>()))
    })
}
