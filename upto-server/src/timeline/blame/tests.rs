//! Nobody's time is counted twice, and nothing is missing.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::critical_path::PathOptions;
use super::super::forest::Grouping;
use super::super::made::{done, table, tables};
use super::super::table::{Place, Table};
use super::*;

fn blame(table: Arc<Table>, by: By, most: usize) -> (Forest, Blame) {
    let forest = Forest::of(table, Grouping::Names, None);
    let nesting = Nesting::of(&forest);
    let path = CriticalPath::of(&forest, &nesting, &PathOptions::default()).ok();
    let blame = Blame::of(&forest, &nesting, path.as_ref(), by, most);
    (forest, blame)
}

fn named<'a>(forest: &'a Forest, blame: &Blame, by: By) -> Vec<(&'a str, i64)> {
    blame.slowest.iter().map(|(node, cost)| (forest.label(*node), cost.get(by))).collect()
}

#[test]
fn what_no_part_fills_is_an_events_own_time() {
    let told = done(&[("a", 0, 10), ("a.b", 2, 5), ("a.c", 5, 9), ("d", 12, 13)]);
    let (forest, blame) = blame(told, By::SelfTime, 3);
    assert_eq!(named(&forest, &blame, By::SelfTime), [("c", 4), ("a", 3), ("b", 3)]);
    assert_eq!((blame.length, blame.idle, blame.others, blame.rest.self_time), (13, 2, 1, 1));
}

#[test]
fn what_runs_together_shares_the_time() {
    let (forest, blame) = blame(done(&[("a", 0, 10), ("b", 0, 10), ("c", 5, 10)]), By::SelfTime, 9);
    // 5 ns for two, then 5 for three: 25/6, 25/6 and 10/6, which rounded must be 10.
    assert_eq!(named(&forest, &blame, By::SelfTime), [("a", 4), ("b", 4), ("c", 2)]);
}

#[test]
fn totals_and_drag_order_too() {
    let told = done(&[("a", 0, 20), ("a.b", 0, 6_000), ("a.x", 1, 5), ("c", 6_000, 6_100)]);
    let (forest, by_total) = blame(Arc::clone(&told), By::Total, 2);
    assert_eq!(named(&forest, &by_total, By::Total), [("b", 6_000), ("c", 100)]);
    let (forest, by_drag) = blame(told, By::Drag, 1);
    assert_eq!(named(&forest, &by_drag, By::Drag), [("c", 100)]);
}

#[test]
fn the_unknown_is_left_out_and_said_so() {
    let told = table(&[
        ("a", "", 0, 0, Some(0), None),
        ("b", "", 0, 0, None, Some(5)),
        ("c", "", 0, 0, Some(1), Some(3)),
    ]);
    let (forest, blame) = blame(told, By::SelfTime, 9);
    assert_eq!(named(&forest, &blame, By::SelfTime), [("c", 2)]);
    assert_eq!((blame.length, blame.left_out), (2, LeftOut { open: 1, unknown_start: 1 }));
    assert_eq!(super::tests::blame(Arc::default(), By::Drag, 9).1, Blame::default());
}

#[test]
fn the_ends_of_time_do_no_harm() {
    let (_, blame) = blame(done(&[("a", i64::MIN, i64::MAX), ("b", i64::MIN, i64::MIN)]), By::SelfTime, 9);
    assert_eq!((blame.length, blame.slowest[0].1.self_time), (i64::MAX, i64::MAX));
}

/// The leaves of each instant, one by one.
fn slow_shares(forest: &Forest, nesting: &Nesting) -> (Vec<f64>, i64) {
    let table = forest.table();
    let (from, to) = nesting.extent().unwrap_or_default();
    let (mut shares, mut idle) = (vec![0.0; forest.nodes().len()], 0);
    for at in from..to {
        let runs =
            |place: &Place| table.interval(*place as usize).is_some_and(|(from, to)| from <= at && at < to);
        let is_leaf = |place: &Place| runs(place) && !nesting.children(Some(*place)).iter().any(runs);
        let leaves: Vec<Place> = (0..number(table.len())).filter(is_leaf).collect();
        idle += i64::from(leaves.is_empty());
        for leaf in &leaves {
            shares[forest.node_of(*leaf).unwrap() as usize] += 1.0 / leaves.len() as f64;
        }
    }
    (shares, idle)
}

proptest! {
    #[test]
    fn shares_add_up_and_are_those_of_every_instant(told in tables(40), most in 0_usize..9) {
        let (forest, blame) = blame(told, By::SelfTime, most);
        let of_slowest: i64 = blame.slowest.iter().map(|(_, cost)| cost.self_time).sum();
        prop_assert_eq!(of_slowest + blame.rest.self_time + blame.idle, blame.length);
        let (shares, idle) = slow_shares(&forest, &Nesting::of(&forest));
        prop_assert_eq!(idle, blame.idle);
        for (node, cost) in &blame.slowest {
            prop_assert!((cost.self_time as f64 - shares[*node as usize]).abs() <= 1.0);
        }
    }
}
