//! The fold is associative, commutative and idempotent, and says what the design says.

use proptest::prelude::*;
use upto::wire::{Status, Value};

use super::super::event::{Event, State};
use super::super::loss::{Received, Sent, SessionCount};
use super::super::mark::{Mark, MarkKind};
use super::{Change, Fold, TimelineState};

fn mark(kind: MarkKind, name: &'static str, id: u64, time: i64) -> Mark<'static> {
    let (host, text, attributes) = ("", "", &[][..]);
    let (started, status, parent, truncated) = (None, Status::Ok, 0, false);
    Mark { kind, name, host, id, parent, time, started, status, text, attributes, truncated }
}

fn fold<'a>(marks: impl IntoIterator<Item = &'a Mark<'a>>) -> Fold {
    let mut fold = Fold::default();
    marks.into_iter().for_each(|mark| drop(fold.apply(mark)));
    fold.settle();
    fold
}

fn times(fold: &Fold) -> Vec<(Option<i64>, Option<i64>, State)> {
    fold.events().iter().map(|event| (event.start, event.end, event.state)).collect()
}

use MarkKind::{End, Point, Start};
use State::{Done, Open, UnknownStart};

#[test]
fn without_ids_order_decides() {
    let marks = [
        mark(End, "a", 0, 1),
        mark(Start, "a", 0, 2),
        mark(Start, "a", 0, 3),
        mark(End, "a", 0, 4),
        mark(Start, "a", 0, 5),
    ];
    let expected = [(None, Some(1), UnknownStart), (Some(2), Some(4), Done), (Some(5), None, Open)];
    assert_eq!(times(&fold(&marks)), expected);
    assert_eq!(times(&fold(marks.iter().rev())), expected);
}

#[test]
fn a_mark_that_makes_the_timeline_longer_is_news_though_its_event_stays_as_it_was() {
    let mut fold = fold(&[mark(Start, "a", 7, 5)]);
    assert!(matches!(fold.apply(&mark(Start, "a", 7, 9)), Change::Event { from: 9, .. }));
    assert_eq!(fold.apply(&mark(Start, "a", 7, 8)), Change::None);
    assert_eq!((fold.summary().extent, times(&fold)), (Some((5, 9)), vec![(Some(5), None, Open)]));
}

#[test]
fn at_one_instant_an_open_event_ends_before_the_next_begins() {
    let marks = [mark(Start, "a", 0, 1), mark(End, "a", 0, 2), mark(Start, "a", 0, 2), mark(End, "a", 0, 3)];
    assert_eq!(times(&fold(&marks)), [(Some(1), Some(2), Done), (Some(2), Some(3), Done)]);
    let instant = [mark(End, "a", 0, 2), mark(Start, "a", 0, 2)];
    assert_eq!(times(&fold(&instant)), [(Some(2), Some(2), Done)]);
}

#[test]
fn an_end_that_knows_its_start_needs_no_start() {
    for id in [0, 7] {
        let end = Mark { started: Some(2), ..mark(End, "a", id, 5) };
        assert_eq!(times(&fold([&end])), [(Some(2), Some(5), Done)]);
        assert_eq!(times(&fold([&end, &mark(Start, "a", id, 2)])), [(Some(2), Some(5), Done)]);
    }
}

#[test]
fn with_an_id_the_earliest_start_and_the_latest_end_count_and_failure_wins() {
    let failed = Mark { status: Status::Failed, text: "no space", ..mark(End, "a", 1, 8) };
    let marks = [mark(Start, "a", 1, 3), mark(Start, "a", 1, 2), failed, mark(End, "a", 1, 9)];
    let event = fold(&marks).events().remove(0);
    assert_eq!((event.start, event.end, event.state), (Some(2), Some(9), State::Failed));
    assert_eq!(event.text.as_ref(), "no space");
}

#[test]
fn of_an_attribute_the_later_value_wins_and_on_a_tie_the_greater() {
    let with = |time, value| Mark { attributes: value, ..mark(Start, "a", 1, time) };
    let marks = [
        with(1, &[("k", Value::Int(9))]),
        with(2, &[("k", Value::Int(3))]),
        with(2, &[("k", Value::Int(4))]),
    ];
    for marks in [marks.iter().collect::<Vec<_>>(), marks.iter().rev().collect()] {
        let event = fold(marks).events().remove(0);
        assert_eq!(event.attributes, [("k".into(), Value::Int(4).into())]);
    }
}

#[test]
fn a_point_is_no_start_and_no_end() {
    let fold = fold(&[mark(Point, "a", 0, 3), mark(Start, "a", 0, 1), mark(Point, "a", 4, 5)]);
    assert_eq!(
        times(&fold),
        [(Some(1), None, Open), (Some(3), Some(3), State::Point), (Some(5), Some(5), State::Point)]
    );
    assert_eq!((fold.summary().total, fold.summary().open), (3, 1));
}

