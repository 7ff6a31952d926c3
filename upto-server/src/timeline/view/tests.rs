//! A view shows every event of its range once, in its place, and nothing where nothing ran.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::forest::{Forest, Grouping};
use super::super::made::{done, table, tables};
use super::super::table::Table;
use super::*;

const OPTIONS: ViewOptions<'_> = ViewOptions {
    from: 0,
    to: 100,
    width: 100,
    rows: (0, 50),
    collapsed_from: u16::MAX,
    toggled: &[],
    opened: &[],
    min_duration: 0,
    now: None,
};

fn picture(table: Arc<Table>) -> Picture {
    Picture::new(Forest::of(table, Grouping::Names, None), 1 << 20)
}

fn view(picture: &Picture, options: &ViewOptions<'_>) -> View {
    View::of(picture, options).unwrap()
}

/// Bars as from, to and count; exact ones have no count.
fn bars(row: &ViewRow) -> Vec<(i64, i64, Option<u32>)> {
    row.bars.iter().map(|bar| (bar.from, bar.to, (!bar.is_exact).then_some(bar.count))).collect()
}

#[test]
fn what_can_be_told_apart_is_and_the_rest_is_merged() {
    let told =
        done(&[("a", 0, 20), ("a", 20, 40), ("a", 41, 42), ("a", 43, 44), ("a", 45, 46), ("a", 80, 81)]);
    let picture = picture(told);
    let coarse = view(&picture, &ViewOptions { width: 10, ..OPTIONS });
    assert_eq!(bars(&coarse.rows[0]), [(0, 20, None), (20, 40, None), (41, 46, Some(3)), (80, 81, None)]);
    let fine = view(&picture, &OPTIONS);
    assert_eq!((fine.rows[0].bars.len(), fine.rows[0].bars.iter().all(|bar| bar.is_exact)), (6, true));
}

#[test]
fn the_longest_is_named_and_failures_keep_their_place() {
    let mut told: Vec<_> = (0..1000).map(|at| ("a", "", 0, 0, Some(at * 10), Some(at * 10 + 9))).collect();
    told.push(("b", "", 0, 0, Some(0), Some(10_000)));
    let told = table(&told);
    let mut rows: Vec<_> = told.rows().collect();
    rows[500].state = State::Failed;
    let failed_at = rows[500].first();
    let told = Arc::new(Table::new(told.names().to_vec(), told.hosts().to_vec(), rows));
    let seen = view(&picture(told), &ViewOptions { to: 10_000, ..OPTIONS });
    let row = &seen.rows[0];
    assert_eq!(
        row.bars.iter().map(|bar| bar.worst).collect::<Vec<_>>(),
        [State::Done, State::Failed, State::Done]
    );
    assert!(row.bars[1].from <= failed_at && row.bars[1].to - row.bars[1].from <= 100);
    assert_eq!((row.bars.iter().map(|bar| bar.count).sum::<u32>(), row.bars[0].duration), (1000, 9));
}

#[test]
fn what_was_running_at_the_edge_is_seen_and_counted() {
    let picture = picture(done(&[("a", 0, 50), ("a", 1, 2), ("a", 3, 60), ("a", 40, 40), ("a", 55, 58)]));
    let seen = view(&picture, &ViewOptions { from: 40, to: 90, width: 50, ..OPTIONS });
    assert_eq!(bars(&seen.rows[0]), [(40, 60, Some(4))]);
    assert_eq!((seen.rows[0].bars[0].longest, seen.rows[0].lanes), (2, 3));
    let beside = view(&picture, &ViewOptions { from: 51, to: 54, width: 3, ..OPTIONS });
    assert_eq!((bars(&beside.rows[0]), beside.rows[0].bars[0].longest), (vec![(51, 54, None)], 2));
}

#[test]
fn collapsed_nodes_are_one_row_with_all_below() {
    let picture = picture(done(&[("a", 0, 10), ("a.b", 20, 30), ("a.b.c", 22, 24), ("d", 50, 60)]));
    let all = view(&picture, &OPTIONS);
    assert_eq!((all.row_count, all.rows.iter().any(|row| row.is_collapsed)), (4, false));
    let collapsed = view(&picture, &ViewOptions { collapsed_from: 0, ..OPTIONS });
    assert_eq!(
        collapsed.rows.iter().map(bars).collect::<Vec<_>>(),
        [vec![(0, 10, None), (20, 30, Some(2))], vec![(50, 60, None)]]
    );
    let key = picture.forest().nodes()[1].key;
    let toggled = view(&picture, &ViewOptions { toggled: &[key], rows: (1, 2), ..OPTIONS });
    assert_eq!((toggled.row_count, toggled.rows[0].is_collapsed, toggled.rows.len()), (3, true, 1));
}

