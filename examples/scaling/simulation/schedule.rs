//! What is to happen, in the order of its time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Event, Nanoseconds};

#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// Of what happens at the same time, the first that was added comes first, so that every run is the same.
    order: BinaryHeap<Reverse<(Nanoseconds, u64, usize)>>,
    events: Vec<Event>,
    /// Places of events that have happened.
    free: Vec<usize>,
    added: u64,
}

impl Schedule {
    pub(super) fn add(&mut self, time: Nanoseconds, event: Event) {
        let place = self.free.pop().unwrap_or(self.events.len());
        match self.events.get_mut(place) {
            Some(free) => *free = event,
            None => self.events.push(event),
        }
        self.order.push(Reverse((time, self.added, place)));
        self.added += 1;
    }

    pub(super) fn next(&mut self) -> Option<(Nanoseconds, Event)> {
        let Reverse((time, _, place)) = self.order.pop()?;
        self.free.push(place);
        Some((time, self.events[place]))
    }
}