#[test]
fn a_failed_event_without_a_start_is_failed_and_its_start_unknown() {
    let end = Mark { status: Status::Failed, ..mark(End, "a", 0, 3) };
    assert_eq!(times(&fold([&end])), [(None, Some(3), State::Failed)]);
}

#[test]
fn changes_tell_what_a_reader_has_to_fetch() {
    let mut fold = Fold::default();
    assert!(matches!(fold.apply(&mark(Start, "a", 0, 5)), Change::Event { from: 5, .. }));
    assert_eq!(fold.apply(&mark(Start, "a", 0, 5)), Change::None);
    assert_eq!(fold.apply(&mark(End, "a", 0, 2)), Change::Order);
    assert!(matches!(fold.apply(&mark(Start, "b", 1, 1)), Change::Event { key, .. } if key.id == 1));
}

#[test]
fn the_state_of_a_timeline_is_that_of_its_events() {
    let state = |fold: &Fold| fold.summary().state;
    let mut fold = Fold::default();
    assert_eq!(state(&fold), TimelineState::Running);
    fold.apply(&mark(Start, "a", 1, 1));
    assert_eq!(state(&fold), TimelineState::Running);
    fold.apply(&mark(End, "a", 1, 2));
    assert_eq!(state(&fold), TimelineState::Done);
    fold.apply(&Mark { status: Status::Failed, ..mark(End, "a", 1, 2) });
    assert_eq!(state(&fold), TimelineState::Failed);
}

/// A hundred thousand marks, in the orders that make a naive fold quadratic. Were this one so, the test
/// would not end.
#[test]
fn no_order_of_one_name_s_marks_is_slow() {
    const MARKS: i64 = 100_000;
    let total = |marks: &mut dyn Iterator<Item = Mark<'static>>| {
        let mut fold = Fold::default();
        marks.for_each(|mark| drop(fold.apply(&mark)));
        fold.settle();
        (fold.summary().total, fold.summary().open)
    };
    let pairs = |time: i64| mark(if time % 2 == 0 { Start } else { End }, "a", 0, time);
    assert_eq!(total(&mut (0..MARKS).map(pairs)), (50_000, 0));
    assert_eq!(total(&mut (0..MARKS).rev().map(pairs)), (50_000, 0));
    assert_eq!(total(&mut (0..MARKS).map(|time| mark(Start, "a", 0, time))), (1, 1));
    assert_eq!(total(&mut (0..MARKS).rev().map(|time| mark(Start, "a", 0, time))), (1, 1));
    assert_eq!(total(&mut (0..MARKS).rev().map(|time| mark(End, "a", 0, time))), (100_000, 0));
}

/// More than what is found quickly because it is new, under one name and under two, with points of the same ids.
#[test]
fn events_of_a_large_timeline_are_found_again() {
    const EVENTS: u64 = 12_000;
    let time = |id: u64| i64::try_from(id).unwrap_or(0);
    let mut fold = Fold::default();
    for name in ["a", "b"] {
        (1..=EVENTS).for_each(|id| drop(fold.apply(&mark(Start, name, id, time(id)))));
        (1..=EVENTS).for_each(|id| drop(fold.apply(&mark(Point, name, id, time(id)))));
    }
    let ends = (1..=EVENTS).rev().flat_map(|id| ["b", "a"].map(|name| mark(End, name, id, time(id) + 1)));
    ends.for_each(|end| assert_ne!(fold.apply(&end), Change::None));
    let events = fold.events();
    let done = events.iter().filter(|event| event.state == Done && event.duration() == Some(1)).count();
    assert_eq!((events.len(), done), (48_000, 24_000));
    assert_eq!((fold.summary().total, fold.summary().open), (48_000, 0));
    assert!(fold.bytes() < 48_000 * 80, "{}", fold.bytes());
}

#[test]
fn what_marks_changed_can_be_asked_for() {
    let mut fold = fold(&[mark(Start, "a", 0, 1), mark(End, "a", 0, 2)]);
    let Change::Event { key, from } = fold.apply(&mark(Start, "a", 0, 3)) else { panic!("a change") };
    for (kind, time) in [(End, 4), (Start, 5), (End, 6), (Point, 7)] {
        fold.apply(&mark(kind, "a", 0, time));
    }
    let since: Vec<_> = fold.since(&key, from).iter().map(|event| event.start).collect();
    assert_eq!(since, [Some(3), Some(5), Some(7)]);
}

#[test]
fn only_an_end_tells_when_its_event_began() {
    let odd = Mark { started: Some(1), ..mark(Start, "a", 1, 7) };
    assert_eq!(times(&fold([&odd])), [(Some(7), None, Open)]);
}

/// A mark with everything owned, so that proptest can make and shrink it.
#[derive(Clone, Debug)]
struct Told {
    kind: MarkKind,
    name: &'static str,
    host: &'static str,
    id: u64,
    time: i64,
    started: Option<i64>,
    status: Status,
    text: &'static str,
    attributes: Vec<(&'static str, Value<'static>)>,
}

