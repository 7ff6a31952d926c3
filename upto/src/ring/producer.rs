//! The end of a queue that a thread writes to.

use std::cell::Cell;
use std::ptr::{NonNull, null};

use super::Ring;
use super::chunk::{CHUNK_WORDS, Chunk};
use crate::sync::{Arc, AtomicU64, Ordering};

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
    /// It is full, and the record counted.
    Full,
}

/// A thread's end of its queue. It owns nothing that must be dropped, so that it can be in a thread-local
/// variable that costs nothing to reach; [`Producer::detach`] gives the queue up.
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
        self.next.set(other.next.replace(null()));
        self.open_until.set(other.open_until.replace(null()));
        self.reserved_until.set(other.reserved_until.replace(null()));
        self.offset.set(other.offset.get());
        self.chunk.set(other.chunk.take());
        self.ring.set(other.ring.take());
    }

    pub(super) fn attach(&self, ring: Arc<Ring>, chunk: NonNull<Chunk>) {
        self.ring.set(NonNull::new(Arc::into_raw(ring).cast_mut()));
        self.enter(chunk, Room::Open);
    }

    /// Gives the queue up: what is in it is read, then it is gone.
    pub(crate) fn detach(&self) {
        let Some(ring) = self.forget() else { return };
        // SAFETY: it came from `Arc::into_raw`, and `forget` has made it the only time that it is turned back.
        let ring = unsafe { Arc::from_raw(ring.as_ptr()) };
        ring.closed.store(true, Ordering::Release);
    }

    /// Leaves the queue as it is, for ever: where its other end does not exist any more, as after a fork.
    pub(crate) fn forget(&self) -> Option<NonNull<Ring>> {
        self.next.set(null());
        self.open_until.set(null());
        self.reserved_until.set(null());
        self.chunk.set(None);
        self.ring.take()
    }

    /// True if a record of `words` can be written at once.
    #[inline(always)]
    pub(crate) fn has_room(&self, words: usize, room: Room) -> bool {
        let until = match room {
            Room::Open => self.open_until.get(),
            Room::Reserved => self.reserved_until.get(),
        };
        // Addresses, as both may be null.
        self.next.get().addr() + words * size_of::<AtomicU64>() <= until.addr()
    }

    /// Writes a record for which there is room: its header, which is not zero, and as many further words as make
    /// its length even. Gives its number.
    ///
    /// # Safety
    /// [`Producer::has_room`] has said so for its length, and nothing has been written since.
    #[inline(always)]
    pub(crate) unsafe fn write<const N: usize>(&self, header: u64, words: [u64; N]) -> u64 {
        debug_assert!(header != 0 && N % 2 == 1);
        let start = self.next.get();
        for (place, word) in words.into_iter().enumerate() {
            // SAFETY: within the chunk, which is this producer's until it links another one.
            unsafe { &*start.add(1 + place) }.store(word, Ordering::Relaxed);
        }
        // SAFETY: likewise. Release: who sees the header sees the other words.
        unsafe { &*start }.store(header, Ordering::Release);
        // SAFETY: at most one behind the chunk's last word.
        self.next.set(unsafe { start.add(1 + N) });
        self.number(start)
    }

    /// Writes a record of any even length, in a new chunk if need be.
    pub(crate) fn push(
        &self,
        header: u64,
        words: &[u64],
        room: Room,
        first: impl FnOnce() -> u64,
    ) -> Result<u64, Refused> {
        debug_assert!(header != 0 && words.len() % 2 == 1 && words.len() < super::RECORD_WORDS);
        if !self.has_room(1 + words.len(), room) {
            self.advance(room, first)?;
        }
        let start = self.next.get();
        for (place, word) in words.iter().enumerate() {
            // SAFETY: there is room for the whole record, in a chunk that is this producer's.
            unsafe { &*start.add(1 + place) }.store(*word, Ordering::Relaxed);
        }
        // SAFETY: likewise.
        unsafe { &*start }.store(header, Ordering::Release);
        // SAFETY: at most one behind the chunk's last word.
        self.next.set(unsafe { start.add(1 + words.len()) });
        Ok(self.number(start))
    }

    /// Counts a record of `words` if there is no room for it, in a new chunk either.
    pub(crate) fn refuse(&self, words: usize, first: impl FnOnce() -> u64) -> bool {
        !self.has_room(words, Room::Open) && self.advance(Room::Open, first) == Err(Refused::Full)
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
    /// takes nothing but ends from now on, whose own numbers do not matter.
    pub(crate) fn renumber(&self, first: impl FnOnce() -> u64) {
        if self.link(Room::Open, first).is_err() {
            self.open_until.set(null());
        }
    }

    /// Goes on in a new chunk, for a record that is counted if there is no room for it.
    fn advance(&self, room: Room, first: impl FnOnce() -> u64) -> Result<(), Refused> {
        let linked = self.link(room, first);
        if linked == Err(Refused::Full) {
            self.count_refused();
        }
        linked
    }

    fn link(&self, room: Room, first: impl FnOnce() -> u64) -> Result<(), Refused> {
        if self.ring().is_some_and(Ring::is_abandoned) {
            self.detach();
        }
        let ring = self.ring().ok_or(Refused::Detached)?;
        // Acquire: what was given back is in `spare` by now.
        let held = ring.held.load(Ordering::Acquire);
        let is_reserved = held >= ring.pool.chunks(Room::Open);
        let may = held < ring.pool.chunks(room);
        let chunk = may.then(|| ring.take_spare().or_else(|| ring.pool.allocate(room))).flatten();
        let chunk = chunk.ok_or(Refused::Full)?;
        ring.held.fetch_add(1, Ordering::Relaxed);
        // SAFETY: a new or a spare chunk is nobody's but ours until it is linked.
        unsafe { chunk.as_ref() }.begin(first());
        if let Some(old) = self.chunk.get() {
            // SAFETY: the reader gives a chunk back only when it has found the link that this sets, or when this
            // producer has gone.
            unsafe { old.as_ref() }.next.store(chunk.as_ptr(), Ordering::Release);
        }
        self.enter(chunk, if is_reserved { Room::Reserved } else { Room::Open });
        Ok(())
    }

    fn enter(&self, chunk: NonNull<Chunk>, room: Room) {
        // SAFETY: the chunk is this producer's from here on.
        let chunk_of = unsafe { chunk.as_ref() };
        let start = chunk_of.words.as_ptr();
        // SAFETY: one behind the last word.
        let end = unsafe { start.add(CHUNK_WORDS) };
        self.chunk.set(Some(chunk));
        self.next.set(start);
        self.open_until.set(if room == Room::Open { end } else { start });
        self.reserved_until.set(end);
        self.offset.set(chunk_of.first().wrapping_sub(sixteenth(start)));
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

/// Records are 16 bytes at least, and begin at multiples of as many.
#[inline(always)]
fn sixteenth(record: *const AtomicU64) -> u64 {
    (record.addr() / (2 * size_of::<AtomicU64>())) as u64
}
