//! Where the starts are of events that may end in the same block.

use crate::timeline::SpanPlace;

/// A start in the block that is being written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// The how manieth start with an id of the block it is, from 1 on.
    pub(super) number: u64,
    pub(super) time: i64,
    pub(super) parent: u64,
}

/// Starts by the places of their events in the fold. Those of new events are consecutive, so this is a list and
/// nothing is hashed.
#[derive(Debug, Default)]
pub(super) struct Starts {
    count: u64,
    base: u32,
    by_place: Vec<Option<Start>>,
}

/// New events between two starts of a block, beyond which the starts before are forgotten: somebody else, a reader
/// of the store, has added those events.
const GAP: usize = 4_096;

impl Starts {
    /// Adds a start; its number.
    pub(super) fn add(&mut self, place: SpanPlace, time: i64, parent: u64) {
        self.count += 1;
        let start = Start { number: self.count, time, parent };
        if let Some(slot) = self.slot(place) {
            *slot = Some(start);
        }
    }

    /// How far back the start of this event is, 1 being the latest start; and that start.
    pub(super) fn find(&self, place: SpanPlace) -> Option<(u64, Start)> {
        let index = place.number().checked_sub(self.base)?;
        let start = (*self.by_place.get(index as usize)?)?;
        Some((self.count - start.number + 1, start))
    }

    /// Forgets them, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.by_place.clear();
        self.count = 0;
    }

    /// Bytes of memory for one more start.
    pub(super) const START_BYTES: usize = size_of::<Option<Start>>();

    fn slot(&mut self, place: SpanPlace) -> Option<&mut Option<Start>> {
        if self.by_place.is_empty() {
            self.base = place.number();
        }
        let index = place.number().checked_sub(self.base)? as usize;
        if index > self.by_place.len() + GAP {
            self.by_place.clear();
            return self.slot(place);
        }
        if index >= self.by_place.len() {
            self.by_place.resize(index + 1, None);
        }
        self.by_place.get_mut(index)
    }
}
