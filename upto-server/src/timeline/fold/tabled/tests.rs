//! The columns say what the events say.

use proptest::prelude::*;
use upto::wire::Status;

use super::super::super::event::{Event, State};
use super::super::super::mark::{Mark, MarkKind};
use super::super::super::skew::ClockReading;
use super::super::Stamp;
use super::*;

type Told = (MarkKind, usize, usize, u64, u64, i64, Option<i64>);

const NAMES: [&str; 4] = ["b", "a.b", "a", "c"];
const HOSTS: [&str; 3] = ["", "h", "g"];

fn fold(told: &[Told], stamp: Stamp) -> Fold {
    let mut fold = Fold::default();
    for &(kind, name, host, id, parent, time, started) in told {
        let (name, host, text, attributes) = (NAMES[name], HOSTS[host], "", &[][..]);
        let (status, truncated) = (if time % 7 == 0 { Status::Failed } else { Status::Ok }, false);
        let mark = Mark { kind, name, host, id, parent, time, started, status, text, attributes, truncated };
        fold.with_stamped(&mark, stamp, Fold::apply_placed);
    }
    fold.settle();
    fold
}

fn told() -> impl Strategy<Value = Told> {
    let kind = prop_oneof![3 => Just(MarkKind::Start), 3 => Just(MarkKind::End), 1 => Just(MarkKind::Point)];
    let numbers = (0..NAMES.len(), 0..HOSTS.len(), 0_u64..4, 0_u64..4);
    (kind, numbers, 0_i64..40, prop::option::of(0_i64..40)).prop_map(
        |(kind, (name, host, id, parent), time, started)| (kind, name, host, id, parent, time, started),
    )
}

fn reading(session: u64, offset: i64) -> ClockReading {
    ClockReading { host: "h".to_owned(), session, epoch: 0, sent: 0, received: 50_000_000 + offset }
}

type Columns<'a> = (&'a str, &'a str, u64, u64, Option<i64>, Option<i64>, State);

fn columns_of(event: &Event) -> Columns<'_> {
    (&event.name, &event.host, event.id, event.parent, event.start, event.end, event.state)
}

fn assert_same(fold: &Fold, times: Times) {
    let (table, events) = (fold.table(times), fold.events_in(times));
    let rows: Vec<_> = table
        .rows()
        .map(|row| {
            (table.name(row.name), table.host(row.host), row.id, row.parent, row.start, row.end, row.state)
        })
        .collect();
    assert_eq!(rows, events.iter().map(columns_of).collect::<Vec<_>>());
}

#[test]
fn texts_are_sorted_and_those_of_nothing_left_out() {
    let mut fold = fold(
        &[(MarkKind::Point, 0, 1, 1, 0, 5, None), (MarkKind::Point, 2, 1, 1, 0, 5, None)],
        Stamp::Unknown,
    );
    fold.text("unused");
    let table = fold.table(Times::Raw);
    assert_eq!(table.names().iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b"]);
    assert_eq!(table.hosts().iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["h"]);
}

proptest! {
    #[test]
    fn a_table_has_the_events_of_its_fold(told in prop::collection::vec(told(), 0..60)) {
        assert_same(&fold(&told, Stamp::Unknown), Times::Raw);
    }

    #[test]
    fn and_their_corrected_times(told in prop::collection::vec(told(), 0..40), offsets in prop::collection::vec(-9_000_000_i64..9_000_000, 1..6)) {
        let mut fold = fold(&told, Stamp::Session);
        for (session, offset) in (1..).zip(offsets) {
            fold.apply_reading(&reading(session, offset));
        }
        assert_same(&fold, Times::Corrected);
        assert_same(&fold, Times::Raw);
    }
}
