//! An event's place in the list of its timeline's events: short, whatever the event is called, and still
//! found when the event has changed or is gone.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::timeline::{Event, State};

/// When the event began, a digest of what it is, and how many events before it begin then and have the
/// same digest: repeated ones without ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) first: i64,
    pub(crate) digest: u64,
    pub(crate) earlier: usize,
}

impl Place {
    /// The place of the event with this index, the events being in their listing order. Of those that begin with it, none
    /// is missing.
    pub(super) fn of(events: &[Event], index: usize) -> Option<Self> {
        let (before, event) = (events.get(..index)?, events.get(index)?);
        // In the listing order, nothing else is between those of one name, host and id.
        let alike = before.iter().rev().take_while(|other| key(other) == key(event));
        let earlier = alike.filter(|other| kind(other) == kind(event)).count();
        Some(Place { first: event.first(), digest: digest(event), earlier })
    }

    /// The index of the event behind this place; without the event, of the first that begins then, so that
    /// nothing is skipped.
    pub(super) fn after(self, events: &[Event]) -> usize {
        let same = self.beginning_then(events);
        self.find(events, same.clone()).map_or(same.start, |index| index + 1)
    }

    /// The index of the event at this place; without the event, that behind the last that begins then.
    pub(super) fn before(self, events: &[Event]) -> usize {
        let same = self.beginning_then(events);
        self.find(events, same.clone()).unwrap_or(same.end)
    }

    fn beginning_then(self, events: &[Event]) -> Range<usize> {
        let start = events.partition_point(|event| event.first() < self.first);
        start..events.partition_point(|event| event.first() <= self.first)
    }

    /// The event with as many alike before it, or else the last of those alike.
    fn find(self, events: &[Event], mut range: Range<usize>) -> Option<usize> {
        let alike = range.by_ref().filter(|index| events.get(*index).map(digest) == Some(self.digest));
        alike.take(self.earlier.saturating_add(1)).last()
    }
}

fn key(event: &Event) -> (i64, &str, &str, u64) {
    (event.first(), &event.name, &event.host, event.id)
}

/// Tells apart what may be alike in all else: a point, a start, an end whose start is unknown.
fn kind(event: &Event) -> (bool, bool) {
    (event.state == State::Point, event.start.is_some())
}

/// The beginning of a SHA-256 of what does not change while the event begins when it does.
fn digest(event: &Event) -> u64 {
    let mut hash = Sha256::new();
    for text in [&event.name, &event.host] {
        hash.update(text.len().to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.update(event.id.to_be_bytes());
    let (is_point, is_begun) = kind(event);
    hash.update([u8::from(is_point), u8::from(is_begun)]);
    hash.finalize().iter().take(8).fold(0, |digest, byte| digest << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, start: i64, end: Option<i64>) -> Event {
        let state = if end.is_some() { State::Done } else { State::Open };
        Event {
            name: name.into(),
            host: "h".into(),
            id: 0,
            parent: 0,
            start: Some(start),
            end,
            state,
            text: Box::default(),
            attributes: Vec::new(),
            truncated: false,
        }
    }

    /// In listing order, with three that are alike but for their ends.
    fn events() -> Vec<Event> {
        vec![
            event("a", 1, None),
            event("a", 2, Some(3)),
            event("b", 2, Some(5)),
            event("b", 2, Some(6)),
            event("b", 2, Some(7)),
            event("c", 2, None),
            event("a", 9, None),
        ]
    }

    #[test]
    fn every_place_is_found_again() {
        let events = events();
        for index in 0..events.len() {
            let place = Place::of(&events, index).expect("an event");
            assert_eq!((place.after(&events), place.before(&events)), (index + 1, index));
        }
        assert_eq!(Place::of(&events, events.len()), None);
    }

    #[test]
    fn an_event_that_ended_meanwhile_is_still_at_its_place() {
        let mut events = events();
        let place = Place::of(&events, 5).expect("an event");
        events[5].end = Some(100);
        events[5].state = State::Failed;
        assert_eq!(place.after(&events), 6);
    }

    #[test]
    fn where_an_event_is_gone_nothing_is_skipped() {
        let mut events = events();
        let place = Place::of(&events, 5).expect("an event");
        events.remove(5);
        assert_eq!((place.after(&events), place.before(&events)), (1, 5));
        let last = Place::of(&events, 4).expect("an event");
        events.remove(4);
        assert_eq!(last.after(&events), 4, "the last of those alike");
    }
}
