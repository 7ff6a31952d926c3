//! A context and the order of its timelines.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::document::TimelineDocument;
use super::feed::{Feed, Key};
use super::memory::Memory;
use super::names::{Names, Naming};
use super::opening::Seen;
use super::timeline::Timeline;
use crate::store::{self, StoreErrorKind};

/// Timelines of a context, newest first, that are searched for an open event.
const SEARCHED: usize = 8;
/// How old the knowledge of what other servers stored may be where an open event is searched.
const FRESH: Duration = Duration::from_millis(300);

/// A collection of timelines of one kind.
pub(crate) struct Context {
    names: Arc<Names>,
    timelines: RwLock<Timelines>,
    /// Set once it is known which events are open in the timelines that were stored by an earlier run.
    warm: OnceCell<()>,
    /// The context's document, as far as this server knows.
    seen: Mutex<Option<Seen>>,
    /// The document's changes and its active timeline's ordinal, up to which the catalog has every timeline.
    listed: Mutex<Option<(u64, u64)>>,
    /// When the searched timelines were brought up to date with what other servers stored.
    followed: Mutex<Option<Instant>>,
    memory: Arc<Memory>,
    /// Is told what changes.
    feed: Arc<Feed>,
}

#[derive(Default)]
struct Timelines {
    by_ordinal: BTreeMap<u64, Arc<Timeline>>,
    by_name: HashMap<Arc<str>, Arc<Timeline>>,
}

impl Context {
    pub(super) fn new(name: Arc<str>, memory: Arc<Memory>, feed: Arc<Feed>) -> Self {
        Context {
            names: Arc::new(Names::new(name)),
            timelines: RwLock::default(),
            warm: OnceCell::new(),
            seen: Mutex::default(),
            listed: Mutex::default(),
            followed: Mutex::default(),
            memory,
            feed,
        }
    }

    /// What the context is called.
    #[must_use]
    pub(crate) fn name(&self) -> &Arc<str> {
        self.names.present()
    }

    /// What it was called at first: everything of it is stored under this name.
    #[must_use]
    pub(crate) fn first_name(&self) -> &Arc<str> {
        self.names.first()
    }

    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// What stands for it where it is told what changed.
    pub(super) fn key(&self) -> Key {
        Key { context: self.first_name().clone(), ordinal: None }
    }

    /// The timeline at this place in the order.
    pub(crate) fn at(&self, ordinal: u64) -> Option<Arc<Timeline>> {
        self.timelines().by_ordinal.get(&ordinal).cloned()
    }

    fn note(&self, timeline: &Timeline) {
        self.feed.note(timeline.key(), self.name());
    }

    /// One came or went: which one is active may have changed, too.
    fn note_number(&self) {
        self.feed.note(self.key(), self.name());
    }

    /// The active timeline: the newest one.
    #[must_use]
    pub(crate) fn latest(&self) -> Option<Arc<Timeline>> {
        self.timelines().by_ordinal.last_key_value().map(|(_, timeline)| timeline.clone())
    }

    /// The timeline of this name.
    #[must_use]
    pub(crate) fn timeline(&self, name: &str) -> Option<Arc<Timeline>> {
        self.timelines().by_name.get(name).cloned()
    }

