//! The way from a thread to the flusher: a bounded queue of records with one producer and one reader.
//!
//! It is a list of chunks. The producer fills one, links the next and never looks back; the reader follows
//! and gives emptied chunks back. A record is an even number of words, and its first word, the header, is
//! never zero: it is written last, and is what tells the reader that the record is there. So the caller
//! pays for a few plain stores, and for no read of anything that another thread writes, except once
//! a chunk.
//!
//! A record is numbered by its place, so the caller learns the number of what it wrote without keeping count.
//!
//! On overflow the newest record is refused. Some room is kept for ends ([`Room::Reserved`]): the end of an
//! event whose start went through mostly does, too.

// Chunks are shared by two threads that each reach them through pointers of their own: who may touch what, and
// when, is said at each place. Loom and Miri check it.
#![allow(unsafe_code)]

mod chunk;
mod pool;
mod producer;
mod reader;

use std::sync::Arc;

pub(crate) use self::pool::Pool;
pub(crate) use self::producer::{Producer, Refused, Room};
pub(crate) use self::reader::Reader;

use self::chunk::Chunk;
use crate::sync::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

/// Words of a record at most.
pub(crate) const RECORD_WORDS: usize = if cfg!(loom) { 2 } else { 512 };

/// What the two ends of a queue share beside the chunks.
#[derive(Debug)]
pub(crate) struct Ring {
    pool: &'static Pool,
    /// Whose queue it is.
    owner: u64,
    /// Chunks that the producer has got and the reader not given back.
    held: AtomicUsize,
    /// An emptied chunk on its way back.
    spare: AtomicPtr<Chunk>,
    /// The producer will write no more.
    closed: AtomicBool,
    /// Records that were refused; only the producer writes it.
    refused: AtomicU64,
}

impl Ring {
    /// The queue of `owner` with its first chunk, the number of whose first record is `first`; `None`: the pool is
    /// exhausted.
    pub(crate) fn create(
        pool: &'static Pool,
        owner: u64,
        first: impl FnOnce() -> u64,
    ) -> Option<(Producer, Reader)> {
        let chunk = pool.allocate(Room::Open)?;
        // SAFETY: nobody else knows of the new chunk yet.
        unsafe { chunk.as_ref() }.begin(first());
        let ring = Arc::new(Ring {
            pool,
            owner,
            held: AtomicUsize::new(1),
            spare: AtomicPtr::new(std::ptr::null_mut()),
            closed: AtomicBool::new(false),
            refused: AtomicU64::new(0),
        });
        let producer = Producer::detached();
        producer.attach(ring.clone(), chunk);
        Some((producer, Reader::new(ring, chunk)))
    }

    /// Gives an emptied chunk to the producer, or back to the pool if it has one in hand already.
    fn give_back(&self, chunk: std::ptr::NonNull<Chunk>) {
        let empty = std::ptr::null_mut();
        let given =
            self.spare.compare_exchange(empty, chunk.as_ptr(), Ordering::Release, Ordering::Relaxed).is_ok();
        if !given {
            // SAFETY: the reader has left the chunk, and the producer had before that.
            unsafe { self.pool.free(chunk) };
        }
        self.held.fetch_sub(1, Ordering::Release);
    }

    fn is_half_full(&self) -> bool {
        self.held.load(Ordering::Relaxed) * 2 > self.pool.chunks(Room::Open)
    }

    fn take_spare(&self) -> Option<std::ptr::NonNull<Chunk>> {
        std::ptr::NonNull::new(self.spare.swap(std::ptr::null_mut(), Ordering::Acquire))
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        if let Some(spare) = self.take_spare() {
            // SAFETY: both ends are gone, so that nobody else can reach it.
            unsafe { self.pool.free(spare) };
        }
    }
}
