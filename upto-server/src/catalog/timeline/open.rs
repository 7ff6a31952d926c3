//! Which events were open when the fold of their timeline was thrown out.
//!
//! Of each, 16 bytes are kept: a hash by two keys that are random for each run. Among a million open events, one that is
//! not is taken for open once in 10^32 times, so what a hash says is not checked. What there is no room for is forgotten,
//! and counted: what ends such an event without naming its timeline goes to the active one, where it shows as an event
//! whose start is unknown.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use crate::catalog::memory::Memory;

/// Makes hashes of what tells events apart.
#[derive(Debug, Default)]
pub(in crate::catalog) struct EventHasher(RandomState, RandomState);

/// The hash of an event.
pub(in crate::catalog) type EventHash = u128;

impl EventHasher {
    pub(in crate::catalog) fn hash(&self, name: &str, host: &str, id: u64) -> EventHash {
        let halves = [&self.0, &self.1].map(|half| u128::from(half.hash_one((name, host, id))));
        halves[0] << 64 | halves[1]
    }
}

/// Open events of one timeline. They count in the memory until they are dropped.
#[derive(Debug)]
pub(super) struct OpenEvents {
    memory: Arc<Memory>,
    /// In their order, each once.
    hashes: Vec<EventHash>,
    /// Those of them that ended meanwhile.
    ended: HashSet<EventHash>,
    held_bytes: usize,
}

/// What an open event costs: some of them may be among those that ended.
const EVENT_BYTES: usize = 2 * size_of::<EventHash>();

impl OpenEvents {
    pub(super) fn none(memory: &Arc<Memory>) -> Self {
        OpenEvents { memory: memory.clone(), hashes: Vec::new(), ended: HashSet::new(), held_bytes: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    pub(super) fn has(&self, name: &str, host: &str, id: u64) -> bool {
        let hash = || self.memory.hasher().hash(name, host, id);
        !self.is_empty() && self.has_hash(hash())
    }

    /// Adds events, as far as there is room.
    pub(super) fn add(&mut self, mut hashes: Vec<EventHash>) {
        self.leave_out_ended();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.retain(|hash| self.hashes.binary_search(hash).is_err());
        let room = self.memory.hold_open(hashes.len(), EVENT_BYTES);
        hashes.truncate(room);
        self.held_bytes += hashes.len() * EVENT_BYTES;
        self.hashes.append(&mut hashes);
        self.hashes.sort_unstable();
        self.hashes.shrink_to_fit();
    }

    /// This one has ended.
    pub(super) fn remove(&mut self, name: &str, host: &str, id: u64) {
        if self.is_empty() {
            return;
        }
        let hash = self.memory.hasher().hash(name, host, id);
        if self.has_hash(hash) {
            self.ended.insert(hash);
        }
        if self.ended.len() > self.hashes.len() / 4 {
            self.leave_out_ended();
        }
    }

    /// Forgets all of them: the fold knows.
    pub(super) fn clear(&mut self) {
        (self.hashes, self.ended) = (Vec::new(), HashSet::new());
        self.hold(0);
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.held_bytes
    }

    fn has_hash(&self, hash: EventHash) -> bool {
        self.hashes.binary_search(&hash).is_ok() && !self.ended.contains(&hash)
    }

    fn leave_out_ended(&mut self) {
        let ended = std::mem::take(&mut self.ended);
        self.hashes.retain(|hash| !ended.contains(hash));
        self.hold(self.hashes.len() * EVENT_BYTES);
    }

    /// No more than were held.
    fn hold(&mut self, bytes: usize) {
        self.memory.release_open(self.held_bytes - bytes);
        self.held_bytes = bytes;
    }
}

impl Drop for OpenEvents {
    fn drop(&mut self) {
        self.hold(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: u64 = 1_000_000;

    fn hashes(memory: &Memory, events: u64) -> Vec<EventHash> {
        (0..events).map(|id| memory.hasher().hash("n", "h", id)).collect()
    }

    #[test]
    fn a_million_open_events_take_32_bytes_each_and_are_told_from_others() {
        let memory = Arc::new(Memory::new(1 << 30));
        let mut open = OpenEvents::none(&memory);
        open.add(hashes(&memory, EVENTS));
        assert_eq!(open.bytes(), 32_000_000);
        assert!((0..EVENTS).all(|id| open.has("n", "h", id)));
        assert!((EVENTS..2 * EVENTS).all(|id| !open.has("n", "h", id)));
        assert!(!open.has("n", "", 1) && !open.has("m", "h", 1));
        (0..EVENTS).filter(|id| id % 3 > 0).for_each(|id| open.remove("n", "h", id));
        assert!((0..EVENTS).all(|id| open.has("n", "h", id) == (id % 3 == 0)));
        assert!(open.bytes() < 16_000_000, "{}", open.bytes());
        open.add(hashes(&memory, 5));
        assert!((0..5).all(|id| open.has("n", "h", id)));
    }

    #[test]
    fn what_there_is_no_room_for_is_forgotten_and_counted() {
        let memory = Arc::new(Memory::new(8 << 20));
        let (mut one, mut other) = (OpenEvents::none(&memory), OpenEvents::none(&memory));
        one.add(hashes(&memory, 30_000));
        other.add(hashes(&memory, 30_000));
        let room = (1 << 20) / 32;
        assert_eq!((one.bytes() + other.bytes()) / 32, room);
        assert_eq!(memory.forgotten_open(), 60_000 - room as u64);
        let known = (0..30_000).filter(|id| other.has("n", "h", *id)).count();
        assert_eq!(known, room - 30_000);
        drop(one);
        other.add(hashes(&memory, 30_000));
        assert!((0..30_000).all(|id| other.has("n", "h", id)), "there is room again");
    }
}
