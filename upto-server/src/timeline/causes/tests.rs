use std::sync::Arc;

use proptest::prelude::*;

use super::super::critical_path::PathOptions;
use super::super::forest::Grouping;
use super::super::made::{done, tables};
use super::super::table::Table;
use super::*;

fn compare(before: &Arc<Table>, after: &Arc<Table>) -> Option<Comparison> {
    let forests = [before, after].map(|table| Forest::of(Arc::clone(table), Grouping::Names, None));
    let nestings = [&forests[0], &forests[1]].map(Nesting::of);
    let path = |side: usize| CriticalPath::of(&forests[side], &nestings[side], &PathOptions::default());
    let paths = [path(0).ok()?, path(1).ok()?];
    let side = |side: usize| Side { forest: &forests[side], nesting: &nestings[side], path: &paths[side] };
    Some(Comparison::of(side(0), side(1)))
}

type Events<'a> = &'a [(&'a str, i64, i64)];

fn causes(before: Events<'_>, after: Events<'_>) -> Vec<(Kind, String, i64)> {
    let comparison = compare(&done(before), &done(after)).expect("events");
    comparison.causes.into_iter().map(|cause| (cause.kind, cause.row, cause.effect)).collect()
}

fn cause(kind: Kind, row: &str, effect: i64) -> (Kind, String, i64) {
    (kind, row.to_owned(), effect)
}

#[test]
fn steps_grow_shrink_come_and_go() {
    let before = [("build", 0, 100), ("build.a", 0, 40), ("build.b", 40, 90), ("build.old", 90, 100)];
    let after = [("build", 0, 120), ("build.a", 0, 70), ("build.b", 70, 105), ("build.new", 105, 120)];
    assert_eq!(
        causes(&before, &after),
        [
            cause(Kind::Grew, "build.a", 30),
            cause(Kind::Shrank, "build.b", -15),
            cause(Kind::New, "build.new", 15),
            cause(Kind::Gone, "build.old", -10),
        ]
    );
}

#[test]
fn what_ran_beside_another_and_is_waited_for_now_lost_overlap() {
    let before = [("all", 0, 100), ("all.a", 0, 100), ("all.b", 0, 60)];
    let after = [("all", 0, 160), ("all.a", 0, 100), ("all.b", 100, 160)];
    assert_eq!(causes(&before, &after), [cause(Kind::LostOverlap, "all.b", 60)]);
    assert_eq!(causes(&after, &before), [cause(Kind::GainedOverlap, "all.b", -60)]);
}

#[test]
fn gaps_are_those_of_an_event_or_of_the_whole() {
    let before = [("all.a", 0, 10), ("all.b", 10, 20)];
    let after = [("all.a", 0, 10), ("all.b", 50, 60)];
    assert_eq!(causes(&before, &after), [cause(Kind::GapGrew, "", 40)]);
    let within = |events: [(&'static str, i64, i64); 2], end| [events[0], events[1], ("all", 0, end)];
    assert_eq!(causes(&within(before, 20), &within(after, 60)), [cause(Kind::GapGrew, "all", 40)]);
    assert_eq!(causes(&within(after, 60), &within(before, 20)), [cause(Kind::GapShrank, "all", -40)]);
}

#[test]
fn the_occurrences_that_changed_are_told() {
    let before = [("t", 0, 10), ("t", 10, 20), ("t", 20, 30)];
    let after = [("t", 0, 10), ("t", 10, 50), ("t", 50, 61), ("t", 61, 66)];
    let comparison = compare(&done(&before), &done(&after)).expect("events");
    let [grew] = comparison.causes.as_slice() else { panic!("{comparison:?}") };
    assert_eq!((grew.kind, grew.effect), (Kind::Grew, 36));
    let changes: Vec<_> =
        grew.occurrences.iter().map(|each| (each.before, each.after, each.change)).collect();
    assert_eq!(changes, [(Some(1), Some(1), 30), (None, Some(3), 5), (Some(2), Some(2), 1)]);
}

proptest! {
    #[test]
    fn the_causes_add_up_to_the_difference(before in tables(24), after in tables(24)) {
        if let Some(comparison) = compare(&before, &after) {
            let sum: i64 = comparison.causes.iter().map(|cause| cause.effect).sum();
            prop_assert_eq!(sum, comparison.after - comparison.before);
            prop_assert!(comparison.causes.iter().all(|cause| cause.effect != 0));
        }
        if let Some(itself) = compare(&after, &after) {
            prop_assert_eq!(itself.causes, []);
        }
    }
}
