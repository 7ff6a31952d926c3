//! Which contexts and timelines there are, and the folds of those in use.
//!
//! Names and order are kept in memory and, as documents, in the store. The marks of a timeline are a
//! stream in the store; its fold is built from that when somebody asks, kept while there is room, and
//! extended by `ingest` as marks arrive. Where other servers use the same store, what they store is added
//! (`follow`), and all agree on the active timeline (`opening`). Because a fold takes marks in any order and any number of
//! times, one that misses what is in the store may take new marks already and be completed later.

pub mod block;
mod change;
mod context;
pub(crate) mod document;
mod follow;
mod load;
mod long_names;
mod memory;
mod opening;
mod timeline;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

pub(crate) use self::context::Context;
pub(crate) use self::long_names::LONG_BYTES;
use self::memory::Memory;
pub(crate) use self::opening::{Opened, Wanted};
pub(crate) use self::timeline::{Pending, Timeline};
use crate::store::{self, Store};
use upto::wire::{Kind, Message};

/// Everything that the server knows, by name.
pub(crate) struct Catalog {
    store: Arc<dyn Store>,
    contexts: RwLock<BTreeMap<Arc<str>, Arc<Context>>>,
    memory: Arc<Memory>,
    /// Timelines that somebody watched here; some may not be watched any more.
    watched: Mutex<Vec<Weak<Timeline>>>,
}

impl Catalog {
    /// Reads the names of all contexts and timelines from the store; `fold_budget` is in bytes.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn open(store: Arc<dyn Store>, fold_budget: usize) -> store::Result<Self> {
        let memory = Arc::new(Memory::new(fold_budget));
        let catalog = Catalog { store, contexts: RwLock::default(), memory, watched: Mutex::default() };
        catalog.read_all().await?;
        Ok(catalog)
    }

    /// The context of this name, if there is one.
    #[must_use]
    pub(crate) fn context(&self, name: &str) -> Option<Arc<Context>> {
        self.contexts.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Up to `limit` contexts in the order of their names, those after `after` only.
    #[must_use]
    pub(crate) fn contexts_after(&self, after: Option<&str>, limit: usize) -> Vec<Arc<Context>> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let contexts = self.contexts.read().unwrap_or_else(PoisonError::into_inner);
        contexts
            .range::<str, _>((start, Bound::Unbounded))
            .take(limit)
            .map(|(_, context)| context.clone())
            .collect()
    }

    /// Up to `limit` contexts before `before`, in the order of their names.
    #[must_use]
    pub(crate) fn contexts_before(&self, before: &str, limit: usize) -> Vec<Arc<Context>> {
        let contexts = self.contexts.read().unwrap_or_else(PoisonError::into_inner);
        let range = contexts.range::<str, _>((Bound::Unbounded, Bound::Excluded(before)));
        let mut found: Vec<_> = range.rev().take(limit).map(|(_, context)| context.clone()).collect();
        found.reverse();
        found
    }

    /// How many contexts there are.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.contexts.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The context of this name, made if need be.
    pub(crate) fn context_or_new(&self, name: &str) -> Arc<Context> {
        if let Some(context) = self.context(name) {
            return context;
        }
        let mut contexts = self.contexts.write().unwrap_or_else(PoisonError::into_inner);
        let name: Arc<str> = name.into();
        let new = || {
            self.memory.count_names(name.len());
            Arc::new(Context::new(name.clone(), self.memory.clone()))
        };
        contexts.entry(name.clone()).or_insert_with(new).clone()
    }

    /// True if taking this message would add a context or a timeline.
    pub(crate) fn would_add(&self, message: &Message<'_>) -> bool {
        let Some(context) = self.context(message.context) else { return true };
        match message.timeline {
            "" => message.kind == Kind::New,
            timeline => context.timeline(timeline).is_none(),
        }
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}
