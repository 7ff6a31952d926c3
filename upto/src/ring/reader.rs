//! The end of a queue that the flusher reads.

use std::ptr::NonNull;

use super::Ring;
use super::chunk::Chunk;
use crate::sync::{Arc, AtomicU64, Ordering};

/// The reader of one queue. What was not read when it is dropped is lost.
#[derive(Debug)]
pub(crate) struct Reader {
    ring: Arc<Ring>,
    chunk: NonNull<Chunk>,
    position: usize,
    refused: u64,
    /// A chunk was left since it was last asked whether the queue is quiet.
    has_left: bool,
}

// SAFETY: the chunk that the pointer leads to is reached by this reader and by the producer only, and all that both
// touch are atomics.
unsafe impl Send for Reader {}

impl Reader {
    pub(super) fn new(ring: Arc<Ring>, chunk: NonNull<Chunk>) -> Self {
        Reader { ring, chunk, position: 0, refused: 0, has_left: false }
    }

    /// True once the producer is gone. What it has written before can be read if this was asked first.
    pub(crate) fn is_closed(&self) -> bool {
        self.ring.closed.load(Ordering::Acquire)
    }

    /// Whose queue it is.
    pub(crate) fn owner(&self) -> u64 {
        self.ring.owner
    }

    /// How many records were refused since this was last asked.
    pub(crate) fn refused(&mut self) -> u64 {
        let refused = self.ring.refused.load(Ordering::Relaxed);
        let before = std::mem::replace(&mut self.refused, refused);
        refused.wrapping_sub(before)
    }

    /// The number and the second word of the next record, if there is one.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<(u64, u64)> {
        self.header()?;
        // SAFETY: the reader's own chunk, which it frees only itself, in `leave`.
        let chunk = unsafe { self.chunk.as_ref() };
        let word = chunk.words.get(self.position + 1)?.load(Ordering::Relaxed);
        Some((self.number(chunk), word))
    }

    /// Reads the next record, if there is one: the number and the words, the header first. `length` tells how many a
    /// header says there are.
    #[inline]
    pub(crate) fn next<T>(
        &mut self,
        length: impl Fn(u64) -> usize,
        read: impl FnOnce(u64, &[AtomicU64]) -> T,
    ) -> Option<T> {
        let header = self.header()?;
        // SAFETY: as in `peek`.
        let chunk = unsafe { self.chunk.as_ref() };
        let number = self.number(chunk);
        let record = chunk.words.get(self.position..self.position + length(header))?;
        self.position += record.len();
        Some(read(number, record))
    }

    /// Gives the chunks that the producer has in hand back to the pool.
    pub(crate) fn free_spares(&self) {
        self.ring.free_spares();
    }

    /// Likewise, if the queue was quiet since this was last called.
    pub(crate) fn trim(&mut self) {
        if !std::mem::replace(&mut self.has_left, false) {
            self.free_spares();
        }
    }

    fn number(&self, chunk: &Chunk) -> u64 {
        chunk.first().wrapping_add((self.position / 2) as u64)
    }

    /// The header of the record at the position, in the next chunk if this one is done.
    #[inline]
    fn header(&mut self) -> Option<u64> {
        loop {
            if let Some(header) = self.here() {
                return Some(header);
            }
            // SAFETY: as in `peek`.
            let next = unsafe { self.chunk.as_ref() }.next()?;
            // The link says that nothing more comes here; but something may have come since we looked.
            if let Some(header) = self.here() {
                return Some(header);
            }
            self.leave(next);
        }
    }

    #[inline]
    fn here(&self) -> Option<u64> {
        // SAFETY: as in `peek`.
        let header = unsafe { self.chunk.as_ref() }.words.get(self.position)?.load(Ordering::Acquire);
        (header != 0).then_some(header)
    }

    #[cold]
    fn leave(&mut self, next: NonNull<Chunk>) {
        let left = std::mem::replace(&mut self.chunk, next);
        // SAFETY: the producer has linked the next chunk, and touches this one no more.
        unsafe { left.as_ref() }.clear(self.position);
        self.position = 0;
        self.has_left = true;
        self.ring.give_back(left);
    }
}

impl Drop for Reader {
    /// A producer that is still there goes on in the chunk that it has, and finds out when that is full.
    fn drop(&mut self) {
        self.ring.rest.store(self.chunk.as_ptr(), Ordering::Release);
    }
}