    /// How many timelines there are.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.timelines().by_ordinal.len()
    }

    /// False for one whose first timeline could not be opened: nobody is told of it.
    pub(crate) fn has_any(&self) -> bool {
        !self.timelines().by_ordinal.is_empty()
    }

    /// True if there is another timeline than the active one.
    pub(crate) fn has_earlier(&self) -> bool {
        self.count() > 1
    }

    /// Up to `limit` timelines, newest first: those older than the ordinal `before` only.
    #[must_use]
    pub(crate) fn older(&self, before: Option<u64>, limit: usize) -> Vec<Arc<Timeline>> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let timelines = self.timelines();
        timelines
            .by_ordinal
            .range((Bound::Unbounded, end))
            .rev()
            .take(limit)
            .map(|(_, each)| each.clone())
            .collect()
    }

    /// Up to `limit` timelines, newest first: the next ones newer than the ordinal `after`.
    #[must_use]
    pub(crate) fn newer(&self, after: u64, limit: usize) -> Vec<Arc<Timeline>> {
        let timelines = self.timelines();
        let range = timelines.by_ordinal.range((Bound::Excluded(after), Bound::Unbounded));
        let mut found: Vec<_> = range.take(limit).map(|(_, timeline)| timeline.clone()).collect();
        found.reverse();
        found
    }

    /// Takes a timeline into the context, and returns the one that the context has from then on: another one
    /// may have been quicker.
    pub(crate) fn admit(&self, timeline: &Arc<Timeline>) -> Arc<Timeline> {
        let mut timelines = self.timelines.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = timelines.by_ordinal.get(&timeline.ordinal()) {
            return known.clone();
        }
        timeline.set_context(&self.names);
        match timelines.by_name.get(timeline.name()) {
            Some(known) if known.ordinal() >= timeline.ordinal() => return known.clone(),
            Some(removed) => {
                let (ordinal, key) = (removed.ordinal(), removed.key());
                self.feed.note_former(key, self.name(), removed.name());
                timelines.by_ordinal.remove(&ordinal);
            }
            None => {}
        }
        timelines.add(timeline.clone());
        self.note_number();
        self.note(timeline);
        timeline.clone()
    }

    /// Takes a timeline that is stored, as its own document says, or else as its context's does.
    pub(super) fn restore(&self, document: TimelineDocument, has_document: bool) {
        let known = self.timelines().by_ordinal.get(&document.ordinal).cloned();
        if let Some(known) = known {
            if has_document {
                self.call(&known, &document.naming);
                let is_changed = [known.set_pinned(document.pinned), known.set_metadata(&document.metadata)];
                if is_changed.contains(&true) {
                    self.note(&known);
                    known.retell();
                }
            }
            return;
        }
        let make = if has_document { Timeline::stored } else { Timeline::found };
        self.admit(&Arc::new(make(document, self.memory.clone())));
    }

    /// Takes the names of a timeline as they are stored.
    pub(super) fn call(&self, timeline: &Arc<Timeline>, naming: &Naming) {
        if naming.is_plain() && timeline.names().all().nth(1).is_none() {
            return;
        }
        let mut timelines = self.timelines.write().unwrap_or_else(PoisonError::into_inner);
        let before = timeline.name().clone();
        timeline.names().take(naming);
        if timelines.by_ordinal.contains_key(&timeline.ordinal()) {
            timelines.add(timeline.clone());
        }
        drop(timelines);
        if before != *timeline.name() {
            self.feed.note_former(timeline.key(), self.name(), &before);
            timeline.retell();
        }
    }

    /// Forgets a timeline that was removed from the store.
    pub(crate) fn forget(&self, timeline: &Timeline) {
        let mut timelines = self.timelines.write().unwrap_or_else(PoisonError::into_inner);
        if timelines.by_ordinal.remove(&timeline.ordinal()).is_some() {
            self.feed.note_former(timeline.key(), self.name(), timeline.name());
            self.note_number();
        }
        for name in timeline.names().all() {
            if timelines.by_name.get(name).is_some_and(|known| known.ordinal() == timeline.ordinal()) {
                timelines.by_name.remove(name);
            }
        }
    }

    /// The newest timeline in which this event is open, of those that are searched.
    pub(crate) fn where_open(&self, name: &str, host: &str, id: u64) -> Option<Arc<Timeline>> {
        self.older(None, SEARCHED).into_iter().find(|timeline| timeline.is_open(name, host, id))
    }

    /// Makes sure that [`where_open`](Self::where_open) knows what earlier runs stored.
    pub(crate) async fn warm(&self, store: &dyn store::Store) -> store::Result<()> {
        let load = || async {
            for timeline in self.older(None, SEARCHED) {
                match timeline.know_open(store).await {
                    // One that can't be read must not keep the others from taking messages.
                    Err(error) if error.kind() != StoreErrorKind::Damaged => return Err(error),
                    _ => {}
                }
            }
            Ok(())
        };
        self.warm.get_or_try_init(load).await?;
        Ok(())
    }

    /// True if that was done.
    pub(crate) fn is_warm(&self) -> bool {
        self.warm.initialized()
    }

    /// True if [`follow`](Self::follow) was done a moment ago.
    pub(crate) fn is_followed(&self) -> bool {
        self.followed().is_some_and(|last| last.elapsed() < FRESH)
    }

    /// Brings the timelines that are searched for an open event up to date with what other servers stored, unless
    /// that was done a moment ago.
    pub(crate) async fn follow(&self, store: &dyn store::Store) -> store::Result<()> {
        let now = Instant::now();
        let last = self.followed().replace(now);
        if last.is_some_and(|last| now.duration_since(last) < FRESH) {
            return Ok(());
        }
        for timeline in self.older(None, SEARCHED) {
            match timeline.follow(store).await {
                Err(error) if error.kind() != StoreErrorKind::Damaged => {
                    *self.followed() = None;
                    return Err(error);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The context's document, as far as this server knows.
    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers the context's document, unless a later one is known.
    pub(super) fn set_seen(&self, seen: Seen) {
        let mut known = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_none_or(|known| known.version < seen.version) {
            *known = Some(seen);
        }
    }

    /// What was known of the document is not true any more.
    pub(super) fn forget_seen(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Up to where the catalog has every timeline: the document's changes and its active timeline's ordinal.
    pub(super) fn listed(&self) -> MutexGuard<'_, Option<(u64, u64)>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn followed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn timelines(&self) -> RwLockReadGuard<'_, Timelines> {
        self.timelines.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Timelines {
    fn add(&mut self, timeline: Arc<Timeline>) {
        for name in timeline.names().all() {
            self.by_name.insert(name.clone(), timeline.clone());
        }
        self.by_ordinal.insert(timeline.ordinal(), timeline);
    }
}
