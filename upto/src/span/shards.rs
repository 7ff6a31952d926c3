//! Maps behind mutexes, several so that threads seldom wait for one another.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

const SHARDS: usize = 16;

#[derive(Debug)]
pub(super) struct Shards<K, V> {
    shards: [Mutex<Option<HashMap<K, V>>>; SHARDS],
    /// A thread that does not exist in this process holds a lock, for ever.
    is_lost: AtomicBool,
}

impl<K, V> Shards<K, V> {
    pub(super) const fn new() -> Self {
        Shards { shards: [const { Mutex::new(None) }; SHARDS], is_lost: AtomicBool::new(false) }
    }

    /// The map that has what is numbered so; `None`: it can't be reached.
    pub(super) fn lock(&self, number: u64) -> Option<MutexGuard<'_, Option<HashMap<K, V>>>> {
        if self.is_lost.load(Ordering::Relaxed) {
            return None;
        }
        // The lowest bits of a slot's key are those of its place, which are used again and again.
        let shard = usize::try_from((number ^ number >> 22) % SHARDS as u64).unwrap_or(0);
        Some(self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// In a child process, finds out whether the fork has left a lock without its holder. Then nothing is kept.
    pub(super) fn check_after_fork(&self) {
        let is_lost = |shard: &Mutex<_>| matches!(shard.try_lock(), Err(TryLockError::WouldBlock));
        if self.shards.iter().any(is_lost) {
            self.is_lost.store(true, Ordering::Relaxed);
        }
    }

    /// Does something to each map that can be reached, one after the other.
    pub(super) fn for_each(&self, mut work: impl FnMut(&mut HashMap<K, V>)) {
        for shard in 0..SHARDS as u64 {
            self.lock(shard).as_deref_mut().and_then(Option::as_mut).map(&mut work);
        }
    }

    /// Does something while all of them are locked, for tests of what a fork leaves.
    #[cfg(all(test, unix))]
    pub(super) fn while_locked(&self, work: &mut dyn FnMut()) {
        let _shards: Vec<_> = (0..SHARDS as u64).map(|shard| self.lock(shard)).collect();
        work();
    }
}
