//! The way from a thread to the flusher: a bounded queue of records with one producer and one reader.
//!
//! It is a list of chunks, the first of them small: most threads have few events, and keep the chunk that they are in.
//! The producer fills one, links the next and never looks back; the reader follows
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
#[cfg(all(test, not(loom)))]
mod tests;
mod waiting;

use std::ptr::NonNull;

pub(crate) use self::pool::Pool;
pub(crate) use self::producer::{Producer, Refused, Room};
pub(crate) use self::reader::Reader;
pub(crate) use self::waiting::WaitingReaders;

use self::chunk::{CHUNK_WORDS, Chunk, FIRST_WORDS};
use crate::sync::{Arc, AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

/// Words of a record at most.
pub(crate) const RECORD_WORDS: usize = if CHUNK_WORDS < 512 { CHUNK_WORDS } else { 512 };

/// Records of a chunk at most, and so numbers that it needs.
pub(crate) const RECORDS_OF_CHUNK: usize = CHUNK_WORDS / 2;

/// Chunks that the producer may have in hand: what a busy thread fills between two rounds of the flusher, mostly. To
/// get one from the system takes longer than to fill it.
const SPARES: usize = if cfg!(loom) { 1 } else { 4 };

/// What the two ends of a queue share beside the chunks.
#[derive(Debug)]
pub(crate) struct Ring {
    pool: &'static Pool,
    /// Whose queue it is.
    owner: u64,
    /// Chunks that the producer has got and the reader not given back.
    held: AtomicUsize,
    /// Emptied chunks on their way back.
    spares: [AtomicPtr<Chunk>; SPARES],
    /// The producer will write no more.
    closed: AtomicBool,
    /// The chunk where the reader stopped, which will read no more; null while there is one.
    rest: AtomicPtr<Chunk>,
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
        let chunk = pool.allocate(FIRST_WORDS, Room::Open)?;
        // SAFETY: nobody else knows of the new chunk yet.
        unsafe { chunk.as_ref() }.begin(first());
        let ring = Arc::new(Ring {
            pool,
            owner,
            held: AtomicUsize::new(1),
            spares: std::array::from_fn(|_| AtomicPtr::new(std::ptr::null_mut())),
            closed: AtomicBool::new(false),
            rest: AtomicPtr::new(std::ptr::null_mut()),
            refused: AtomicU64::new(0),
        });
        let producer = Producer::detached();
        producer.attach(ring.clone(), chunk);
        Some((producer, Reader::new(ring, chunk)))
    }

    /// Gives an emptied chunk to the producer, or back to the pool if it is small, or the producer has enough in hand.
    fn give_back(&self, chunk: NonNull<Chunk>) {
        // SAFETY: the reader has left the chunk, and not yet given it away.
        let is_given = unsafe { chunk.as_ref() }.is_largest() && self.keep_spare(chunk);
        if !is_given {
            // SAFETY: the reader has left the chunk, and the producer had before that.
            unsafe { self.pool.free(chunk) };
        }
        self.held.fetch_sub(1, Ordering::Release);
    }

    /// False: the producer has enough in hand. More than one is kept only while there is plenty for this queue and for the
    /// others.
    fn keep_spare(&self, chunk: NonNull<Chunk>) -> bool {
        let empty = std::ptr::null_mut();
        let is_scarce = self.is_half_full() || self.pool.is_half_used();
        let mut places = self.spares.iter().take(if is_scarce { 1 } else { SPARES });
        let give = |place: &AtomicPtr<Chunk>| {
            place.compare_exchange(empty, chunk.as_ptr(), Ordering::Release, Ordering::Relaxed).is_ok()
        };
        places.any(give)
    }

    fn is_half_full(&self) -> bool {
        self.held.load(Ordering::Relaxed) * 2 > self.pool.chunks(Room::Open)
    }

    /// True once the reader is gone.
    fn is_abandoned(&self) -> bool {
        !self.rest.load(Ordering::Relaxed).is_null()
    }

    fn take_spare(&self) -> Option<NonNull<Chunk>> {
        let is_there = |place: &&AtomicPtr<Chunk>| !place.load(Ordering::Relaxed).is_null();
        let take =
            |place: &AtomicPtr<Chunk>| NonNull::new(place.swap(std::ptr::null_mut(), Ordering::Acquire));
        self.spares.iter().filter(is_there).find_map(take)
    }

    fn free_spares(&self) {
        while let Some(spare) = self.take_spare() {
            // SAFETY: who takes it has it for itself.
            unsafe { self.pool.free(spare) };
        }
    }
}

impl Drop for Ring {
    /// Both ends are gone: what neither can use any more is freed here, whichever went first.
    fn drop(&mut self) {
        self.free_spares();
        let mut rest = NonNull::new(self.rest.load(Ordering::Acquire));
        while let Some(chunk) = rest {
            // SAFETY: nobody else can reach it; the chunks before the one where the reader stopped are not linked to.
            rest = unsafe { chunk.as_ref() }.next();
            // SAFETY: likewise.
            unsafe { self.pool.free(chunk) };
        }
    }
}