#[test]
fn lanes_can_be_opened() {
    let picture = picture(done(&[("a", 0, 10), ("a", 5, 20), ("a", 12, 15), ("b", 0, 1)]));
    let closed = view(&picture, &OPTIONS);
    assert_eq!((bars(&closed.rows[0]), closed.rows[0].lanes), (vec![(0, 20, Some(3))], 2));
    let key = picture.forest().nodes()[0].key;
    let opened = view(&picture, &ViewOptions { opened: &[key], ..OPTIONS });
    let shown: Vec<_> = opened.rows.iter().map(|row| (row.lane, bars(row))).collect();
    let expected = [
        (Some(0), vec![(0, 10, None), (12, 15, None)]),
        (Some(1), vec![(5, 20, None)]),
        (None, vec![(0, 1, None)]),
    ];
    assert_eq!((shown.as_slice(), opened.row_count), (&expected[..], 3));
}

#[test]
fn too_many_lanes_share_the_last() {
    let told: Vec<_> = (0..200).map(|at| ("a", at, 1_000)).collect();
    let picture = picture(done(&told));
    let key = picture.forest().nodes()[0].key;
    let opened = view(&picture, &ViewOptions { opened: &[key], rows: (0, 100), ..OPTIONS });
    assert_eq!((opened.rows.len(), opened.row_count), (usize::from(LANES), usize::from(LANES)));
    let counted: u32 = opened.rows.iter().flat_map(|row| &row.bars).map(|bar| bar.count).sum();
    assert_eq!(counted, 100);
}

#[test]
fn open_events_are_told_apart() {
    let mut told = vec![("a", "", 0, 0, Some(0), Some(5))];
    told.extend((0..100).map(|at| ("a", "", 0, 0, Some(at), None)));
    let picture = picture(table(&told));
    let row = &view(&picture, &ViewOptions { from: 4, to: 90, now: Some(200), ..OPTIONS }).rows[0];
    assert_eq!((bars(row), row.running.len(), row.running_count), (vec![(4, 5, None)], RUNNING, 90));
    assert_eq!((row.running[1], row.lanes), (Running { event: 2, since: 1 }, 1));
    let later = &view(&picture, &ViewOptions { from: 4, now: Some(3), ..OPTIONS }).rows[0];
    assert_eq!(later.running_count, 0);
}

#[test]
fn short_events_can_be_left_out_and_rows_without_long_ones_with_them() {
    let picture = picture(done(&[("a", 0, 3), ("a", 5, 25), ("b", 0, 4), ("c.d", 1, 30)]));
    let long = view(&picture, &ViewOptions { min_duration: 10, ..OPTIONS });
    let shown: Vec<_> = long.rows.iter().map(|row| (picture.forest().label(row.node), bars(row))).collect();
    assert_eq!(shown, [("a", vec![(5, 25, None)]), ("c", vec![]), ("d", vec![(1, 30, None)])]);
}

#[test]
fn what_is_wrong_is_said() {
    let picture = picture(done(&[("a", 0, 3)]));
    let error = |options: ViewOptions<'_>| View::of(&picture, &options).unwrap_err();
    assert_eq!(error(ViewOptions { to: 0, ..OPTIONS }), ViewError::Reversed { from: 0, to: 0 });
    assert_eq!(error(ViewOptions { width: 0, ..OPTIONS }), ViewError::Width(0));
    assert_eq!(error(ViewOptions { width: 1_000_000_000, ..OPTIONS }), ViewError::Width(1_000_000_000));
    assert_eq!(error(ViewOptions { rows: (5, 4), ..OPTIONS }), ViewError::Rows(5, 4));
    assert_eq!(error(ViewOptions { rows: (0, usize::MAX), ..OPTIONS }), ViewError::Rows(0, usize::MAX));
    assert_eq!(view(&picture, &ViewOptions { rows: (7, 9), ..OPTIONS }).rows, []);
}

#[test]
fn the_ends_of_time_do_no_harm() {
    let picture =
        picture(done(&[("a", i64::MIN, i64::MAX), ("b", i64::MAX, i64::MAX), ("c", i64::MIN, i64::MIN)]));
    for (from, to, width) in
        [(i64::MIN, i64::MAX, 1), (i64::MIN, i64::MAX, WIDTH), (i64::MAX - 1, i64::MAX, WIDTH)]
    {
        let seen = view(&picture, &ViewOptions { from, to, width, ..OPTIONS });
        assert_eq!((seen.row_count, bars(&seen.rows[0])), (3, vec![(from, to, None)]));
    }
}

