//! Which contexts and timelines there are, and the folds of those in use.
//!
//! Names and order are kept in memory and, as documents, in the store. The marks of a timeline are a
//! stream in the store; its fold is built from that when somebody asks, kept while there is room, and
//! extended by `ingest` as marks arrive. Where other servers use the same store, what they store is added
//! (`follow`), and all agree on the active timeline (`opening`). Because a fold takes marks in any order and any number of
//! times, one that misses what is in the store may take new marks already and be completed later.

mod asking;
pub mod block;
mod blocks;
mod change;
pub(crate) mod changes;
mod context;
mod damages;
pub(crate) mod digests;
pub(crate) mod document;
mod feed;
mod follow;
mod large;
mod lately;
mod load;
mod long_names;
mod memory;
mod names;
mod opening;
mod parts;
mod pictures;
mod rename;
mod search;
mod tables;
mod timeline;
mod turns;
mod unanswered;

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

pub(crate) use self::asking::FoldVersion;
pub(crate) use self::context::Context;
pub(crate) use self::damages::Damages;
pub(crate) use self::digests::{Digests, EARLIER};
use self::feed::Feed;
pub(crate) use self::feed::{Entry, FeedWatching, Key, Sweep};
pub(crate) use self::large::Wanted as WantedAnswer;
use self::lately::Lately;
pub(crate) use self::lately::PREFIX as LATELY;
pub(crate) use self::long_names::LONG_BYTES;
use self::memory::Memory;
pub(crate) use self::names::ALIASES;
use self::names::Naming;
pub(crate) use self::opening::{Opened, Wanted};
pub(crate) use self::pictures::Made;
pub(crate) use self::rename::{Renamed, readable_alias};
pub(crate) use self::search::Place;
pub(crate) use self::timeline::{Pending, Timeline};
pub(crate) use self::unanswered::Unanswered;
use crate::store::{self, Store};
use upto::wire::{Kind, Message};

/// Everything that the server knows, by name.
pub(crate) struct Catalog {
    store: Arc<dyn Store>,
    contexts: RwLock<BTreeMap<Arc<str>, Arc<Context>>>,
    /// Contexts by names that they do not have any more. Who locks both locks `contexts` first.
    former: RwLock<HashMap<Arc<str>, Arc<Context>>>,
    memory: Arc<Memory>,
    /// A timeline was opened here, and the other servers may not have been told.
    untold: AtomicBool,
    /// Timelines that somebody watched here; some may not be watched any more.
    watched: Mutex<Vec<Weak<Timeline>>>,
    /// What changed, for those who watch all of it.
    feed: Arc<Feed>,
    /// What was stored here and the other servers were not told.
    lately: Lately,
    /// What can't be read of what is stored.
    damages: Arc<Damages>,
}

impl Catalog {
    /// As [`open_noting`](Self::open_noting), telling nobody of what is damaged.
    #[cfg(test)]
    pub(crate) async fn open(store: Arc<dyn Store>, fold_budget: usize) -> store::Result<Self> {
        Self::open_noting(store, fold_budget, Damages::unheard()).await
    }

