//! The end of a queue that a thread writes to.

use std::cell::Cell;
use std::ptr::{NonNull, null, without_provenance};
use std::sync::atomic::compiler_fence;

use super::chunk::{CHUNK_WORDS, Chunk};
use super::{RECORD_WORDS, Ring};
use crate::sync::{Arc, AtomicU64, Ordering};

/// An address that is behind all chunks, by as many bytes as the longest record has and more.
const OCCUPIED: *const AtomicU64 = without_provenance(usize::MAX - size_of::<[u64; RECORD_WORDS]>());

/// Which room a record may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// That for everything.
    Open,
    /// Also that which is kept for the ends of events.
    Reserved,
}

/// Why a record was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no queue: attach one.
    Detached,
    /// It is full, and the record counted; or the record is of a signal handler that has interrupted another one.
    Full,
}

/// A thread's end of its queue. It owns nothing that must be dropped, so that it can be in a thread-local
/// variable that costs nothing to reach; [`Producer::detach`] gives the queue up.
///
/// A signal handler may run at any instant of the thread, and record something too. Whatever changes more than one
/// word puts [`OCCUPIED`] where the next record would go, and that is the last word to be set again: meanwhile there is no
/// room for a handler's records, and at all other times there is nothing half done.
#[derive(Debug)]
pub(crate) struct Producer {
    /// Where the next record goes.
    next: Cell<*const AtomicU64>,
    /// Up to where records of any kind may go in this chunk, and those with reserved room.
    open_until: Cell<*const AtomicU64>,
    reserved_until: Cell<*const AtomicU64>,
    /// What is added to a sixteenth of a record's address to give its number.
    offset: Cell<u64>,
    chunk: Cell<Option<NonNull<Chunk>>>,
    /// From `Arc::into_raw`.
    ring: Cell<Option<NonNull<Ring>>>,
}

impl Producer {
    /// Without a queue: everything is refused.
    pub(crate) const fn detached() -> Self {
        Producer {
            next: Cell::new(null()),
            open_until: Cell::new(null()),
            reserved_until: Cell::new(null()),
            offset: Cell::new(0),
            chunk: Cell::new(None),
            ring: Cell::new(None),
        }
    }

    /// Takes over another one's queue.
    pub(crate) fn adopt(&self, other: &Producer) {
        self.detach();
        if self.occupy().is_none() {
            return;
        }
        self.open_until.set(other.open_until.replace(null()));
        self.reserved_until.set(other.reserved_until.replace(null()));
        self.offset.set(other.offset.get());
        self.chunk.set(other.chunk.take());
        self.ring.set(other.ring.take());
        self.release(other.next.replace(null()));
    }

    pub(super) fn attach(&self, ring: Arc<Ring>, chunk: NonNull<Chunk>) {
        self.ring.set(NonNull::new(Arc::into_raw(ring).cast_mut()));
        self.release(self.enter(chunk, Room::Open));
    }

    /// Gives the queue up: what is in it is read, then it is gone. False: this is a signal handler, and what it has
    /// interrupted goes on as before.
    pub(crate) fn detach(&self) -> bool {
        let is_free = self.occupy().is_some();
        if is_free {
            let ring = self.leave();
            self.release(null());
            close(ring);
        }
        is_free
    }

    /// Leaves the queue as it is, for ever: where its other end does not exist any more, as after a fork.
    pub(crate) fn forget(&self) {
        self.leave();
        self.release(null());
    }

    fn leave(&self) -> Option<NonNull<Ring>> {
        self.open_until.set(null());
        self.reserved_until.set(null());
        self.chunk.set(None);
        self.ring.take()
    }

    /// Keeps signal handlers from recording anything until [`Producer::release`]; where the next record goes. `None`: this
    /// is a signal handler, and what it has interrupted is at it.
    #[inline(always)]
    fn occupy(&self) -> Option<*const AtomicU64> {
        let next = self.next.replace(OCCUPIED);
        compiler_fence(Ordering::SeqCst);
        (next != OCCUPIED).then_some(next)
    }

    #[inline(always)]
    fn release(&self, next: *const AtomicU64) {
        compiler_fence(Ordering::SeqCst);
        self.next.set(next);
    }

    /// Likewise, where nothing was written, unless the queue has been given up.
    fn release_unchanged(&self, next: *const AtomicU64) {
        self.release(if self.ring.get().is_some() { next } else { null() });
    }

