//! Keeping what is in memory within its bounds: folds, of which the least recently used go first, and
//! names, which stay.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::{Catalog, Timeline};

/// Bytes of names of contexts and timelines at most, with what is kept beside each: some 300,000 timelines
/// with names of usual length. A stranger who invents names must not exhaust the memory.
const NAME_BYTES: usize = 512 << 20;
/// What a context or a timeline costs beside its names, estimated.
const ENTRY_BYTES: usize = 1_600;
/// How often a timeline's names are kept: in itself, in its document, in the name of its stream, in maps.
const NAME_COPIES: usize = 6;

/// What is in memory, in bytes, estimated.
#[derive(Debug)]
pub(super) struct Memory {
    folds: AtomicUsize,
    fold_budget: usize,
    names: AtomicUsize,
    exceeded: Notify,
}

impl Memory {
    pub(super) fn new(fold_budget: usize) -> Self {
        Memory {
            folds: AtomicUsize::new(0),
            fold_budget,
            names: AtomicUsize::new(0),
            exceeded: Notify::new(),
        }
    }

    /// Counts a fold whose size changed.
    pub(super) fn count_fold(&self, before: usize, after: usize) {
        self.folds.fetch_add(after, Ordering::Relaxed);
        self.folds.fetch_sub(before, Ordering::Relaxed);
        if self.is_exceeded() {
            self.exceeded.notify_one();
        }
    }

    /// Counts an entry with names of so many bytes.
    pub(super) fn count_names(&self, bytes: usize) {
        self.names.fetch_add(ENTRY_BYTES + NAME_COPIES * bytes, Ordering::Relaxed);
    }

    /// The entry is gone.
    pub(super) fn uncount_names(&self, bytes: usize) {
        self.names.fetch_sub(ENTRY_BYTES + NAME_COPIES * bytes, Ordering::Relaxed);
    }

    fn is_exceeded(&self) -> bool {
        self.folds.load(Ordering::Relaxed) > self.fold_budget
    }

    /// A little below the budget, so that there is room for a while.
    fn is_roomy(&self) -> bool {
        self.folds.load(Ordering::Relaxed) <= self.fold_budget / 8 * 7
    }
}

impl Catalog {
    /// Bytes of all folds in memory, estimated.
    #[must_use]
    pub(crate) fn fold_bytes(&self) -> usize {
        self.memory.folds.load(Ordering::Relaxed)
    }

    /// Bytes of all names in memory, estimated.
    #[must_use]
    pub(crate) fn name_bytes(&self) -> usize {
        self.memory.names.load(Ordering::Relaxed)
    }

    /// True if no context and no timeline may be added.
    pub(crate) fn is_full(&self) -> bool {
        self.name_bytes() >= NAME_BYTES
    }

    /// Until the folds are over their budget.
    pub(crate) async fn exceeded(&self) {
        self.memory.exceeded.notified().await;
    }

    /// Throws folds out until the budget is met, except those that are watched and what is not yet stored.
    pub(crate) fn shrink(&self) {
        if !self.memory.is_exceeded() {
            return;
        }
        for timeline in self.least_recently_used_first() {
            if self.memory.is_roomy() {
                return;
            }
            timeline.evict();
        }
    }

    fn least_recently_used_first(&self) -> Vec<Arc<Timeline>> {
        let contexts = self.contexts_after(None, usize::MAX);
        let mut timelines: Vec<_> =
            contexts.iter().flat_map(|context| context.older(None, usize::MAX)).collect();
        timelines.retain(|timeline| timeline.is_loaded());
        timelines.sort_by_cached_key(|timeline| timeline.live().used);
        timelines
    }
}

#[cfg(test)]
mod tests;
