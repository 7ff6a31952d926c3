//! A piece of a queue.

use std::ptr::NonNull;

use crate::sync::{AtomicPtr, AtomicU64, Ordering};

/// Words of a chunk: 8 KiB. Large enough that its change costs little per record, small enough that a thread
/// with one event does not take much.
pub(super) const CHUNK_WORDS: usize = if cfg!(loom) {
    4
} else if cfg!(miri) {
    64
} else {
    1_024
};

/// Words, zero where nothing has been written, and a link to the next chunk.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Chunk {
    pub(super) words: [AtomicU64; CHUNK_WORDS],
    pub(super) next: AtomicPtr<Chunk>,
    /// The number of the record that begins at the first word.
    first: AtomicU64,
}

impl Chunk {
    /// A new one, to be freed as a box; `None`: the system has no memory.
    ///
    /// It is made where it stays: on its way through a small stack, it would take half of that.
    #[cfg(not(loom))]
    pub(super) fn allocate() -> Option<NonNull<Self>> {
        // SAFETY: the layout is of more than no bytes. Zeros are what all the atomics begin with.
        NonNull::new(unsafe { std::alloc::alloc_zeroed(std::alloc::Layout::new::<Chunk>()) }.cast())
    }

    /// Likewise; loom's atomics do not begin with zeros.
    #[cfg(loom)]
    pub(super) fn allocate() -> Option<NonNull<Self>> {
        Some(NonNull::from(Box::leak(Box::new(Chunk {
            words: std::array::from_fn(|_| AtomicU64::new(0)),
            next: AtomicPtr::new(std::ptr::null_mut()),
            first: AtomicU64::new(0),
        }))))
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