    /// True if a record of `words` can be written at once.
    #[inline(always)]
    pub(crate) fn has_room(&self, words: usize, room: Room) -> bool {
        self.fits(self.next.get(), words, room)
    }

    #[inline(always)]
    fn fits(&self, start: *const AtomicU64, words: usize, room: Room) -> bool {
        let until = match room {
            Room::Open => self.open_until.get(),
            Room::Reserved => self.reserved_until.get(),
        };
        // Addresses, as both may be null.
        start.addr() + words * size_of::<AtomicU64>() <= until.addr()
    }

    /// Writes a record for which [`Producer::has_room`] has said that there is room: its header, which is not zero, and as
    /// many further words as make its length even. Gives its number; 0, counted, if a signal handler has taken
    /// the room since.
    #[inline(always)]
    pub(crate) fn write<const N: usize>(&self, header: u64, words: [u64; N]) -> u64 {
        debug_assert!(header != 0 && N % 2 == 1);
        // What was read of this before may have changed.
        compiler_fence(Ordering::SeqCst);
        let start = self.next.replace(OCCUPIED);
        compiler_fence(Ordering::SeqCst);
        if !self.fits(start, 1 + N, Room::Reserved) {
            return self.refuse_at(start);
        }
        // SAFETY: there is room, in a chunk that is this producer's until it links another one, and signal handlers
        // are kept out.
        self.release(unsafe { store(start, header, &words) });
        self.number(start)
    }

    #[cold]
    #[inline(never)]
    fn refuse_at(&self, next: *const AtomicU64) -> u64 {
        self.count_refused();
        self.release(next);
        0
    }

    /// Writes a record of any even length, in a new chunk if need be.
    pub(crate) fn push(
        &self,
        header: u64,
        words: &[u64],
        room: Room,
        first: impl FnOnce() -> u64,
    ) -> Result<u64, Refused> {
        debug_assert!(header != 0 && words.len() % 2 == 1 && words.len() < RECORD_WORDS);
        let Some(next) = self.occupy() else { return Err(self.refuse_handler()) };
        match self.place(next, 1 + words.len(), room, first) {
            Ok(start) => {
                // SAFETY: there is room for the whole record, in a chunk that is this producer's.
                self.release(unsafe { store(start, header, words) });
                Ok(self.number(start))
            }
            Err(refused) => {
                self.release_unchanged(next);
                Err(refused)
            }
        }
    }

    /// Counts a record of `words` if there is no room for it, in a new chunk either.
    pub(crate) fn refuse(&self, words: usize, first: impl FnOnce() -> u64) -> bool {
        let Some(next) = self.occupy() else { return self.refuse_handler() == Refused::Full };
        let place = self.place(next, words, Room::Open, first);
        place.map_or_else(|_| self.release_unchanged(next), |start| self.release(start));
        place == Err(Refused::Full)
    }

    #[cold]
    fn refuse_handler(&self) -> Refused {
        self.count_refused();
        Refused::Full
    }

