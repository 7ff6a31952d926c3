//! A timeline: its fold while that is in memory, and what has not been stored yet.

mod lean;
mod open;
mod pending;
mod room;
mod watched;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use self::lean::Lean;
use self::open::OpenEvents;
pub(super) use self::open::{EventHash, EventHasher};
pub(crate) use self::pending::Pending;
pub(super) use self::room::locked;
use super::block::{Block, BlockError};
use super::document::{Metadata, TimelineDocument};
use super::large::Large;
use super::memory::Memory;
use super::names::Names;
use super::tables::Tables;
use crate::live::Hub;
use crate::store::Cursor;
use crate::timeline::{ClockReading, EventKey, Fold, KnownTexts, Mark, MarkKind, News, SessionCount, Stamp};

/// One run within a context.
pub(crate) struct Timeline {
    names: Names,
    /// Those of its context, once it is in one.
    context: OnceLock<Arc<Names>>,
    context_name: Arc<str>,
    metadata: Mutex<Arc<Metadata>>,
    document: TimelineDocument,
    stream: OnceLock<Box<str>>,
    is_documented: AtomicBool,
    is_pinned: AtomicBool,
    is_dirty: AtomicBool,
    live: Arc<Mutex<Live>>,
    turns: OnceLock<Box<Turns>>,
    memory: Arc<Memory>,
}

/// Who reads the fold from the store, or makes a table of it, has one of these, so that nobody else does the same.
#[derive(Default)]
struct Turns {
    loading: tokio::sync::Mutex<()>,
    tabling: tokio::sync::Mutex<()>,
}

impl Drop for Timeline {
    fn drop(&mut self) {
        self.live().forget_all(&self.memory);
        self.memory.uncount_names(self.context_name.len() + self.names.first().len());
        self.memory.release_texts(bytes_of(&self.metadata()));
    }
}

/// Everything of a timeline that changes.
pub(crate) struct Live {
    pub(crate) fold: Lean<Fold>,
    /// The fold has everything that is stored.
    pub(super) is_complete: bool,
    /// What was taken to be stored is not stored yet, and nowhere but in the fold.
    is_committing: bool,
    /// How often the fold was thrown out; tells a loader that what it read is not all any more.
    pub(super) evictions: u64,
    /// Up to where the stream was read, whether what was there is still in the fold or not.
    pub(super) read: Cursor,
    /// When that was done last.
    pub(super) followed: Option<Instant>,
    pub(super) used: Instant,
    pub(crate) hub: Hub,
    pub(super) tables: Lean<Tables>,
    /// What is known of the timeline if it is too large for a fold.
    pub(super) large: Lean<Large>,
    counted_bytes: usize,
    /// It is among those that are looked at when room is made.
    is_listed: bool,
    open_when_evicted: OpenEvents,
    pending: Pending,
}

/// A fold that was read from the store.
pub(super) struct Loaded {
    pub(super) fold: Fold,
    /// It has everything up to here.
    pub(super) read: Cursor,
    /// How often the timeline's own fold had been thrown out before that was read to its end.
    pub(super) evictions: u64,
}

impl Timeline {
    /// One that is new: nothing of it is stored.
    pub(super) fn created(document: TimelineDocument, memory: Arc<Memory>) -> Self {
        Self::new(document, true, false, memory)
    }

    /// One that is stored, with a document of its own.
    pub(super) fn stored(document: TimelineDocument, memory: Arc<Memory>) -> Self {
        Self::new(document, false, true, memory)
    }

    /// One that is stored, and perhaps without a document of its own yet.
    pub(super) fn found(document: TimelineDocument, memory: Arc<Memory>) -> Self {
        Self::new(document, false, false, memory)
    }

