//! Keeping what is in memory within its bounds: folds and what was made of them, of which the least recently used go
//! first, and names, which stay.

mod counted;
mod room;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, Weak};

use tokio::sync::{Notify, Semaphore};

pub(super) use self::counted::Counted;
use super::Catalog;
use super::timeline::{EventHasher, Live};
use super::turns::Turns;

/// Names have so much room at least, whatever the budget is: some 6,000 timelines with names of usual length.
const LEAST_NAME_BYTES: usize = 8 << 20;
/// What a context or a timeline costs beside its names, as long as nothing else of it is in memory: measured after a
/// start with 32,000 of them.
const ENTRY_BYTES: usize = 1_200;
/// How often a timeline's names are kept: in itself, in its document, in the name of its stream, in maps.
const NAME_COPIES: usize = 5;
/// With less memory than this, everything is read in so many parts that it takes for ever.
const LEAST_BYTES: usize = 64 << 10;

/// What is in memory, in bytes, estimated.
///
/// Names stay, up to seven eighths of the budget: a stranger who invents names must not exhaust the memory. Of the rest,
/// what is under way has these shares at most, whatever else is there: one fold that is read from the
/// store a half, the answers that are made of the parts of a large timeline a quarter (a table a half, and the parts less
/// for it), events that were open when a fold was thrown out an eighth, and tables that somebody reads a quarter. Who makes
/// much of a timeline, or goes through all of its events, has a [turn](super::turns) for that. The rest, and what of this is
/// not in use, is for folds that are kept because they may be asked again.
#[derive(Debug)]
pub(super) struct Memory {
    /// Folds, tables, parts of folds, and what is read.
    used: AtomicUsize,
    /// The most that there was.
    #[cfg(test)]
    most: AtomicUsize,
    budget: usize,
    names: AtomicUsize,
    exceeded: Notify,
    /// Something that took much is done.
    free: Notify,
    /// Everything that could be thrown out, and what could have been.
    loaded: Mutex<Vec<Weak<Mutex<Live>>>>,
    /// Who reads a fold that is more than a little has this.
    reading: Semaphore,
    /// Who asks a timeline that is too large for a fold has this, until it is answered.
    asking: Semaphore,
    /// Of what is made and gone through.
    turns: Turns,
    /// Of what is read as slowly as somebody may.
    lending: Turns,
    /// Of open events whose fold was thrown out.
    open: AtomicUsize,
    /// How many open events there was no room for.
    forgotten: AtomicU64,
    /// Tells open events apart.
    hasher: EventHasher,
}

impl Memory {
    pub(super) fn new(budget: usize) -> Self {
        Memory {
            used: AtomicUsize::new(0),
            #[cfg(test)]
            most: AtomicUsize::new(0),
            budget,
            names: AtomicUsize::new(0),
            exceeded: Notify::new(),
            free: Notify::new(),
            loaded: Mutex::default(),
            reading: Semaphore::new(1),
            asking: Semaphore::new(1),
            turns: Turns::of(budget / 4 * 3),
            lending: Turns::of(budget / 4),
            open: AtomicUsize::new(0),
            forgotten: AtomicU64::new(0),
            hasher: EventHasher::default(),
        }
    }

    /// Counts something whose size changed.
    pub(super) fn count(&self, before: usize, after: usize) {
        let used = self.used.fetch_add(after, Ordering::Relaxed) + after;
        self.used.fetch_sub(before, Ordering::Relaxed);
        #[cfg(test)]
        self.most.fetch_max(used.saturating_sub(before), Ordering::Relaxed);
        // What became smaller was thrown out: were that told, who throws out would never rest where nothing more can be.
        let held = used.saturating_sub(before).saturating_add(self.names());
        if after > before && held > self.budget {
            self.exceeded.notify_one();
        }
    }

    /// Something that took much is done: the allocator may have much that nobody uses.
    pub(super) fn note_free(&self) {
        self.free.notify_one();
    }

    /// Counts an entry with names of so many bytes.
    pub(super) fn count_names(&self, bytes: usize) {
        self.names.fetch_add(ENTRY_BYTES + NAME_COPIES * bytes, Ordering::Relaxed);
    }

