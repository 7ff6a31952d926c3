//! The path is what one would find by hand, covers the whole once, and bounds what any step can gain.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::forest::Grouping;
use super::super::made::{done, table, tables};
use super::super::table::Table;
use super::*;

const EXACT: PathOptions<'_> = PathOptions { of: None, tolerance: 0, order: None };

fn nested(table: Arc<Table>) -> (Forest, Nesting) {
    let forest = Forest::of(table, Grouping::Names, None);
    let nesting = Nesting::of(&forest);
    (forest, nesting)
}

fn path(table: Arc<Table>, options: &PathOptions<'_>) -> CriticalPath {
    let (forest, nesting) = nested(table);
    CriticalPath::of(&forest, &nesting, options).unwrap()
}

fn sections(path: &CriticalPath) -> Vec<(i64, i64, Option<Place>)> {
    path.sections().iter().map(|section| (section.from, section.to, section.event)).collect()
}

#[test]
fn the_part_that_ends_last_is_waited_for_and_gaps_are_its_parents() {
    let told = done(&[("a", 0, 20), ("a.b", 1, 9), ("a.c", 2, 5), ("a.d", 10, 18)]);
    let path = path(told, &EXACT);
    let expected = [(0, 1, Some(0)), (1, 9, Some(1)), (9, 10, Some(0)), (10, 18, Some(3)), (18, 20, Some(0))];
    assert_eq!(sections(&path), expected);
    assert_eq!(
        (path.slack(1), path.slack(2), path.slack(3), path.unattributed()),
        (Some(0), Some(4), Some(0), 0)
    );
}

#[test]
fn between_events_of_an_implied_ancestor_nobody_is_to_blame() {
    let path = path(done(&[("a.b", 0, 4), ("a.c", 6, 9)]), &EXACT);
    assert_eq!(sections(&path), [(0, 4, Some(0)), (4, 6, None), (6, 9, Some(1))]);
    assert_eq!((path.unattributed(), path.length()), (2, 9));
}

#[test]
fn siblings_back_to_back_count_also_when_they_overlap_by_little() {
    let told = done(&[("a", 0, 9_000), ("a.b", 0, 5_000), ("a.c", 4_500, 9_000)]);
    let back_to_back = path(Arc::clone(&told), &PathOptions::default());
    assert_eq!(sections(&back_to_back), [(0, 4_500, Some(1)), (4_500, 9_000, Some(2))]);
    assert_eq!(sections(&path(told, &EXACT)), [(0, 4_500, Some(0)), (4_500, 9_000, Some(2))]);
    let equal = path(done(&[("a", 0, 9), ("a.b", 0, 5), ("a.c", 5, 9)]), &EXACT);
    assert_eq!(sections(&equal), [(0, 5, Some(1)), (5, 9, Some(2))]);
}

#[test]
fn parts_are_clipped_to_what_they_are_part_of() {
    let told = table(&[
        ("a", "", 1, 0, Some(2), Some(8)),
        ("b", "", 2, 1, Some(0), Some(5)),
        ("c", "", 3, 1, Some(6), Some(9)),
    ]);
    let (forest, nesting) = nested(told);
    let of_a = CriticalPath::of(&forest, &nesting, &PathOptions { of: Some(1), ..EXACT }).unwrap();
    assert_eq!(sections(&of_a), [(2, 5, Some(0)), (5, 6, Some(1)), (6, 8, Some(2))]);
    assert_eq!((of_a.extent(), of_a.slack(1)), ((2, 8), Some(0)));
}

#[test]
fn a_step_gains_at_most_what_runs_beside_it_allows() {
    // Beside b and c runs x, which could take 3 longer; beside d nothing.
    let told = done(&[("a", 0, 20), ("a.b", 0, 6), ("a.x", 1, 7), ("a.c", 6, 10), ("a.d", 10, 18)]);
    let path = path(told, &EXACT);
    let drags: Vec<_> = path.steps().iter().map(|step| (step.event, step.length(), step.drag)).collect();
    assert_eq!(drags, [(1, 6, 3), (3, 4, 3), (4, 8, 8), (0, 20, 20)]);
    assert_eq!(path.slack(2), Some(3));
}

