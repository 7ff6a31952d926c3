//! Bounds on bytes: of what has come and is not folded yet, and of what waits for the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// With less memory than this, only folds have less.
const LEAST_BYTES: usize = 1 << 20;

/// Bytes that may be held for one purpose at a time.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    held: AtomicUsize,
}

impl Budget {
    /// Nothing is held so far.
    pub(crate) fn new(limit: usize) -> Self {
        Budget { limit, held: AtomicUsize::new(0) }
    }

    /// Holds so many bytes more, if there is room. Where nothing is held there is room for anything: what is larger than
    /// the limit would be refused for ever.
    pub(crate) fn try_hold(&self, bytes: usize) -> bool {
        self.try_hold_within(0, bytes, self.limit)
    }

    /// As [`try_hold`](Self::try_hold), with so much more room: for the little that must not be refused because of the rest.
    pub(crate) fn try_hold_beyond(&self, bytes: usize, room: usize) -> bool {
        self.try_hold_within(0, bytes, self.limit.saturating_add(room))
    }

    /// Gives back what was held.
    pub(crate) fn release(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes held.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// By one who holds `own` bytes already.
    fn try_hold_within(&self, own: usize, bytes: usize, limit: usize) -> bool {
        let more = |held: usize| {
            let sum = held.saturating_add(bytes);
            (held == own || sum <= limit).then_some(sum)
        };
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }
}

/// Bytes of a budget that are given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Held {
    /// None so far.
    pub(crate) fn none(budget: Arc<Budget>) -> Self {
        Held { budget, bytes: 0 }
    }

    /// Holds so many bytes more, if there is room.
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        self.grow_beyond(bytes, 0)
    }

    /// As [`grow`](Self::grow), with so much more room.
    pub(crate) fn grow_beyond(&mut self, bytes: usize, room: usize) -> bool {
        let limit = self.budget.limit.saturating_add(room);
        let is_held = self.budget.try_hold_within(self.bytes, bytes, limit);
        self.bytes += if is_held { bytes } else { 0 };
        is_held
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.release(self.bytes);
    }
}

/// How the memory that the server is given is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Division {
    /// Folds of timelines in use.
    pub(crate) folds: usize,
    /// Marks that wait for the store, twice: as they will be stored, and in folds that can't be thrown out before.
    pub(crate) waiting: usize,
    /// Datagrams that were received and wait for the door.
    pub(crate) datagrams: usize,
    /// Datagrams that wait beside them, for the store.
    pub(crate) beside: usize,
    /// Bodies of requests.
    pub(crate) bodies: usize,
}

impl Division {
    /// The parts of so many bytes. What has come needs some room, however little there is.
    pub(crate) fn of(memory_bytes: usize) -> Self {
        let shared = memory_bytes.max(LEAST_BYTES);
        let (waiting, datagrams, beside, bodies) = (shared / 4, shared / 16, shared / 16, shared / 16);
        let folds = memory_bytes.saturating_sub(waiting + datagrams + beside + bodies);
        Division { folds, waiting, datagrams, beside, bodies }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_never_exceeds_the_limit_but_for_one_that_is_alone() {
        let budget = Budget::new(100);
        assert!(budget.try_hold(60) && !budget.try_hold(41) && budget.try_hold(40) && !budget.try_hold(1));
        budget.release(100);
        assert!(budget.try_hold(500), "nothing else is there");
        assert!(!budget.try_hold(1));
        assert_eq!(budget.held(), 500);
    }

    #[test]
    fn who_holds_bytes_grows_while_there_is_room_and_gives_all_back() {
        let budget = Arc::new(Budget::new(100));
        let (mut one, mut other) = (Held::none(budget.clone()), Held::none(budget.clone()));
        assert!(one.grow(70) && !other.grow(31) && other.grow(30) && !one.grow(1));
        drop(other);
        assert!(one.grow(500), "it is alone");
        drop(one);
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn the_parts_are_the_whole() {
        for bytes in [LEAST_BYTES, 256 << 20, usize::MAX] {
            let Division { folds, waiting, datagrams, beside, bodies } = Division::of(bytes);
            assert_eq!(folds + waiting + datagrams + beside + bodies, bytes);
        }
        assert_eq!(Division::of(0), Division { folds: 0, ..Division::of(LEAST_BYTES) });
    }
}
