//! Two timelines side by side, name by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::{Event, State};

/// What became of one name from the one timeline to the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The event's path.
    pub name: Arc<str>,
    /// The sum of its durations in the earlier timeline, in nanoseconds; `None`: it was not there.
    pub before: Option<i64>,
    /// Likewise in the later one.
    pub after: Option<i64>,
}

impl Difference {
    /// How much longer it took, in nanoseconds; what was or is not there counts as nothing.
    #[must_use]
    pub fn change(&self) -> i64 {
        self.after.unwrap_or(0).saturating_sub(self.before.unwrap_or(0))
    }
}

/// The names whose total duration changed or that are in one timeline only, the largest change first.
///
/// Events whose duration is unknown (open, or without a start) are left out: nothing is invented. A name that has
/// only such in one of the timelines is neither new nor gone, and its change is not known.
#[must_use]
pub fn compare(before: &[Event], after: &[Event]) -> Vec<Difference> {
    let (before, after) = (totals(before), totals(after));
    let is_known =
        |name: &Arc<str>| ![&before, &after].into_iter().any(|totals| totals.get(name) == Some(&None));
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let mut differences: Vec<Difference> = names
        .map(|name| Difference {
            name: (*name).clone(),
            before: before.get(name).copied().flatten(),
            after: after.get(name).copied().flatten(),
        })
        .filter(|difference| difference.before != difference.after && is_known(&difference.name))
        .collect();
    differences.sort_by(|a, b| {
        b.change().unsigned_abs().cmp(&a.change().unsigned_abs()).then_with(|| a.name.cmp(&b.name))
    });
    differences
}

/// The sum of the known durations of each name; `None` where none is known.
fn totals(events: &[Event]) -> BTreeMap<&Arc<str>, Option<i64>> {
    let mut totals = BTreeMap::<&Arc<str>, Option<i64>>::new();
    for event in events.iter().filter(|event| event.state != State::Point) {
        let total = totals.entry(&event.name).or_default();
        if let Some(duration) = event.duration() {
            *total = Some(total.unwrap_or(0).saturating_add(duration));
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, start: Option<i64>, end: Option<i64>) -> Event {
        let (name, host, text, attributes) = (name.into(), "".into(), Box::default(), Vec::new());
        let state = State::Done;
        Event { name, host, id: 0, parent: 0, start, end, state, text, attributes, truncated: false }
    }

    #[test]
    fn the_largest_change_comes_first_and_what_stayed_is_left_out() {
        let before =
            [event("a", Some(0), Some(10)), event("b", Some(0), Some(10)), event("c", Some(0), Some(1))];
        let after =
            [event("a", Some(0), Some(12)), event("b", Some(0), Some(5)), event("c", Some(7), Some(8))];
        let differences = compare(&before, &after);
        let changes: Vec<_> = differences.iter().map(|each| (each.name.as_ref(), each.change())).collect();
        assert_eq!(changes, [("b", -5), ("a", 2)]);
    }

    #[test]
    fn new_and_gone_are_told_apart_from_zero() {
        let differences = compare(&[event("gone", Some(0), Some(3))], &[event("new", Some(0), Some(4))]);
        assert_eq!((differences[0].before, differences[0].after), (None, Some(4)));
        assert_eq!((differences[1].before, differences[1].after), (Some(3), None));
    }

    #[test]
    fn unknown_durations_are_not_invented() {
        assert_eq!(compare(&[event("a", None, Some(3))], &[event("a", Some(1), None)]), []);
        assert_eq!(compare(&[event("a", Some(1), Some(3))], &[event("a", Some(1), None)]), []);
    }
}