#[test]
fn what_is_kept_is_bounded_and_what_was_thrown_out_is_drawn_again() {
    let told: Vec<_> = (0..200).map(|at| format!("n{at}")).collect();
    let told: Vec<_> = told.iter().map(|name| (name.as_str(), 0, 50)).collect();
    let picture = Picture::new(Forest::of(done(&told), Grouping::Names, None), 20_000);
    let first = view(&picture, &ViewOptions { rows: (0, 200), ..OPTIONS });
    assert!(picture.bytes() - picture.forest().bytes() <= 20_000);
    assert_eq!(view(&picture, &ViewOptions { rows: (0, 200), ..OPTIONS }), first);
}

/// What of an event can be seen in a range: all that has more than its end in it.
fn is_seen((from, to): (i64, i64), (start, end): (i64, i64)) -> bool {
    start < to && (start >= from || end > from)
}

proptest! {
    #[test]
    fn every_event_is_in_one_bar_and_bars_are_where_events_are(
        told in tables(60), from in -5_i64..70, length in 1_i64..90, width in 1_u32..40, collapsed_from in 0_u16..3,
    ) {
        let picture = picture(Arc::clone(&told));
        let options = ViewOptions { from, to: from + length, width, collapsed_from, ..OPTIONS };
        let pixel = length.unsigned_abs().div_ceil(u64::from(width)).cast_signed();
        for row in view(&picture, &options).rows {
            let forest = picture.forest();
            let places = if row.is_collapsed { forest.events_within(row.node) } else { forest.events(row.node) };
            let span = |place: &Place| (told.firsts()[*place as usize], told.lasts()[*place as usize]);
            let is_open = |place: &Place| told.open_since(*place as usize).is_some();
            let seen: Vec<Place> =
                places.iter().copied().filter(|place| !is_open(place) && is_seen((from, options.to), span(place))).collect();
            let counted: u32 = row.bars.iter().map(|bar| bar.count).sum();
            prop_assert_eq!(counted as usize, seen.len(), "{:?}", row);
            prop_assert!(row.bars.is_sorted_by(|one, next| one.to <= next.from));
            prop_assert!(row.bars.iter().all(|bar| from <= bar.from && bar.from <= bar.to && bar.to <= options.to));
            prop_assert!(row.bars.len() <= 4 * width as usize + 2);
            for place in &seen {
                let (start, end) = (span(place).0.max(from), span(place).1.min(options.to));
                let is_at = |at: i64| row.bars.iter().any(|bar| bar.from <= at && at <= bar.to);
                prop_assert!((start..=end).all(is_at), "{:?} {:?}", span(place), row.bars);
                let state = told.states()[*place as usize];
                let is_told = |bar: &Bar| bar.from <= start && start <= bar.to && bar.worst == State::Failed;
                prop_assert!(state != State::Failed || row.bars.iter().any(is_told));
            }
            for bar in &row.bars {
                let is_covered = |at: i64| seen.iter().any(|place| span(place).0 <= at && at <= span(place).1);
                let mut uncovered = 0;
                for at in bar.from..bar.to {
                    uncovered = if is_covered(at) { 0 } else { uncovered + 1 };
                    prop_assert!(uncovered < pixel);
                }
                let (start, end) = span(&bar.longest);
                prop_assert_eq!((bar.duration, bar.name), (end - start, told.name_numbers()[bar.longest as usize]));
                if bar.is_exact {
                    prop_assert_eq!((bar.from, bar.to, bar.count), (start.max(from), end.min(options.to), 1));
                }
            }
            let worst = seen.iter().map(|place| told.states()[*place as usize]).max();
            prop_assert_eq!(row.bars.iter().map(|bar| bar.worst).max(), worst);
        }
    }

    #[test]
    fn lanes_have_every_event_once_and_none_overlap(told in tables(60)) {
        let places: Vec<Place> = (0..super::super::table::number(told.len())).collect();
        let lanes = lanes::of(&told, &places);
        let mut all = lanes.concat();
        all.sort_unstable();
        prop_assert_eq!(all, places);
        for lane in &lanes {
            let closed: Vec<usize> = lane.iter().map(|place| *place as usize).filter(|at| told.open_since(*at).is_none()).collect();
            prop_assert!(closed.is_sorted_by(|one, next| told.lasts()[*one] <= told.firsts()[*next]));
        }
    }
}