#[test]
fn what_runs_beside_a_step_bounds_its_parts_too() {
    let told = done(&[("a", 0, 10), ("a.b", 0, 10), ("a.b.c", 0, 9), ("a.x", 0, 8)]);
    let path = path(told, &EXACT);
    let drag = |event| path.steps().iter().find(|step| step.event == event).map(|step| step.drag);
    let names: Vec<_> = path.steps().iter().map(|step| (step.event, step.parent)).collect();
    assert_eq!((drag(0), drag(1), drag(2)), (Some(10), Some(2), Some(2)));
    assert_eq!(names, [(2, Some(1)), (1, Some(2)), (0, None)]);
}

#[test]
fn what_if_estimates_by_slack_and_drag() {
    let told = done(&[("a", 0, 20), ("a.b", 0, 6), ("a.x", 1, 7), ("a.c", 6, 10), ("a.d", 10, 18)]);
    let path = path(Arc::clone(&told), &EXACT);
    let estimates = [(4, 500), (1, 0), (1, 2_000), (2, 1_500), (2, 1_000), (2, 2_000), (2, 0)];
    let estimates = estimates.map(|(event, per_mille)| path.what_if(&told, event, per_mille));
    assert_eq!(estimates, [16, 17, 26, 20, 20, 23, 20].map(Some));
    assert_eq!(path.what_if(&told, 9, 500), None);
}

struct Known(Vec<(NameNumber, NameNumber)>);

impl Order for Known {
    fn is_always_before(&self, before: NameNumber, after: NameNumber) -> bool {
        self.0.contains(&(before, after))
    }
}

#[test]
fn a_learned_order_tells_which_part_was_waited_for() {
    // Names in their order: a, a.b, a.c, a.d. That b comes before d is known, of c it is not.
    let told = done(&[("a", 0, 12), ("a.b", 0, 5), ("a.c", 2, 7), ("a.d", 8, 12)]);
    let order = Known(vec![(1, 3)]);
    let path = |order| sections(&path(Arc::clone(&told), &PathOptions { order, ..EXACT }));
    assert_eq!(path(Some(&order)), [(0, 5, Some(1)), (5, 8, Some(0)), (8, 12, Some(3))]);
    let unknown = [(0, 2, Some(0)), (2, 7, Some(2)), (7, 8, Some(0)), (8, 12, Some(3))];
    assert_eq!((path(None), path(Some(&Known(Vec::new())))), (unknown.to_vec(), unknown.to_vec()));
}

#[test]
fn what_has_no_time_has_no_path() {
    let (forest, nesting) = nested(table(&[("a", "", 0, 0, Some(1), None), ("b", "", 0, 0, None, Some(2))]));
    let path = |of| CriticalPath::of(&forest, &nesting, &PathOptions { of, ..EXACT });
    assert_eq!(path(None), Err(PathError::NothingTimed));
    assert_eq!(path(Some(1)), Err(PathError::NotTimed(1)));
    assert_eq!(path(Some(2)), Err(PathError::NoSuchEvent(2)));
    let left_out =
        super::super::made::table(&[("a", "", 0, 0, Some(1), None), ("b", "", 0, 0, Some(2), Some(2))]);
    let (forest, nesting) = nested(left_out);
    let path = CriticalPath::of(&forest, &nesting, &EXACT).unwrap();
    assert_eq!((path.sections(), path.length(), path.left_out().open), (&[][..], 0, 1));
}

#[test]
fn chains_of_a_hundred_thousand_parents_and_the_ends_of_time_do_no_harm() {
    let chain: Vec<_> = (0..100_000_i64)
        .map(|at| ("s", "", at.unsigned_abs() + 1, at.unsigned_abs(), Some(at), Some(200_000 - at)))
        .collect();
    let long = path(table(&chain), &EXACT);
    assert_eq!((long.steps().len(), long.sections().len(), long.length()), (100_000, 199_999, 200_000));
    let ends =
        path(done(&[("a", i64::MIN, i64::MAX), ("a.b", i64::MAX - 1, i64::MAX)]), &PathOptions::default());
    assert_eq!((ends.sections().len(), ends.length()), (2, i64::MAX));
}

