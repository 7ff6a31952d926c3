//! Keeping the folds within their budget of memory: the least recently used go first.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Catalog, Timeline};

impl Catalog {
    /// Bytes of all folds in memory, estimated.
    #[must_use]
    pub(crate) fn fold_bytes(&self) -> usize {
        self.fold_bytes.load(Ordering::Relaxed)
    }

    /// Throws folds out until the budget is met, except those that are watched or not yet stored.
    pub(crate) fn shrink(&self) {
        if self.fold_bytes() <= self.fold_budget {
            return;
        }
        for timeline in self.least_recently_used_first() {
            if self.fold_bytes() <= self.fold_budget {
                return;
            }
            timeline.evict();
        }
    }

    fn least_recently_used_first(&self) -> Vec<Arc<Timeline>> {
        let contexts = self.contexts_after(None, usize::MAX);
        let mut timelines: Vec<_> =
            contexts.iter().flat_map(|context| context.older(None, usize::MAX)).collect();
        timelines.sort_by_cached_key(|timeline| timeline.live().used);
        timelines
    }
}
