//! What a timeline has in memory, and throwing that out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{EventHash, Lean, Live, Loaded, Pending, Timeline};
use crate::catalog::memory::Memory;

/// Locks a timeline.
pub(in crate::catalog) fn locked(live: &Mutex<Live>) -> MutexGuard<'_, Live> {
    live.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Timeline {
    pub(in crate::catalog) fn count_bytes(&self, live: &mut Live) {
        live.count_bytes(&self.memory);
        if live.has_something() && !std::mem::replace(&mut live.is_listed, true) {
            self.memory.add_loaded(&self.live);
        }
    }

    /// Where its memory is counted.
    pub(in crate::catalog) fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }
}

impl Live {
    /// When it was used last, if there is anything that could be thrown out.
    pub(in crate::catalog) fn used_if_loaded(&self) -> Option<Instant> {
        self.has_something().then_some(self.used)
    }

    fn has_something(&self) -> bool {
        self.counted_bytes > 0 || self.tables.are_some()
    }

    /// Throws out what was made of the fold and can be made again.
    pub(in crate::catalog) fn forget_made(&mut self, memory: &Memory) {
        self.tables.clear();
        if let Some(large) = self.large.get_mut() {
            large.forget();
        }
        self.count_bytes(memory);
    }

    /// Throws out what is kept for those who watch: who has not read it has to start over.
    pub(in crate::catalog) fn forget_told(&mut self, memory: &Memory) {
        self.hub.forget_told();
        self.count_bytes(memory);
    }

    /// Throws the fold out as [`evict`](Self::evict) does, unless somebody watches.
    pub(in crate::catalog) fn evict_unwatched(&mut self, memory: &Memory) {
        if !self.hub.is_watched() {
            self.hub.forget_told();
            self.evict(memory);
        }
    }

    /// Throws the fold out, whether it is complete or not, unless it is being committed: all of it but what is not
    /// stored yet. While marks keep coming, there is always some of that. Who watches is told that something
    /// changed, and has to ask, until the fold is complete again.
    pub(in crate::catalog) fn evict(&mut self, memory: &Memory) {
        if self.is_committing {
            return;
        }
        let Ok(fold) = self.pending.close() else { return };
        let hash = |(name, host, id): (&str, &str, u64)| memory.hasher().hash(name, host, id);
        self.open_when_evicted.add(self.fold.open().map(hash).collect());
        self.fold = fold;
        self.is_complete = false;
        self.hub.note_eviction();
        self.evictions += 1;
        self.forget_made(memory);
    }

    /// Takes a fold that has everything that is stored up to `read`, as far as it is not in this one.
    ///
    /// It is given back, and nothing is done, if what was in this one may be stored behind `read` and not here any more.
    pub(in crate::catalog) fn complete(&mut self, mut loaded: Loaded) -> Option<Loaded> {
        if self.evictions != loaded.evictions || self.pending.close().is_err() {
            return Some(loaded);
        }
        loaded.fold.merge(&self.fold);
        self.fold = loaded.fold.into();
        self.read = self.read.max(loaded.read);
        self.is_complete = true;
        self.hub.note_completion();
        self.evictions += 1;
        self.open_when_evicted.clear();
        None
    }

    /// Remembers that these events are open, too.
    pub(in crate::catalog) fn add_open(&mut self, hashes: Vec<EventHash>) {
        self.open_when_evicted.add(hashes);
    }

    /// Drops everything: the timeline is gone.
    pub(super) fn forget_all(&mut self, memory: &Memory) {
        (self.fold, self.pending) = (Lean::default(), Pending::default());
        self.open_when_evicted.clear();
        self.large.clear();
        self.forget_made(memory);
    }

    fn count_bytes(&mut self, memory: &Memory) {
        let made = self.tables.bytes() + self.large.bytes() + self.hub.bytes();
        let bytes = self.fold.bytes() + self.open_when_evicted.bytes() + made;
        memory.count(self.counted_bytes, bytes);
        self.counted_bytes = bytes;
    }
}