/// The same by the definition, looking at every part each time.
fn slow_path(
    table: &Table,
    nesting: &Nesting,
    of: Option<Place>,
    (from, to): (i64, i64),
    found: &mut Vec<Section>,
) {
    let (mut at, mut used) = (to, Vec::new());
    while at > from {
        let may_come = |place: &&Place| {
            let (start, end) = table.interval(**place as usize).unwrap();
            !used.contains(*place) && end.min(to) <= at && end > from && start < at
        };
        let last = |place: &&Place| {
            let (start, end) = table.interval(**place as usize).unwrap();
            (end.min(to), -start, **place)
        };
        let part = nesting.children(of).iter().filter(may_come).max_by_key(last).copied();
        let (start, end) = part.map_or((from, from), |part| table.interval(part as usize).unwrap());
        let (start, end) = (start.max(from), end.min(at));
        if end < at {
            found.push(Section { from: end, to: at, event: of });
        }
        if let Some(part) = part {
            used.push(part);
            slow_path(table, nesting, Some(part), (start, end), found);
        }
        at = start;
    }
}

proptest! {
    #[test]
    fn sections_cover_the_whole_once(told in tables(40), tolerance in 0_i64..4, of in prop::option::of(0_u32..40)) {
        let (forest, nesting) = nested(told);
        let Ok(path) = CriticalPath::of(&forest, &nesting, &PathOptions { of, tolerance, order: None }) else { return Ok(()) };
        let (mut at, end) = path.extent();
        for section in path.sections() {
            prop_assert!(section.from == at && section.to > at);
            at = section.to;
            let around = section.event.and_then(|event| forest.table().interval(event as usize));
            prop_assert!(around.is_none_or(|(from, to)| from <= section.from && section.to <= to));
        }
        prop_assert_eq!(at, if path.sections().is_empty() { path.extent().0 } else { end });
        let own_of_root: i64 =
            path.sections().iter().filter(|section| section.event == of).map(|section| section.to - section.from).sum();
        prop_assert_eq!(path.steps().iter().map(|step| step.own).sum::<i64>() + own_of_root, path.length());
    }

    #[test]
    fn the_path_is_that_of_its_definition(told in tables(40)) {
        let (forest, nesting) = nested(told);
        let Ok(path) = CriticalPath::of(&forest, &nesting, &EXACT) else { return Ok(()) };
        let mut expected = Vec::new();
        slow_path(forest.table(), &nesting, None, path.extent(), &mut expected);
        // A part that ties with another one in start and end may stand for it.
        let times = |sections: &[Section]| sections.iter().map(|section| (section.from, section.to)).collect::<Vec<_>>();
        expected.reverse();
        prop_assert_eq!(times(path.sections()), times(&expected));
    }

    #[test]
    fn slack_and_drag_keep_within_the_whole(told in tables(40), per_mille in 0_u32..3_000) {
        let (forest, nesting) = nested(Arc::clone(&told));
        let Ok(path) = CriticalPath::of(&forest, &nesting, &EXACT) else { return Ok(()) };
        for step in path.steps() {
            prop_assert!(step.drag >= 0 && step.drag <= step.length() && step.own <= step.length());
            prop_assert_eq!(path.slack(step.event), Some(0));
        }
        for (place, (event, interval)) in (0..told.len()).map(|place| (number(place), told.interval(place))).enumerate() {
            prop_assert_eq!(path.slack(event).is_some(), interval.is_some(), "{}", place);
            if interval.is_none() {
                continue;
            }
            prop_assert!(path.slack(event).is_some_and(|slack| slack <= path.length()));
            let estimate = path.what_if(&told, event, per_mille).unwrap();
            let (least, most) = if per_mille <= 1_000 { (0, path.length()) } else { (path.length(), i64::MAX) };
            prop_assert!(least <= estimate && estimate <= most);
        }
    }
}
