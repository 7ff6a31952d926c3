//! A piece of a queue.

use std::ptr::NonNull;

use crate::sync::{AtomicPtr, AtomicU64, Ordering};

/// Words of a chunk at most: 8 KiB, large enough that its change costs little per record.
pub(super) const CHUNK_WORDS: usize = if cfg!(loom) {
    4
} else if cfg!(miri) {
    64
} else {
    1_024
};

/// Words of a queue's first chunk: 1 KiB, as most threads have few events and stay. The ones behind it are each twice
/// as large, up to the largest.
pub(super) const FIRST_WORDS: usize = if cfg!(loom) { 2 } else { CHUNK_WORDS / 8 };

/// Words, zero where nothing has been written, and a link to the next chunk.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) words: Box<[AtomicU64]>,
    pub(super) next: AtomicPtr<Chunk>,
    /// The number of the record that begins at the first word.
    first: AtomicU64,
}

impl Chunk {
    /// A new one of so many words, to be freed as a box; `None`: the system has no memory.
    pub(super) fn allocate(words: usize) -> Option<NonNull<Self>> {
        let next = AtomicPtr::new(std::ptr::null_mut());
        let chunk = Chunk { words: zeros(words)?, next, first: AtomicU64::new(0) };
        Some(NonNull::from(Box::leak(Box::new(chunk))))
    }

    /// Bytes that a chunk of so many words takes.
    pub(super) const fn bytes_of(words: usize) -> usize {
        size_of::<Self>() + words * size_of::<AtomicU64>()
    }

    pub(super) fn bytes(&self) -> usize {
        Self::bytes_of(self.words.len())
    }

    /// True of those that a busy thread has all of: they are worth being used again.
    pub(super) fn is_largest(&self) -> bool {
        self.words.len() == CHUNK_WORDS
    }

    /// Prepares an empty chunk for its next life. It is handed to the reader by the link to it.
    pub(super) fn begin(&self, first: u64) {
        self.next.store(std::ptr::null_mut(), Ordering::Relaxed);
        self.first.store(first, Ordering::Relaxed);
    }

    pub(super) fn first(&self) -> u64 {
        self.first.load(Ordering::Relaxed)
    }

    /// The chunk behind this one, with everything that the producer has written to this one.
    pub(super) fn next(&self) -> Option<NonNull<Chunk>> {
        NonNull::new(self.next.load(Ordering::Acquire))
    }

    /// Empties the words before `position`, behind which nothing was written.
    pub(super) fn clear(&self, position: usize) {
        for word in self.words.iter().take(position) {
            word.store(0, Ordering::Relaxed);
        }
    }
}

/// They are made where they stay: on their way through a small stack, they would take half of that.
#[cfg(not(loom))]
fn zeros(words: usize) -> Option<Box<[AtomicU64]>> {
    let layout = std::alloc::Layout::array::<AtomicU64>(words).ok()?;
    // SAFETY: the layout is of more than no bytes, as there are words.
    let start = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) }.cast::<AtomicU64>())?;
    // SAFETY: allocated just now, as a box of so many would be, and zeros are what atomics begin with.
    Some(unsafe { Box::from_raw(NonNull::slice_from_raw_parts(start, words).as_ptr()) })
}

/// Likewise; loom's atomics do not begin with zeros.
#[cfg(loom)]
fn zeros(words: usize) -> Option<Box<[AtomicU64]>> {
    Some((0..words).map(|_| AtomicU64::new(0)).collect())
}
