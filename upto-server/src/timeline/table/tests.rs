//! Tables keep what they were given, in the listing order.

use proptest::prelude::*;

use super::super::made::{table, tables};
use super::*;

#[test]
fn what_is_unknown_stays_unknown() {
    let told = table(&[
        ("a", "", 0, 0, None, Some(3)),
        ("a", "", 0, 0, Some(4), None),
        ("b", "h", 7, 1, Some(1), Some(9)),
    ]);
    let times: Vec<_> = told.rows().map(|row| (row.start, row.end)).collect();
    assert_eq!(times, [(Some(1), Some(9)), (None, Some(3)), (Some(4), None)]);
    let intervals: Vec<_> = (0..4).map(|place| told.interval(place)).collect();
    assert_eq!(intervals, [Some((1, 9)), None, None, None]);
    assert_eq!((told.open_since(2), told.open_since(0), told.extent()), (Some(4), None, Some((1, 9))));
    assert_eq!(told.row(3), None);
}

#[test]
fn texts_are_found_by_their_numbers_and_no_other() {
    let told = table(&[("b", "h", 0, 0, Some(1), None), ("a", "", 0, 0, Some(1), None)]);
    let names: Vec<_> = told.rows().map(|row| (told.name(row.name), told.host(row.host))).collect();
    assert_eq!(names, [("a", ""), ("b", "h")]);
    assert_eq!((told.name(2), told.host(NONE)), ("", ""));
}

#[test]
fn an_end_before_its_start_is_no_duration() {
    let told = table(&[("a", "", 0, 0, Some(5), Some(2))]);
    assert_eq!((told.row(0).unwrap().duration(), told.interval(0)), (Some(0), Some((5, 5))));
}

#[test]
fn a_table_of_nothing_has_no_extent() {
    let nothing = Table::default();
    assert!(nothing.is_empty() && nothing.extent().is_none() && nothing.rows().next().is_none());
}

proptest! {
    #[test]
    fn rows_come_back_in_any_order_they_are_given(told in tables(30), seed in any::<u64>()) {
        let mut rows: Vec<Row> = told.rows().collect();
        // A fold has no two events of one name, host, id and time.
        rows.dedup_by(|one, other| one.listing_order() == other.listing_order());
        let told = Table::new(told.names().to_vec(), told.hosts().to_vec(), rows.clone());
        fastrand::Rng::with_seed(seed).shuffle(&mut rows);
        let again = Table::new(told.names().to_vec(), told.hosts().to_vec(), rows);
        prop_assert_eq!(&again, &told);
        let by_place: Vec<_> = (0..told.len()).filter_map(|place| told.row(place)).collect();
        prop_assert_eq!(by_place, told.rows().collect::<Vec<_>>());
        prop_assert!(told.rows().zip(told.rows().skip(1)).all(|(a, b)| a.listing_order() <= b.listing_order()));
    }
}
