//! How much memory all queues of a process take together.

use std::ptr::NonNull;

use super::chunk::{CHUNK_WORDS, Chunk};
use super::producer::Room;
use crate::sync::{AtomicUsize, Ordering};

/// Bytes that one chunk counts for at most.
pub(crate) const CHUNK_BYTES: usize = Chunk::bytes_of(CHUNK_WORDS);

/// Of each limit, this part comes on top for ends: an eighth.
const RESERVED_PART: usize = 8;
/// Of the budget, this part is not for what open events keep: a quarter. However much that is, there is room for what is
/// sent now.
const PASSING_PART: usize = 4;

/// A budget of bytes, shared by the queues of all threads, and the limit of each queue.
#[derive(Debug)]
pub(crate) struct Pool {
    used: AtomicUsize,
    total: AtomicUsize,
    chunks: AtomicUsize,
    /// How often all was forgotten.
    life: AtomicUsize,
}

impl Pool {
    /// A pool of `total` bytes, of which each queue gets at most `each`.
    #[cfg(not(loom))]
    pub(crate) const fn new(total: usize, each: usize) -> Self {
        let chunks = AtomicUsize::new(chunks_of(each));
        Pool { used: AtomicUsize::new(0), total: AtomicUsize::new(total), chunks, life: AtomicUsize::new(0) }
    }

    /// Likewise; loom's atomics can't be made by constant functions.
    #[cfg(loom)]
    pub(crate) fn new(total: usize, each: usize) -> Self {
        let chunks = AtomicUsize::new(chunks_of(each));
        Pool { used: AtomicUsize::new(0), total: AtomicUsize::new(total), chunks, life: AtomicUsize::new(0) }
    }

    /// Changes the limits, for what is asked for from now on.
    pub(crate) fn limit(&self, total: usize, each: usize) {
        self.total.store(total, Ordering::Relaxed);
        self.chunks.store(chunks_of(each), Ordering::Relaxed);
    }

    /// Bytes that are taken.
    #[cfg(test)]
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// True if half of the budget is taken.
    pub(super) fn is_half_used(&self) -> bool {
        self.used.load(Ordering::Relaxed) > self.total.load(Ordering::Relaxed) / 2
    }

    /// Counts nothing as taken any more: in a child process, where all that was is out of reach for ever.
    pub(crate) fn forget(&self) {
        self.used.store(0, Ordering::Relaxed);
        self.life.fetch_add(1, Ordering::Relaxed);
    }

    /// Changes when all is forgotten. What was taken in an earlier life is not to be given back.
    pub(crate) fn life(&self) -> usize {
        self.life.load(Ordering::Relaxed)
    }

    /// Chunks that one queue may hold, the small ones at its beginning too.
    pub(super) fn chunks(&self, room: Room) -> usize {
        with_reserve(self.chunks.load(Ordering::Relaxed), room)
    }

    /// Takes bytes for something that a record points to; false: there are none left.
    pub(crate) fn take(&self, bytes: usize, room: Room) -> bool {
        self.take_within(bytes, with_reserve(self.total.load(Ordering::Relaxed), room))
    }

    /// Takes bytes for what stays for as long as an event is open; false: there are none left for that.
    pub(crate) fn keep(&self, bytes: usize) -> bool {
        let total = self.total.load(Ordering::Relaxed);
        self.take_within(bytes, total - total / PASSING_PART)
    }

    fn take_within(&self, bytes: usize, total: usize) -> bool {
        let taken = self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= total;
        if !taken {
            self.give_back(bytes);
        }
        taken
    }

    /// Gives back what was taken.
    pub(crate) fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// A new chunk of so many words within the budget.
    pub(super) fn allocate(&self, words: usize, room: Room) -> Option<NonNull<Chunk>> {
        let bytes = Chunk::bytes_of(words);
        if !self.take(bytes, room) {
            return None;
        }
        let chunk = Chunk::allocate(words);
        if chunk.is_none() {
            self.give_back(bytes);
        }
        chunk
    }

    /// Frees a chunk.
    ///
    /// # Safety
    /// It is one of [`Pool::allocate`], and nobody uses it any more.
    pub(super) unsafe fn free(&self, chunk: NonNull<Chunk>) {
        // SAFETY: it was allocated as boxes are, and the caller has it for itself.
        let chunk = unsafe { Box::from_raw(chunk.as_ptr()) };
        self.give_back(chunk.bytes());
    }
}

const fn chunks_of(bytes: usize) -> usize {
    let chunks = bytes / CHUNK_BYTES;
    // The reader stays in the last chunk that it has emptied, so one alone would stay full.
    if chunks < 2 { 2 } else { chunks }
}

fn with_reserve(limit: usize, room: Room) -> usize {
    match room {
        Room::Open => limit,
        Room::Reserved => limit.saturating_add(limit.div_ceil(RESERVED_PART)),
    }
}
