//! The forest is what one would write down by hand, and its figures are those of a slow and simple count.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::event::State;
use super::super::made::{done, table, tables};
use super::super::tree::LEVELS;
use super::*;

fn by_names(table: Arc<Table>) -> Forest {
    Forest::of(table, Grouping::Names, None)
}

/// The forest as text: `a(b c(d))`.
fn shape(forest: &Forest, below: Option<NodeNumber>) -> String {
    let one = |node| match shape(forest, Some(node)).as_str() {
        "" => forest.label(node).to_owned(),
        below => format!("{}({below})", forest.label(node)),
    };
    forest.children(below).map(one).collect::<Vec<_>>().join(" ")
}

fn found<'a>(forest: &'a Forest, label: &str) -> &'a Node {
    let number = (0..number(forest.nodes().len())).find(|node| forest.label(*node) == label);
    forest.node(number.expect("a node of this label")).expect("this node")
}

#[test]
fn ancestors_are_implied_and_siblings_come_by_their_first_instant() {
    let forest = by_names(done(&[("build.b.link", 5, 9), ("build.a", 2, 3), ("build.c", 2, 9), ("z", 1, 2)]));
    assert_eq!(shape(&forest, None), "z build(a c b(link))");
    let build = found(&forest, "build");
    assert_eq!((build.extent, build.figures.own.events, build.figures.below.events), ((2, 9), 0, 3));
}

#[test]
fn escaped_dots_make_no_levels_and_neighbours_in_text_do_not_part_families() {
    let forest = by_names(done(&[(r"a\.b", 4, 5), ("a", 0, 9), ("a!", 1, 2), ("a.b", 3, 4), (".c", 6, 7)]));
    assert_eq!(shape(&forest, None), r"a(b) a! a\.b (c)");
}

#[test]
fn ids_of_parents_tell_where_they_can() {
    let span = |name, id, parent, start| (name, "", id, parent, Some(start), Some(start + 5));
    let forest = by_names(table(&[
        span("GET /a.b", 1, 0, 0),
        span("SELECT", 2, 1, 1),
        span("SELECT", 3, 2, 2),
        span("lost.span", 4, 99, 3),
    ]));
    // A name with a dot is a path as long as no parent is known.
    assert_eq!(shape(&forest, None), "GET /a(b(SELECT(SELECT))) lost(span)");
    assert_eq!((forest.parent_of(2), forest.parent_of(3)), (Some(1), None));
}

#[test]
fn a_name_that_leads_through_its_parent_anyway_is_followed() {
    let forest = by_names(table(&[
        ("a", "", 1, 0, Some(0), Some(9)),
        ("a.b.c", "", 2, 1, Some(1), Some(5)),
        ("ab", "", 3, 1, Some(2), Some(3)),
    ]));
    assert_eq!(shape(&forest, None), "a(b(c) ab)");
}

#[test]
fn cycles_of_parents_are_roots_and_what_leads_into_them_is_below() {
    let span = |name, id, parent| (name, "", id, parent, Some(0), Some(1));
    let forest = by_names(table(&[span("a", 1, 2), span("b", 2, 1), span("c", 3, 2), span("d", 4, 4)]));
    assert_eq!(shape(&forest, None), "a b(c) d");
}

#[test]
fn long_chains_of_parents_and_deep_names_are_cut() {
    let chain: Vec<_> = (1..=100_000_u64).map(|id| ("s", "", id, id + 1, Some(0), Some(1))).collect();
    let forest = by_names(table(&chain));
    assert_eq!(forest.nodes().len(), LEVELS);
    let deep = vec!["a"; 10_000].join(".");
    let forest = by_names(done(&[(&deep, 0, 1)]));
    assert_eq!(
        (forest.nodes().len(), forest.label(number(LEVELS - 1)).len()),
        (LEVELS, 2 * (10_000 - LEVELS) + 1)
    );
}

#[test]
fn hosts_may_be_the_roots() {
    let told = table(&[
        ("a.b", "h", 1, 0, Some(0), Some(1)),
        ("a.b", "g", 2, 1, Some(1), Some(2)),
        ("c", "g", 3, 2, Some(1), Some(2)),
    ]);
    let forest = Forest::of(told, Grouping::Hosts, None);
    // A parent on another host is in another part of the forest.
    assert_eq!(shape(&forest, None), "h(a(b)) g(a(b(c)))");
}

#[test]
fn durations_are_exact_at_the_nearest_rank_and_unknown_ones_count_apart() {
    let mut told: Vec<_> =
        (1..=100).map(|length| ("a", "", 0, 0, Some(1000 * length), Some(1001 * length))).collect();
    told.extend([("a", "h", 0, 0, Some(200_000), None), ("a", "i", 0, 0, None, Some(7))]);
    let forest = Forest::of(table(&told), Grouping::Names, Some(200_050));
    let Figures { min, median, p95, max, total, own, open_total, hosts, .. } = forest.nodes()[0].figures;
    assert_eq!((min, median, p95, max, total), (Some(1), Some(50), Some(95), Some(100), 5050));
    assert_eq!((own.events, own.open, own.unknown_start, open_total, hosts), (102, 1, 1, Some(50), 2));
}