    /// The entry is gone.
    pub(super) fn uncount_names(&self, bytes: usize) {
        self.names.fetch_sub(ENTRY_BYTES + NAME_COPIES * bytes, Ordering::Relaxed);
    }

    /// Counts texts that people gave, of so many bytes.
    pub(super) fn hold_texts(&self, bytes: usize) {
        self.names.fetch_add(bytes, Ordering::Relaxed);
    }

    /// They are gone.
    pub(super) fn release_texts(&self, bytes: usize) {
        self.names.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes that so many parts of the budget are, without what names have of it.
    pub(super) fn share(&self, parts: usize, of: usize) -> usize {
        self.budget.saturating_sub(self.names()).max(LEAST_BYTES) / of * parts
    }

    /// Bytes of a fold at most: of a whole one that is read, and of a part.
    pub(super) fn fold_bytes(&self) -> usize {
        self.share(1, 2)
    }

    /// Bytes of a fold that is read beside others: so little that nobody has to wait for them.
    pub(super) fn little_bytes(&self) -> usize {
        self.share(1, 64)
    }

    pub(super) fn reading(&self) -> &Semaphore {
        &self.reading
    }

    pub(super) fn asking(&self) -> &Semaphore {
        &self.asking
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    pub(super) fn lending(&self) -> &Turns {
        &self.lending
    }

    pub(super) fn hasher(&self) -> &EventHasher {
        &self.hasher
    }

    /// How many open events of so many there is room for; that many count from now on.
    pub(super) fn hold_open(&self, wanted: usize, event_bytes: usize) -> usize {
        let limit = self.share(1, 8);
        let mut held = 0;
        // It never refuses: there may be room for none.
        let _ = self.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| {
            held = wanted.min(limit.saturating_sub(open) / event_bytes.max(1));
            Some(open + held * event_bytes)
        });
        self.forgotten.fetch_add((wanted - held) as u64, Ordering::Relaxed);
        held
    }

    /// So many bytes of open events are gone.
    pub(super) fn release_open(&self, bytes: usize) {
        self.open.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// So many more open events were not remembered.
    pub(super) fn forget_open(&self, events: u64) {
        self.forgotten.fetch_add(events, Ordering::Relaxed);
    }

    /// How many open events there was no room for.
    pub(super) fn forgotten_open(&self) -> u64 {
        self.forgotten.load(Ordering::Relaxed)
    }

    fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn names(&self) -> usize {
        self.names.load(Ordering::Relaxed)
    }

    /// All that counts against the budget.
    fn held(&self) -> usize {
        self.used().saturating_add(self.names())
    }
}

impl Catalog {
    /// Bytes of everything that was made of timelines and is in memory, estimated.
    #[must_use]
    pub(crate) fn fold_bytes(&self) -> usize {
        self.memory.used()
    }

    /// The most that those were, since this was asked last.
    #[cfg(test)]
    pub(super) fn most_fold_bytes(&self) -> usize {
        self.memory.most.swap(0, Ordering::Relaxed)
    }

    /// Open events whose timelines were thrown out, and for whose names there was no room: what ends them without
    /// naming its timeline goes to the active one.
    #[must_use]
    pub(crate) fn forgotten_open_events(&self) -> u64 {
        self.memory.forgotten_open()
    }

    /// Bytes of all names in memory, estimated.
    #[must_use]
    pub(crate) fn name_bytes(&self) -> usize {
        self.memory.names()
    }

    /// True if no context and no timeline may be added.
    pub(crate) fn is_full(&self) -> bool {
        self.name_bytes() >= (self.memory.budget / 8 * 7).max(LEAST_NAME_BYTES)
    }

    /// Until the folds are over their budget.
    pub(crate) async fn exceeded(&self) {
        self.memory.exceeded.notified().await;
    }

    /// Something that took much memory is done.
    #[cfg(test)]
    pub(crate) fn note_free(&self) {
        self.memory.note_free();
    }

    /// Until something is done that took much memory.
    pub(crate) async fn freed(&self) {
        self.memory.free.notified().await;
    }

    /// Throws folds out until the budget is met, except what is not yet stored.
    pub(crate) fn shrink(&self) {
        self.memory.make_room(0);
    }
}

#[cfg(test)]
mod tests;
