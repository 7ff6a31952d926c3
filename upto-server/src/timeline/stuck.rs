//! Work that should have ended by now.

use std::borrow::Borrow;
use std::collections::HashMap;

use super::digest::{Digest, Outcome};
use super::event::State;
use super::history::quantile;
use super::table::{NameNumber, Row, Table};

/// Earlier runs that have to tell how long a name takes before its events can be called late.
const RUNS: usize = 8;

/// Up to when an event may be open, in nanoseconds from its start on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// However long others of its name took; `None`: only the history tells.
    pub fixed: Option<i64>,
}

/// An event that is open for longer than its limit. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The event.
    pub event: Row,
    /// For how long it has been open.
    pub open_for: i64,
    /// For how long it might have been.
    pub limit: i64,
    /// The limit is how long its name took in 99 of 100 earlier runs, and not the fixed one.
    pub by_history: bool,
}

/// The events that are open at `now` (nanoseconds since the epoch) for longer than the fixed limit, or for longer than the
/// longest event of their name took in 99 of 100 earlier runs that succeeded; whichever is less. The one that is most
/// beyond its limit first.
#[must_use]
pub fn stuck(table: &Table, now: i64, earlier: &[impl Borrow<Digest>], limit: Limit) -> Vec<Stuck> {
    let mut limits = HashMap::<NameNumber, Option<i64>>::new();
    let open = table.rows().filter(|row| row.state == State::Open);
    let mut stuck: Vec<Stuck> = open
        .filter_map(|event| {
            let usual = || longest(table.name(event.name), earlier);
            let by_history = *limits.entry(event.name).or_insert_with(usual);
            is_stuck(event, now, by_history, limit)
        })
        .collect();
    stuck.sort_by_key(|each| {
        (std::cmp::Reverse(each.open_for.saturating_sub(each.limit)), each.event.first())
    });
    stuck
}

fn is_stuck(event: Row, now: i64, by_history: Option<i64>, limit: Limit) -> Option<Stuck> {
    let open_for = now.saturating_sub(event.start?);
    let is_less = |usual: &i64| limit.fixed.is_none_or(|fixed| *usual < fixed);
    let by_history = by_history.filter(is_less);
    let limit = by_history.or(limit.fixed)?;
    (open_for > limit).then_some(Stuck { event, open_for, limit, by_history: by_history.is_some() })
}

/// What 99 of 100 runs were done within; `None` if too few runs have the name.
fn longest(name: &str, earlier: &[impl Borrow<Digest>]) -> Option<i64> {
    let runs = earlier.iter().map(Borrow::borrow).filter(|run: &&Digest| run.outcome == Outcome::Done);
    let longest: Vec<f64> = runs.filter_map(|run| Some(run.step(name)?.longest as f64)).collect();
    if longest.len() < RUNS {
        return None;
    }
    #[expect(clippy::cast_possible_truncation)]
    quantile(&longest, 0.99).map(|limit| limit as i64)
}

#[cfg(test)]
mod tests {
    use super::super::made::{done, table};
    use super::*;

    fn earlier(longest: i64) -> Vec<Digest> {
        (0..10).filter_map(|run| Digest::of(&done(&[("a", 0, longest - run), ("b", 0, 1)]))).collect()
    }

    fn names(table: &Table, stuck: &[Stuck]) -> Vec<(String, i64, bool)> {
        let told = |each: &Stuck| (table.name(each.event.name).to_owned(), each.limit, each.by_history);
        stuck.iter().map(told).collect()
    }

    #[test]
    fn what_is_open_for_longer_than_in_99_of_100_runs_is_stuck() {
        let table = table(&[("a", "", 1, 0, Some(0), None), ("c", "", 2, 0, Some(0), None)]);
        assert_eq!(stuck(&table, 100, &earlier(100), Limit::default()), []);
        let found = stuck(&table, 101, &earlier(100), Limit::default());
        assert_eq!(names(&table, &found), [("a".to_owned(), 100, true)]);
        assert_eq!(stuck(&table, 101, &earlier(100)[..7], Limit::default()), [], "too few runs to tell");
    }

    #[test]
    fn a_fixed_limit_holds_for_all_and_the_latest_comes_first() {
        let table = table(&[
            ("a", "", 1, 0, Some(0), None),
            ("c", "", 2, 0, Some(20), None),
            ("done", "", 3, 0, Some(0), Some(90)),
        ]);
        let limit = Limit { fixed: Some(50) };
        let found = stuck(&table, 90, &earlier(100), limit);
        assert_eq!(names(&table, &found), [("a".to_owned(), 50, false), ("c".to_owned(), 50, false)]);
        let found = stuck(&table, 60, &earlier(30), limit);
        assert_eq!(names(&table, &found), [("a".to_owned(), 30, true)]);
        assert_eq!(stuck(&table, i64::MIN, &earlier(30), limit), [], "a clock that jumped");
    }
}