    fn new(document: TimelineDocument, is_complete: bool, is_documented: bool, memory: Arc<Memory>) -> Self {
        memory.count_names(document.context.len() + document.name.len());
        memory.hold_texts(bytes_of(&document.metadata));
        let names = Names::new(document.name.as_str().into());
        names.take(&document.naming);
        Timeline {
            names,
            context: OnceLock::new(),
            context_name: document.context.as_str().into(),
            metadata: Mutex::new(shared(&document.metadata)),
            stream: OnceLock::new(),
            is_pinned: AtomicBool::new(document.pinned),
            document,
            is_documented: AtomicBool::new(is_documented),
            is_dirty: AtomicBool::new(false),
            live: Arc::new(Mutex::new(Live {
                fold: Lean::default(),
                is_complete,
                is_committing: false,
                evictions: 0,
                read: Cursor::START,
                followed: None,
                used: Instant::now(),
                hub: Hub::default(),
                tables: Lean::default(),
                large: Lean::default(),
                counted_bytes: 0,
                is_listed: false,
                open_when_evicted: OpenEvents::none(&memory),
                pending: Pending::default(),
            })),
            turns: OnceLock::new(),
            memory,
        }
    }

    /// What the timeline is called.
    #[must_use]
    pub(crate) fn name(&self) -> &Arc<str> {
        self.names.present()
    }

    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// What its context is called.
    #[must_use]
    pub(crate) fn context(&self) -> &Arc<str> {
        self.context.get().map_or(&self.context_name, |names| names.present())
    }

    /// It is in the context with these names.
    pub(super) fn set_context(&self, names: &Arc<Names>) {
        // Once it is in one, it stays there.
        let _ = self.context.set(names.clone());
    }

    /// What people say of it.
    #[must_use]
    pub(crate) fn metadata(&self) -> Arc<Metadata> {
        self.metadata.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// True if it was something else.
    pub(super) fn set_metadata(&self, metadata: &Metadata) -> bool {
        let mut present = self.metadata.lock().unwrap_or_else(PoisonError::into_inner);
        let is_changed = **present != *metadata;
        if is_changed {
            self.memory.release_texts(bytes_of(&present));
            self.memory.hold_texts(bytes_of(metadata));
            *present = shared(metadata);
        }
        is_changed
    }

    /// Its place among the context's timelines; the greatest is the active one.
    #[must_use]
    pub(crate) fn ordinal(&self) -> u64 {
        self.document.ordinal
    }

    pub(crate) fn stream(&self) -> &str {
        self.stream.get_or_init(|| self.document.stream().into())
    }

    /// What was stored of it when it came into the catalog.
    pub(crate) fn document(&self) -> &TimelineDocument {
        &self.document
    }

    /// It is kept whatever the limits of its context are.
    #[must_use]
    pub(crate) fn is_pinned(&self) -> bool {
        self.is_pinned.load(Ordering::Acquire)
    }

    /// True if it was otherwise.
    pub(crate) fn set_pinned(&self, is_pinned: bool) -> bool {
        self.is_pinned.swap(is_pinned, Ordering::AcqRel) != is_pinned
    }

    /// True if somebody watches, or something waits to be stored.
    pub(crate) fn is_busy(&self) -> bool {
        let live = self.live();
        self.is_dirty.load(Ordering::Acquire) || !live.pending.is_empty() || live.hub.is_watched()
    }

    /// The document, if it has not been stored yet.
    pub(crate) fn new_document(&self) -> Option<&TimelineDocument> {
        (!self.is_documented.load(Ordering::Acquire)).then_some(&self.document)
    }

    pub(crate) fn set_documented(&self) {
        self.is_documented.store(true, Ordering::Release);
    }

    /// Marks that the next commit has to look here; true if it was not marked.
    pub(crate) fn set_dirty(&self) -> bool {
        !self.is_dirty.swap(true, Ordering::AcqRel)
    }

    pub(crate) fn clear_dirty(&self) {
        self.is_dirty.store(false, Ordering::Release);
    }

    /// True if this event is known to be open here.
    pub(crate) fn is_open(&self, name: &str, host: &str, id: u64) -> bool {
        let live = self.live();
        live.fold.is_open(name, host, id) || live.open_when_evicted.has(name, host, id)
    }

    /// Folds marks and queues those for the next commit that were not known; the bytes that this adds to what waits.
    pub(crate) fn take_all<'m>(&self, marks: impl Iterator<Item = (Mark<'m>, Stamp)>) -> usize {
        let mut live = self.live();
        let live = &mut *live;
        let mut names = KnownTexts::default();
        marks.map(|(mark, stamp)| live.take(&mark, stamp, &mut names)).sum()
    }

    /// One of them.
    #[cfg(test)]
    pub(crate) fn take(&self, mark: &Mark<'_>, stamp: Stamp) -> usize {
        self.take_all(std::iter::once((mark.clone(), stamp)))
    }

    /// Takes how a session stands; if that was news, the bytes that it adds to what waits for the store.
    pub(crate) fn take_session(&self, count: SessionCount) -> Option<usize> {
        let mut live = self.live();
        let is_news = live.fold.apply_session(count);
        is_news.then(|| {
            live.hub.note_summary();
            live.pending.set_session(count)
        })
    }

    /// Takes when a packet was sent and when it came; true if that was news.
    pub(crate) fn take_reading(&self, reading: ClockReading) -> bool {
        let mut live = self.live();
        let is_news = live.fold.apply_reading(&reading);
        if is_news {
            live.hub.note_summary();
            live.pending.writer().push_reading(reading);
        }
        is_news
    }

    /// What is to be stored. Until [`set_stored`](Self::set_stored), the fold has to stay.
    pub(crate) fn take_pending(&self) -> Pending {
        let mut live = self.live();
        live.is_committing = true;
        std::mem::take(&mut live.pending)
    }

    /// What was taken is in the store.
    pub(crate) fn set_stored(&self) {
        self.live().is_committing = false;
    }

    /// Tells the watchers what changed, and counts the memory.
    pub(crate) fn settle(&self) {
        let mut live = self.live();
        let live = &mut *live;
        live.used = Instant::now();
        live.fold.settle();
        live.hub.publish(&live.fold, live.is_complete);
        self.count_bytes(live);
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        locked(&self.live)
    }

    /// What changes, for who looks at it on another thread.
    pub(super) fn shared(&self) -> &Arc<Mutex<Live>> {
        &self.live
    }

    pub(super) fn loading(&self) -> &tokio::sync::Mutex<()> {
        &self.turns().loading
    }

    pub(super) fn tabling(&self) -> &tokio::sync::Mutex<()> {
        &self.turns().tabling
    }

    fn turns(&self) -> &Turns {
        self.turns.get_or_init(Box::default)
    }
}

