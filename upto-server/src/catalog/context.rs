//! A context and the order of its timelines.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::OnceCell;

use super::document::TimelineDocument;
use super::memory::Memory;
use super::timeline::Timeline;
use crate::store::{self, StoreErrorKind};

/// Timelines of a context, newest first, that are searched for an open event.
const SEARCHED: usize = 8;

/// A collection of timelines of one kind.
pub(crate) struct Context {
    name: Arc<str>,
    timelines: RwLock<Timelines>,
    /// Set once it is known which events are open in the timelines that were stored by an earlier run.
    warm: OnceCell<()>,
    memory: Arc<Memory>,
}

#[derive(Default)]
struct Timelines {
    by_ordinal: BTreeMap<u64, Arc<Timeline>>,
    by_name: HashMap<Arc<str>, Arc<Timeline>>,
}

/// A timeline that was asked for.
pub(crate) struct Opened {
    pub(crate) timeline: Arc<Timeline>,
    /// It did not exist before.
    pub(crate) is_new: bool,
}

impl Context {
    pub(super) fn new(name: Arc<str>, memory: Arc<Memory>) -> Self {
        Context { name, timelines: RwLock::default(), warm: OnceCell::new(), memory }
    }

    /// The context's name.
    #[must_use]
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
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

    /// The timeline of this name, opened at `time` if it does not exist. Without a name, one that is named
    /// by its time; and where `is_told` (the sender told the time) a repeated request finds the first one's.
    pub(crate) fn open(&self, name: &str, time: i64, is_told: bool) -> Opened {
        let mut timelines = self.timelines.write().unwrap_or_else(PoisonError::into_inner);
        let name = if name.is_empty() { timelines.generated_name(time, is_told) } else { name.to_owned() };
        if let Some(timeline) = timelines.by_name.get(name.as_str()) {
            return Opened { timeline: timeline.clone(), is_new: false };
        }
        let ordinal = timelines.by_ordinal.last_key_value().map_or(1, |(last, _)| last + 1);
        let document = TimelineDocument { context: self.name.to_string(), name, ordinal, opened: time };
        let timeline = Arc::new(Timeline::created(document, self.memory.clone()));
        timelines.add(timeline.clone());
        Opened { timeline, is_new: true }
    }

    /// Takes a timeline that an earlier run stored.
    pub(super) fn restore(&self, document: TimelineDocument) {
        let timeline = Arc::new(Timeline::stored(document, self.memory.clone()));
        self.timelines.write().unwrap_or_else(PoisonError::into_inner).add(timeline);
    }

    /// The newest timeline in which this event is open, of those that are searched.
    pub(crate) fn where_open(&self, name: &str, host: &str, id: u64) -> Option<Arc<Timeline>> {
        self.older(None, SEARCHED).into_iter().find(|timeline| timeline.is_open(name, host, id))
    }

    /// Makes sure that [`where_open`](Self::where_open) knows what earlier runs stored.
    pub(crate) async fn warm(&self, store: &dyn store::Store) -> store::Result<()> {
        let load = || async {
            for timeline in self.older(None, SEARCHED) {
                match timeline.complete(store).await {
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

    fn timelines(&self) -> RwLockReadGuard<'_, Timelines> {
        self.timelines.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Timelines {
    fn add(&mut self, timeline: Arc<Timeline>) {
        self.by_name.insert(timeline.name().clone(), timeline.clone());
        self.by_ordinal.insert(timeline.ordinal(), timeline);
    }

    /// The time as a name; when it was not told by the sender, the next free one.
    fn generated_name(&self, time: i64, is_told: bool) -> String {
        let named = |time: i64| {
            format!("{:.9}", jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_nanos(time))
        };
        if is_told {
            return named(time);
        }
        let names = (time..).map(named);
        names.into_iter().find(|name| !self.by_name.contains_key(name.as_str())).unwrap_or_default()
    }
}
