//! A timeline: its fold while that is in memory, and what has not been stored yet.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::block::BlockWriter;
use super::document::TimelineDocument;
use super::memory::Memory;
use crate::live::{Hub, Update};
use crate::timeline::{Applied, EventKey, Fold, Mark, MarkKind, News, PlacedMark, SessionCount};

/// One run within a context.
pub(crate) struct Timeline {
    name: Arc<str>,
    context: Arc<str>,
    document: TimelineDocument,
    stream: String,
    is_documented: AtomicBool,
    is_dirty: AtomicBool,
    live: Mutex<Live>,
    memory: Arc<Memory>,
}

/// Everything of a timeline that changes.
pub(crate) struct Live {
    pub(crate) fold: Fold,
    /// The fold has everything that is stored.
    pub(super) is_complete: bool,
    /// How often the fold was thrown out; tells a loader that what it read is not all any more.
    pub(super) evictions: u64,
    pub(super) used: Instant,
    pub(crate) hub: Hub,
    counted_bytes: usize,
    open_when_evicted: HashSet<EventKey>,
    /// Bytes of those when the fold was thrown out.
    open_bytes: usize,
    pending: Pending,
}

/// What the next commit stores.
#[derive(Default)]
pub(crate) struct Pending {
    /// Blocks that take no more.
    full: Vec<BlockWriter>,
    writer: Option<Box<BlockWriter>>,
}

impl Timeline {
    pub(super) fn created(document: TimelineDocument, memory: Arc<Memory>) -> Self {
        Self::new(document, false, memory)
    }

    pub(super) fn stored(document: TimelineDocument, memory: Arc<Memory>) -> Self {
        Self::new(document, true, memory)
    }

    fn new(document: TimelineDocument, is_stored: bool, memory: Arc<Memory>) -> Self {
        memory.count_names(document.context.len() + document.name.len());
        Timeline {
            name: document.name.as_str().into(),
            context: document.context.as_str().into(),
            stream: document.stream(),
            document,
            is_documented: AtomicBool::new(is_stored),
            is_dirty: AtomicBool::new(false),
            live: Mutex::new(Live {
                fold: Fold::default(),
                is_complete: !is_stored,
                evictions: 0,
                used: Instant::now(),
                hub: Hub::default(),
                counted_bytes: 0,
                open_when_evicted: HashSet::new(),
                open_bytes: 0,
                pending: Pending::default(),
            }),
            memory,
        }
    }

    /// The timeline's name.
    #[must_use]
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The name of its context.
    #[must_use]
    pub(crate) fn context(&self) -> &Arc<str> {
        &self.context
    }

    /// Its place among the context's timelines; the greatest is the active one.
    #[must_use]
    pub(crate) fn ordinal(&self) -> u64 {
        self.document.ordinal
    }

    /// Everything that is published of this timeline from now on.
    pub(crate) fn subscribe(&self) -> tokio::sync::broadcast::Receiver<Arc<Update>> {
        self.live().hub.subscribe()
    }

    pub(crate) fn stream(&self) -> &str {
        &self.stream
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
        let was_open = || {
            let key = EventKey { name: name.into(), host: host.into(), id };
            live.open_when_evicted.contains(&key)
        };
        live.fold.is_open(name, host, id) || (!live.open_when_evicted.is_empty() && was_open())
    }

    /// Folds a mark and queues it for the next commit, unless it was known; the bytes that this adds to
    /// what waits.
    pub(crate) fn take(&self, mark: &Mark<'_>) -> usize {
        let mut live = self.live();
        live.forget_open(mark);
        let Live { fold, hub, pending, .. } = &mut *live;
        fold.with_placed(mark, |fold, placed| {
            let applied = fold.apply_placed(placed);
            if hub.is_watched() {
                hub.note(&fold.change(placed, applied.news));
            }
            if applied.news == News::None { 0 } else { pending.push(mark, placed, &applied) }
        })
    }

    /// Takes how a session stands; true if that was news.
    pub(crate) fn take_session(&self, count: SessionCount) -> bool {
        let mut live = self.live();
        let is_news = live.fold.apply_session(count);
        if is_news {
            live.hub.note_summary();
            live.pending.set_session(count);
        }
        is_news
    }

    /// What is to be stored.
    pub(crate) fn take_pending(&self) -> Pending {
        std::mem::take(&mut self.live().pending)
    }

    /// Tells the watchers what changed, and counts the memory.
    pub(crate) fn settle(&self) {
        let mut live = self.live();
        let live = &mut *live;
        live.used = Instant::now();
        live.fold.settle();
        live.hub.publish(&live.fold);
        self.count_bytes(live);
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count_bytes(&self, live: &mut Live) {
        let bytes = live.fold.bytes() + live.open_bytes;
        self.memory.count_fold(live.counted_bytes, bytes);
        live.counted_bytes = bytes;
    }

    /// True if there is a fold that could be thrown out.
    pub(super) fn is_loaded(&self) -> bool {
        self.live().fold.bytes() > 0
    }

    /// Throws the fold out, whether it is complete or not, if everything in it is stored and nobody watches.
    pub(super) fn evict(&self) {
        let mut live = self.live();
        if !live.pending.is_empty() || live.hub.is_watched() {
            return;
        }
        live.remember_open();
        live.fold = Fold::default();
        live.is_complete = false;
        live.evictions += 1;
        self.count_bytes(&mut live);
    }
}

impl Live {
    /// What ends now is not open any more.
    fn forget_open(&mut self, mark: &Mark<'_>) {
        if mark.kind == MarkKind::End && !self.open_when_evicted.is_empty() {
            let key = EventKey { name: mark.name.into(), host: mark.host.into(), id: mark.id };
            self.open_when_evicted.remove(&key);
        }
    }

    /// Keeps what is open, beside what was when the fold was thrown out before.
    fn remember_open(&mut self) {
        self.open_when_evicted.extend(self.fold.open_keys());
        let bytes = |key: &EventKey| size_of::<EventKey>() + key.name.len() + key.host.len();
        self.open_bytes = self.open_when_evicted.iter().map(bytes).sum();
    }

    /// The fold has everything that is stored, so it knows itself what is open.
    pub(super) fn set_complete(&mut self) {
        self.is_complete = true;
        self.open_when_evicted = HashSet::new();
        self.open_bytes = 0;
    }
}

impl Pending {
    /// The blocks that are to be stored: mostly one, or none.
    pub(crate) fn finish(self) -> Vec<Vec<u8>> {
        let last = self.writer.map(|writer| *writer);
        self.full.into_iter().chain(last).filter_map(BlockWriter::finish).collect()
    }

    fn is_empty(&self) -> bool {
        self.writer.is_none() && self.full.is_empty()
    }

    /// The bytes that this adds.
    fn push(&mut self, mark: &Mark<'_>, placed: &PlacedMark<'_>, applied: &Applied) -> usize {
        let writer = self.writer();
        let before = writer.bytes();
        writer.push(mark, placed, applied);
        writer.bytes() - before
    }

    fn set_session(&mut self, count: SessionCount) {
        self.writer().set_session(count);
    }

    fn writer(&mut self) -> &mut BlockWriter {
        if let Some(full) = self.writer.take_if(|writer| writer.is_full()) {
            self.full.push(*full);
        }
        self.writer.get_or_insert_default()
    }
}