impl Told {
    fn as_mark(&self) -> Mark<'_> {
        let Told { kind, name, host, id, time, started, status, text, .. } = *self;
        let attributes = &self.attributes;
        Mark { kind, name, host, id, parent: 0, time, started, status, text, attributes, truncated: false }
    }
}

/// Few names, ids and times, so that marks meet.
fn told() -> impl Strategy<Value = Told> {
    let kind = prop_oneof![3 => Just(Start), 3 => Just(End), 1 => Just(Point)];
    let status = prop_oneof![4 => Just(Status::Ok), 1 => Just(Status::Cancelled), 1 => Just(Status::Failed)];
    let value = prop_oneof![
        (-2_i64..3).prop_map(Value::Int),
        any::<bool>().prop_map(Value::Bool),
        prop_oneof![Just(f64::NAN), Just(-0.0), Just(0.0)].prop_map(Value::Float),
        prop_oneof![Just("x"), Just("y")].prop_map(Value::Text),
    ];
    let attributes = prop::collection::vec((prop_oneof![Just("k"), Just("l")], value), 0..3);
    let names = (prop_oneof![Just("a"), Just("a.b")], prop_oneof![Just(""), Just("h")], 0_u64..3);
    let texts = prop_oneof![Just(""), Just("why"), Just("because")];
    let times = (0_i64..12, prop::option::of(0_i64..12));
    (kind, names, times, status, texts, attributes).prop_map(
        |(kind, (name, host, id), (time, started), status, text, attributes)| Told {
            kind,
            name,
            host,
            id,
            time,
            started,
            status,
            text,
            attributes,
        },
    )
}

/// A set of marks, and the same set in another order, with some told more often, over two servers.
fn told_twice() -> impl Strategy<Value = (Vec<Told>, Vec<(Told, bool)>)> {
    prop::collection::vec(told(), 1..40).prop_flat_map(|marks| {
        let all = marks.len();
        let repeated = prop::collection::vec(0..all, 0..20);
        let again = (Just(marks.clone()), repeated).prop_flat_map(|(marks, repeated)| {
            let again: Vec<Told> =
                repeated.into_iter().filter_map(|place| marks.get(place).cloned()).collect();
            let told: Vec<Told> = marks.into_iter().chain(again).collect();
            let servers = prop::collection::vec(any::<bool>(), told.len());
            (Just(told).prop_shuffle(), servers)
                .prop_map(|(told, servers)| told.into_iter().zip(servers).collect())
        });
        (Just(marks), again)
    })
}

fn events_of<'a>(told: impl IntoIterator<Item = &'a Told>) -> (Vec<Event>, super::Summary) {
    let mut fold = Fold::default();
    told.into_iter().for_each(|told| drop(fold.apply(&told.as_mark())));
    fold.settle();
    (fold.events(), fold.summary())
}

proptest! {
    #[test]
    fn any_order_any_repetition_and_any_split_give_the_same_events((marks, again) in told_twice()) {
        let expected = events_of(&marks);
        prop_assert_eq!(&events_of(again.iter().map(|(told, _)| told)), &expected);
        // What two servers stored is read one after the other.
        let (first, second): (Vec<_>, Vec<_>) = again.iter().partition(|(_, server)| *server);
        let stored = first.iter().chain(&second).map(|(told, _)| told);
        prop_assert_eq!(&events_of(stored), &expected);
    }

    #[test]
    fn counts_are_those_of_the_events(marks in prop::collection::vec(told(), 0..60)) {
        let (events, summary) = events_of(&marks);
        let count = |state: State| events.iter().filter(|event| event.state == state).count() as u64;
        prop_assert_eq!((summary.total, summary.open, summary.failed), (events.len() as u64, count(Open), count(State::Failed)));
    }

    #[test]
    fn no_duration_is_negative_and_the_order_is_total(marks in prop::collection::vec(told(), 0..60)) {
        for event in events_of(&marks).0 {
            prop_assert!(event.duration().is_none_or(|duration| duration >= 0), "{:?}", event);
        }
        let events = events_of(&marks).0;
        prop_assert!(events.windows(2).all(|pair| pair[0].listing_order() < pair[1].listing_order()), "{:?}", events);
    }

    #[test]
    fn session_counts_merge_in_any_order(
        (counts, shuffled) in prop::collection::vec((0_u64..3, 0_u64..2, 0_u64..9, 0_u64..9), 0..12)
            .prop_flat_map(|counts| (Just(counts.clone()), Just(counts).prop_shuffle()))
    ) {
        let loss = |counts: &[(u64, u64, u64, u64)]| {
            let mut fold = Fold::default();
            for &(session, server, expected, received) in counts {
                let sent = Sent { packets: expected, messages: 3 * expected, dropped: 0 };
                let received = Received { packets: received, messages: 3 * received, ..Received::default() };
                fold.apply_session(SessionCount { session, server, sent, received, ..SessionCount::default() });
            }
            (fold.summary().loss, fold.summary().received)
        };
        prop_assert_eq!(loss(&counts), loss(&shuffled));
    }
}