/// What people say of a timeline: mostly nothing.
fn shared(metadata: &Metadata) -> Arc<Metadata> {
    static NOTHING: LazyLock<Arc<Metadata>> = LazyLock::new(Arc::default);
    if metadata.is_empty() { NOTHING.clone() } else { Arc::new(metadata.clone()) }
}

/// Bytes of what people say of a timeline.
fn bytes_of(metadata: &Metadata) -> usize {
    metadata.iter().map(|(key, value)| key.len() + value.len()).sum()
}

impl Live {
    fn take<'m>(&mut self, mark: &Mark<'m>, stamp: Stamp, names: &mut KnownTexts<'m>) -> usize {
        self.forget_open(mark);
        let Live { fold, hub, pending, .. } = self;
        fold.with_known(mark, stamp, names, |fold, placed| {
            let applied = fold.apply_placed(placed);
            if hub.is_open() {
                hub.note(&fold.change(placed, applied.news));
            }
            if applied.news == News::None { 0 } else { pending.push(mark, placed, &applied) }
        })
    }

    /// What ends now is not open any more.
    fn forget_open(&mut self, mark: &Mark<'_>) {
        if mark.kind == MarkKind::End {
            self.open_when_evicted.remove(mark.name, mark.host, mark.id);
        }
    }

    /// Adds a block that another server stored, and notes what that changes.
    pub(super) fn take_block(&mut self, block: &Block<'_>) -> Result<(), BlockError> {
        let Live { fold, hub, open_when_evicted, .. } = self;
        let is_noted = hub.is_open();
        let remembers_open = !open_when_evicted.is_empty();
        let sessions_changed = block.apply_telling(fold, |fold, mark, news| {
            if !is_noted && !remembers_open {
                return;
            }
            if is_noted {
                hub.note(&fold.change(mark, news));
            }
            if mark.told.kind == MarkKind::End {
                let EventKey { name, host, id } = fold.key(mark.name, mark.host, mark.id);
                open_when_evicted.remove(&name, &host, id);
            }
        })?;
        if sessions_changed {
            hub.note_summary();
        }
        Ok(())
    }
}
