//! The time that an event has for itself: without what is nested in it.
//!
//! If an ancestor and its descendant both took a second longer, that was one second. And what only the
//! ancestor did, such as compiling a program before it was linked, is nowhere but in its own time.

use std::collections::HashMap;

use upto_server::timeline::{Event, path};

/// The instants from and to.
type Span = (i64, i64);

/// The same events, each lasting as long as its own time. What has no known duration stays as it is.
pub(super) fn own_times(events: &[Event]) -> Vec<Event> {
    let nested = nested(events);
    let own = |event: &Event| {
        let mut own = event.clone();
        if let (Some(start), Some(end)) = (event.start, event.end) {
            let spans = nested.get(&*event.name).map(Vec::as_slice).unwrap_or_default();
            own.end = Some(end.saturating_sub(covered(spans, (start, end))));
        }
        own
    };
    events.iter().map(own).collect()
}

/// For each name, when what is nested in it ran, in the order of time.
fn nested(events: &[Event]) -> HashMap<&str, Vec<Span>> {
    let mut nested = HashMap::<&str, Vec<Span>>::new();
    for event in events {
        let (Some(start), Some(end)) = (event.start, event.end) else { continue };
        for dot in path::separators(&event.name) {
            nested.entry(&event.name[..dot]).or_default().push((start, end));
        }
    }
    nested.values_mut().for_each(|spans| spans.sort_unstable());
    nested
}

/// How much of `whole` is covered by `spans`, which are in order and may overlap.
fn covered(spans: &[Span], whole: Span) -> i64 {
    let (mut at, mut covered) = (whole.0, 0);
    for &(start, end) in spans {
        let (start, end) = (start.max(at), end.min(whole.1));
        if start < end {
            covered += end - start;
            at = end;
        }
    }
    covered
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use upto_server::timeline::State;

    pub(in crate::report) fn event(name: &str, start: i64, end: i64) -> Event {
        Event {
            name: name.into(),
            host: "".into(),
            id: 0,
            parent: 0,
            start: Some(start),
            end: Some(end),
            state: State::Done,
            text: Box::default(),
            attributes: Vec::new(),
            truncated: false,
        }
    }

    fn own(events: &[Event]) -> Vec<i64> {
        own_times(events).iter().filter_map(Event::duration).collect()
    }

    #[test]
    fn what_is_nested_counts_once_however_deep_and_parallel() {
        let events = [
            event("b", 0, 100),
            event("b.x", 10, 60),
            event("b.x.link", 40, 60),
            event("b.y", 50, 90),
            event("b.y.implied.deep", 50, 70),
        ];
        assert_eq!(own(&events), [20, 30, 20, 20, 20]);
    }

    #[test]
    fn only_what_lies_within_is_taken_off() {
        let events = [event("a", 10, 20), event("a.b", 0, 12), event("a.c", 18, 50), event("ab", 10, 20)];
        assert_eq!(own(&events), [6, 12, 32, 10]);
    }

    #[test]
    fn an_escaped_dot_nests_nothing() {
        assert_eq!(own(&[event(r"a\", 0, 10), event(r"a\.b", 0, 10), event("a", 0, 10)]), [10, 10, 10]);
    }

    #[test]
    fn what_is_open_stays_open_and_takes_nothing_off() {
        let open = Event { end: None, state: State::Open, ..event("a.b", 5, 5) };
        let own = own_times(&[event("a", 0, 10), open]);
        assert_eq!((own[0].duration(), own[1].duration()), (Some(10), None));
    }
}