    /// Reads the names of all contexts and timelines from the store; `fold_budget` is in bytes. What can't be read is
    /// left out, and noted in `damages`.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn open_noting(
        store: Arc<dyn Store>,
        fold_budget: usize,
        damages: Damages,
    ) -> store::Result<Self> {
        let memory = Arc::new(Memory::new(fold_budget));
        let (contexts, watched, untold) = (RwLock::default(), Mutex::default(), AtomicBool::new(false));
        let (former, feed, lately) = (RwLock::default(), Arc::default(), Lately::default());
        let damages = Arc::new(damages);
        let catalog = Catalog { store, contexts, former, memory, untold, watched, feed, lately, damages };
        catalog.read_all().await?;
        Ok(catalog)
    }

    /// The context of this name, or that once had it, if there is one.
    #[must_use]
    pub(crate) fn context(&self, name: &str) -> Option<Arc<Context>> {
        let contexts = self.contexts.read().unwrap_or_else(PoisonError::into_inner);
        contexts.get(name).cloned().or_else(|| self.formerly(name))
    }

    fn formerly(&self, name: &str) -> Option<Arc<Context>> {
        self.former.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Takes the names of a context as they are stored.
    fn call(&self, context: &Arc<Context>, naming: &Naming) {
        if naming.is_plain() && context.names().all().nth(1).is_none() {
            return;
        }
        let mut contexts = self.contexts.write().unwrap_or_else(PoisonError::into_inner);
        let mut former = self.former.write().unwrap_or_else(PoisonError::into_inner);
        let before = context.name().clone();
        context.names().take(naming);
        if contexts.get(&before).is_some_and(|known| Arc::ptr_eq(known, context)) {
            contexts.remove(&before);
        }
        for name in context.names().all() {
            former.insert(name.clone(), context.clone());
        }
        former.remove(context.name());
        if before != *context.name() {
            self.feed.note_former(context.key(), context.name(), &before);
        }
        // What has the name here was made for a message that came before this was known, and has no timelines.
        contexts.insert(context.name().clone(), context.clone());
    }

    /// Forgets a context that was removed from the store.
    pub(crate) fn forget_context(&self, context: &Arc<Context>) {
        let mut contexts = self.contexts.write().unwrap_or_else(PoisonError::into_inner);
        let mut former = self.former.write().unwrap_or_else(PoisonError::into_inner);
        if contexts.get(context.name()).is_some_and(|known| Arc::ptr_eq(known, context)) {
            contexts.remove(context.name());
            self.memory.uncount_names(context.first_name().len());
            self.feed.note_former(context.key(), context.name(), context.name());
        }
        former.retain(|_, each| !Arc::ptr_eq(each, context));
    }

    /// Up to `limit` contexts in the order of their names, those after `after` only.
    #[must_use]
    pub(crate) fn contexts_after(&self, after: Option<&str>, limit: usize) -> Vec<Arc<Context>> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let contexts = self.contexts.read().unwrap_or_else(PoisonError::into_inner);
        contexts
            .range::<str, _>((start, Bound::Unbounded))
            .map(|(_, context)| context)
            .filter(|context| context.has_any())
            .take(limit)
            .cloned()
            .collect()
    }

    /// Up to `limit` contexts before `before`, in the order of their names.
    #[must_use]
    pub(crate) fn contexts_before(&self, before: &str, limit: usize) -> Vec<Arc<Context>> {
        let contexts = self.contexts.read().unwrap_or_else(PoisonError::into_inner);
        let range = contexts.range::<str, _>((Bound::Unbounded, Bound::Excluded(before)));
        let there = range.rev().map(|(_, context)| context).filter(|context| context.has_any());
        let mut found: Vec<_> = there.take(limit).cloned().collect();
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
        if let Some(context) = self.formerly(name) {
            return context;
        }
        let name: Arc<str> = name.into();
        let new = || {
            self.memory.count_names(name.len());
            self.feed.note(Key { context: name.clone(), ordinal: None }, &name);
            Arc::new(Context::new(name.clone(), self.memory.clone(), self.feed.clone()))
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

    /// Begins to watch which contexts and timelines change.
    pub(crate) fn watch_all(&self) -> FeedWatching {
        self.feed.watch()
    }

    /// Something was stored in these timelines, by this server.
    pub(crate) fn note_stored(&self, timelines: &[Arc<Timeline>]) {
        let keys = || timelines.iter().map(|timeline| (timeline.key(), timeline.context().clone()));
        self.feed.note_all(keys());
        if self.store.is_shared() {
            self.lately.add(keys().map(|(key, _)| key));
        }
    }

    /// What can't be read of what is stored.
    pub(crate) fn damages(&self) -> &Arc<Damages> {
        &self.damages
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}