    /// Counts a record that could not be made; false: there is no queue to count it.
    pub(crate) fn count_refused(&self) -> bool {
        let Some(ring) = self.ring() else { return false };
        ring.refused.store(ring.refused.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        true
    }

    /// True when so much is waiting that the reader had better be called: half of what may.
    pub(crate) fn is_half_full(&self) -> bool {
        self.ring().is_some_and(Ring::is_half_full)
    }

    /// Goes on in a new chunk, whose records are numbered as `first` says. Where there is no room for one, this one
    /// takes nothing but ends from now on, whose own numbers do not matter. False: this is a signal handler, and what it has
    /// interrupted goes on as before.
    pub(crate) fn renumber(&self, first: impl FnOnce() -> u64) -> bool {
        let Some(next) = self.occupy() else { return false };
        let words = self.chunk().map_or(0, |chunk| chunk.words.len());
        match self.link(words, Room::Open, first) {
            Ok(start) => self.release(start),
            Err(_) => {
                self.open_until.set(null());
                self.release_unchanged(next);
            }
        }
        true
    }

    /// Where a record of `words` may go: to `next`, or to a new chunk. It is counted if there is no room for that.
    fn place(
        &self,
        next: *const AtomicU64,
        words: usize,
        room: Room,
        first: impl FnOnce() -> u64,
    ) -> Result<*const AtomicU64, Refused> {
        if self.fits(next, words, room) {
            return Ok(next);
        }
        let twice = self.chunk().map_or(0, |chunk| 2 * chunk.words.len());
        let linked = self.link(twice.max(words.next_power_of_two()), room, first);
        if linked == Err(Refused::Full) {
            self.count_refused();
        }
        linked
    }

    /// Goes on in a new chunk of about so many words; where its first record goes.
    fn link(
        &self,
        words: usize,
        room: Room,
        first: impl FnOnce() -> u64,
    ) -> Result<*const AtomicU64, Refused> {
        if self.ring().is_some_and(Ring::is_abandoned) {
            close(self.leave());
        }
        let ring = self.ring().ok_or(Refused::Detached)?;
        // Acquire: what was given back is in `spare` by now.
        let held = ring.held.load(Ordering::Acquire);
        let is_reserved = held >= ring.pool.chunks(Room::Open);
        let may = held < ring.pool.chunks(room);
        let words = words.min(CHUNK_WORDS);
        let chunk = may.then(|| ring.take_spare().or_else(|| ring.pool.allocate(words, room))).flatten();
        let chunk = chunk.ok_or(Refused::Full)?;
        ring.held.fetch_add(1, Ordering::Relaxed);
        // SAFETY: a new or a spare chunk is nobody's but ours until it is linked.
        unsafe { chunk.as_ref() }.begin(first());
        if let Some(old) = self.chunk() {
            old.next.store(chunk.as_ptr(), Ordering::Release);
        }
        Ok(self.enter(chunk, if is_reserved { Room::Reserved } else { Room::Open }))
    }

    /// Goes to a chunk, but for where the next record goes, which this gives.
    fn enter(&self, chunk: NonNull<Chunk>, room: Room) -> *const AtomicU64 {
        // SAFETY: the chunk is this producer's from here on.
        let chunk_of = unsafe { chunk.as_ref() };
        let words = chunk_of.words.as_ptr_range();
        self.chunk.set(Some(chunk));
        self.open_until.set(if room == Room::Open { words.end } else { words.start });
        self.reserved_until.set(words.end);
        self.offset.set(chunk_of.first().wrapping_sub(sixteenth(words.start)));
        words.start
    }

    fn chunk(&self) -> Option<&Chunk> {
        // SAFETY: the reader gives a chunk back only when it has found the link to the next one, or when this
        // producer has gone.
        self.chunk.get().map(|chunk| unsafe { &*chunk.as_ptr() })
    }

    #[inline(always)]
    fn number(&self, record: *const AtomicU64) -> u64 {
        sixteenth(record).wrapping_add(self.offset.get())
    }

    fn ring(&self) -> Option<&Ring> {
        // SAFETY: the count that `Arc::into_raw` left with us keeps it alive.
        self.ring.get().map(|ring| unsafe { &*ring.as_ptr() })
    }
}

/// Stores a record, the header last; where the next one goes.
///
/// # Safety
/// There is room for it at `start`, which nobody else writes to.
#[inline(always)]
unsafe fn store(start: *const AtomicU64, header: u64, words: &[u64]) -> *const AtomicU64 {
    for (place, word) in words.iter().enumerate() {
        // SAFETY: as the caller says.
        unsafe { &*start.add(1 + place) }.store(*word, Ordering::Relaxed);
    }
    // SAFETY: likewise. Release: who sees the header sees the other words.
    unsafe { &*start }.store(header, Ordering::Release);
    // SAFETY: at most one behind the chunk's last word.
    unsafe { start.add(1 + words.len()) }
}

/// What is in the queue is read, then it is gone.
fn close(ring: Option<NonNull<Ring>>) {
    if let Some(ring) = ring {
        // SAFETY: it came from `Arc::into_raw`, and was taken out of its producer: it is turned back only once.
        let ring = unsafe { Arc::from_raw(ring.as_ptr()) };
        ring.closed.store(true, Ordering::Release);
    }
}

/// Records are 16 bytes at least, and begin at multiples of as many.
#[inline(always)]
fn sixteenth(record: *const AtomicU64) -> u64 {
    (record.addr() / (2 * size_of::<AtomicU64>())) as u64
}
