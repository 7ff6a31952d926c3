//! Throwing out what is used least.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use super::Memory;
use crate::catalog::timeline::{Live, locked};

impl Memory {
    /// Notes something that could be thrown out.
    pub(in crate::catalog) fn add_loaded(&self, live: &Arc<Mutex<Live>>) {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(live));
    }

    /// Throws out what is used least, until there is room for so many bytes more, or nothing is left to throw out: first
    /// what was made of folds, then folds that nobody watches, then what was told to watchers, then what they watch. True if
    /// there was not enough room before.
    ///
    /// No timeline may be locked by who calls this.
    pub(in crate::catalog) fn make_room(&self, bytes: usize) -> bool {
        if self.held().saturating_add(bytes) <= self.budget {
            return false;
        }
        // A little below the budget, so that there is room for a while.
        let enough = (self.budget / 8 * 7).min(self.budget.saturating_sub(bytes));
        let loaded = self.least_recently_used_first();
        let steps: [fn(&mut Live, &Memory); 4] =
            [Live::forget_made, Live::evict_unwatched, Live::forget_told, Live::evict];
        for step in steps {
            for live in &loaded {
                if self.held() <= enough {
                    return true;
                }
                step(&mut locked(live), self);
            }
        }
        true
    }

    fn least_recently_used_first(&self) -> Vec<Arc<Mutex<Live>>> {
        let mut all: Vec<(Instant, Arc<Mutex<Live>>)> = self
            .loaded()
            .into_iter()
            .filter_map(|live| {
                let used = locked(&live).used_if_loaded()?;
                Some((used, live))
            })
            .collect();
        all.sort_by_key(|(used, _)| *used);
        all.into_iter().map(|(_, live)| live).collect()
    }

    /// Everything that could be thrown out. Nobody who locks one of these may wait for the list, so that is not held.
    fn loaded(&self) -> Vec<Arc<Mutex<Live>>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.retain(|live| live.strong_count() > 0);
        loaded.iter().filter_map(Weak::upgrade).collect()
    }
}