#[test]
fn busy_time_counts_once_and_self_time_is_what_no_child_covers() {
    let forest =
        by_names(done(&[("a", 0, 10), ("a", 5, 20), ("a.b", 4, 8), ("a.b.c", 15, 30), ("a", 40, 41)]));
    let figures = &found(&forest, "a").figures;
    assert_eq!((figures.total, figures.busy, figures.self_time), (26, 21, 12));
}

#[test]
fn keys_tell_the_same_path_in_another_forest() {
    let (one, other) =
        (by_names(done(&[("a.b", 0, 1), ("c", 5, 6)])), by_names(done(&[("c", 0, 1), ("a.b", 2, 3)])));
    let key = found(&one, "b").key;
    assert_eq!(other.find(key).map(|node| other.label(node)), Some("b"));
    assert_eq!(other.find(key ^ 1), None);
}

#[test]
fn the_ends_of_time_do_no_harm() {
    let forest = by_names(done(&[
        ("a", i64::MIN, i64::MAX),
        ("a.b", i64::MIN, i64::MIN),
        ("a.b", i64::MAX, i64::MIN),
    ]));
    assert_eq!((forest.nodes()[0].figures.total, forest.nodes()[0].extent), (i64::MAX, (i64::MIN, i64::MAX)));
    assert!(by_names(Arc::default()).nodes().is_empty());
}

/// The instants that these events cover, one by one.
fn instants<'a>(table: &Table, places: impl Iterator<Item = &'a Place>) -> BTreeSet<i64> {
    places.filter_map(|place| table.interval(*place as usize)).flat_map(|(from, to)| from..to).collect()
}

fn slow_figures(forest: &Forest, node: NodeNumber) -> Figures {
    let table = forest.table();
    let own = forest.events(node);
    let below = forest.events_within(node).iter().filter(|place| !own.contains(place));
    let counts = |places: &mut dyn Iterator<Item = &Place>| {
        let mut counts = Counts::default();
        for row in places.filter_map(|place| table.row(*place as usize)) {
            let is = |state: State| u32::from(row.state == state);
            counts.events += 1;
            counts.open += is(State::Open);
            counts.failed += is(State::Failed);
            counts.cancelled += is(State::Cancelled);
            counts.points += is(State::Point);
            counts.unknown_start += u32::from(row.start.is_none());
        }
        counts
    };
    let durations = |places: &[Place]| {
        let interval = places.iter().filter_map(|place| table.interval(*place as usize));
        let mut durations: Vec<i64> = interval.map(|(from, to)| to - from).collect();
        durations.sort_unstable();
        durations
    };
    let sorted = durations(own);
    let rank =
        |per_cent: usize| sorted.get((sorted.len() * per_cent).div_ceil(100).saturating_sub(1)).copied();
    let (busy, covered) = (instants(table, own.iter()), instants(table, below.clone()));
    let hosts: BTreeSet<_> =
        forest.events_within(node).iter().map(|place| table.host_numbers()[*place as usize]).collect();
    Figures {
        own: counts(&mut own.iter()),
        below: counts(&mut below.clone()),
        total: sorted.iter().sum(),
        busy: busy.len() as i64,
        self_time: busy.difference(&covered).count() as i64,
        open_total: None,
        min: rank(0),
        median: rank(50),
        p95: rank(95),
        max: rank(100),
        max_within: durations(forest.events_within(node)).last().copied(),
        hosts: number(hosts.iter().filter(|host| !table.host(**host).is_empty()).count()),
    }
}

proptest! {
    #[test]
    fn figures_are_those_of_a_slow_count(told in tables(40), is_by_host in any::<bool>()) {
        let grouping = if is_by_host { Grouping::Hosts } else { Grouping::Names };
        let forest = Forest::of(told, grouping, None);
        for node in 0..number(forest.nodes().len()) {
            prop_assert_eq!(&forest.nodes()[node as usize].figures, &slow_figures(&forest, node), "{}", forest.label(node));
        }
    }

    #[test]
    fn each_event_is_in_one_node_and_each_node_within_its_parent(told in tables(40)) {
        let forest = by_names(told);
        let mut seen = BTreeMap::new();
        for (number, node) in (0..).zip(forest.nodes()) {
            forest.events(number).iter().for_each(|place| *seen.entry(*place).or_insert(0) += 1);
            prop_assert!(forest.events(number).is_sorted());
            prop_assert!(forest.events(number).iter().all(|place| forest.node_of(*place) == Some(number)));
            prop_assert_eq!(usize::from(node.depth), forest.ancestors(number).count());
            if let Some(parent) = node.parent.and_then(|parent| forest.node(parent)) {
                prop_assert!(parent.extent.0 <= node.extent.0 && parent.extent.1 >= node.extent.1 && node.end <= parent.end);
            }
        }
        prop_assert!(seen.len() == forest.table().len() && seen.values().all(|count| *count == 1));
    }
}
