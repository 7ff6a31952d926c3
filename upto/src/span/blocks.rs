//! Blocks of slots: where a thread keeps the spans that it opens, and where all threads find them.
//!
//! A block is of one thread at a time, and only that thread takes free slots of it. Blocks are made when threads need
//! them, within the budget of the queues, and stay for the threads that come later. Each has a number, and a
//! span's number says which block it is in, so that it is found without a lock and in the same time however many threads
//! there are:
//!
//! - Keys are made here, and have the block's number in them.
//! - The registry of `tracing-subscriber` numbers a span by the thread that makes it, in the bits from
//!   [`THREAD_SHIFT`] on: these are the block's number. Where a subscriber numbers its spans otherwise, threads that want
//!   the same block get it one at a time, and the spans of the others are in the map of [`overflow`](super::overflow).

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use once_cell::race::OnceBox;

use super::slots::{Filling, Slot};
use crate::local::POOL;

/// Slots that a block begins with, and that it has once they do not suffice: powers of two. The registry's pages grow from
/// as many.
const FEW: usize = if cfg!(miri) { 8 } else { 32 };
const SLOTS: usize = if cfg!(miri) { 16 } else { 256 };
/// How many slots are looked at. Numbers that a registry gives differ in their lowest bits while there are few.
const PROBES: usize = 4;

/// Where the registry's numbers have the thread, and how many threads they can tell apart.
const THREAD_SHIFT: u32 = if usize::BITS == 64 { 38 } else { 22 };
const THREADS: usize = if usize::BITS == 64 { 1 << 13 } else { 1 << 8 };
/// Those with even numbers are for spans that are numbered by their thread, those with odd ones for all others.
const BLOCKS: usize = 2 * THREADS;
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// Keys have this bit, which those of events and scopes do not have. Below it are the count, the block, and 8 bits of
/// the slot.
const KEY: u64 = 1 << 63;
const BLOCK_SHIFT: u32 = 8;
const COUNT_SHIFT: u32 = BLOCK_SHIFT + BLOCKS.trailing_zeros();

/// By number.
static ALL: [OnceBox<Block>; BLOCKS] = [const { OnceBox::new() }; BLOCKS];
/// A bit for each block that a thread has.
static CLAIMED: [AtomicU64; BLOCKS / 64] = [const { AtomicU64::new(0) }; BLOCKS / 64];
/// Blocks from here on were never made.
static USED: AtomicUsize = AtomicUsize::new(0);

/// A thread's slots.
#[derive(Debug)]
pub(crate) struct Block {
    number: usize,
    /// How many spans have been in it. Only its thread changes it.
    count: AtomicU64,
    /// Which slot is likely to be free. Only its thread changes it.
    next: AtomicUsize,
    has_more: AtomicBool,
    few: [Slot; FEW],
    more: OnceBox<[Slot; SLOTS - FEW]>,
}

/// The number of the block of a span that is numbered by its thread.
#[inline(always)]
fn home(id: u64) -> usize {
    (usize::try_from(id >> THREAD_SHIFT).unwrap_or(0) % THREADS) << 1
}

/// A number that tells the spans of one thread apart, the first of which is 1.
#[inline(always)]
fn low(id: u64) -> usize {
    usize::try_from(id.wrapping_sub(1) & 0xff).unwrap_or(0)
}

impl Block {
    /// The calling thread's block for spans that are numbered by their thread as `id` is, until it gives it up; `None`:
    /// another thread has it, or there is no room for one more.
    pub(crate) fn claim_home(id: u64) -> Option<&'static Block> {
        Self::claim_number(home(id))
    }

    /// A block for the calling thread's spans that get their numbers here, likewise.
    pub(crate) fn claim() -> Option<&'static Block> {
        CLAIMED.iter().enumerate().find_map(|(word, claimed)| {
            loop {
                let free = !claimed.load(Ordering::Relaxed) & ODD;
                if free == 0 {
                    return None;
                }
                let number = word * 64 + usize::try_from(free.trailing_zeros()).ok()?;
                if is_claimed_now(number) {
                    return Self::of_number(number);
                }
            }
        })
    }

    fn claim_number(number: usize) -> Option<&'static Block> {
        if is_claimed_now(number) { Self::of_number(number) } else { None }
    }

    /// The block of this number, which the calling thread has claimed, made if there is none.
    fn of_number(number: usize) -> Option<&'static Block> {
        let place = ALL.get(number)?;
        if place.get().is_none() && POOL.keep(size_of::<Block>()) {
            // There is no other thread that could have set it.
            place.set(Box::new(Block::new(number))).ok();
            USED.fetch_max(number + 1, Ordering::Relaxed);
        }
        if place.get().is_none() {
            give_up(number);
        }
        place.get()
    }

    fn new(number: usize) -> Self {
        Block {
            number,
            count: AtomicU64::new(0),
            next: AtomicUsize::new(0),
            has_more: AtomicBool::new(false),
            few: [const { Slot::new() }; FEW],
            more: OnceBox::new(),
        }
    }

    /// Gives the block to whichever thread wants it. Spans that are open stay in it.
    pub(crate) fn give_up(&self) {
        give_up(self.number);
    }

    /// True if spans that get their numbers here may be in it.
    #[inline(always)]
    pub(crate) fn is_for_keys(&self) -> bool {
        self.number & 1 == 1
    }

    /// True if spans that are numbered by their thread as `id` is may be in it.
    #[inline(always)]
    pub(crate) fn is_home_of(&self, id: u64) -> bool {
        self.number == home(id)
    }

    /// Makes room for more spans; false: there is none. Only for the block's thread.
    #[cold]
    pub(crate) fn grow(&self) -> bool {
        if self.has_more.load(Ordering::Relaxed) || !POOL.keep((SLOTS - FEW) * size_of::<Slot>()) {
            return false;
        }
        // Not by way of the stack, of which there may be little.
        let slots: Box<[Slot]> = (FEW..SLOTS).map(|_| Slot::new()).collect();
        let is_set = slots.try_into().is_ok_and(|slots| self.more.set(slots).is_ok());
        self.next.store(FEW, Ordering::Relaxed);
        self.has_more.store(is_set, Ordering::Relaxed);
        is_set
    }

    #[inline(always)]
    fn slot(&'static self, place: usize) -> Option<&'static Slot> {
        let place = place % SLOTS;
        self.few.get(place).or_else(|| self.more.get()?.get(place - FEW))
    }

    /// A free slot for a span of this number. Only for the block's thread.
    #[inline(always)]
    pub(crate) fn free_slot(&'static self, id: u64) -> Option<&'static Slot> {
        if !self.is_home_of(id) {
            return None;
        }
        let first = low(id);
        (first..first + PROBES).filter_map(|place| self.slot(place)).find(|slot| slot.is_free())
    }

    /// A free slot for a span that gets its number here. Only for the block's thread.
    #[inline(always)]
    pub(crate) fn next_slot(&'static self) -> Option<&'static Slot> {
        if !self.is_for_keys() {
            return None;
        }
        let slots = if self.has_more.load(Ordering::Relaxed) { SLOTS } else { FEW };
        let first = self.next.load(Ordering::Relaxed);
        let places = (first..first + PROBES).map(|place| place % slots);
        let mut free =
            places.filter_map(|place| Some((place, self.slot(place).filter(|slot| slot.is_free())?)));
        let (place, slot) = free.next().map_or((first + PROBES, None), |(place, slot)| (place, Some(slot)));
        // Where many are open, the next attempt is made elsewhere.
        self.next.store(place % slots, Ordering::Relaxed);
        slot
    }

    /// Puts a span into a free slot of this block; its number is the key if `id` is 0. Gives that.
    #[inline(always)]
    pub(crate) fn fill(&'static self, slot: &'static Slot, id: u64, filling: &Filling) -> u64 {
        let count = self.count.load(Ordering::Relaxed) + 1;
        self.count.store(count, Ordering::Relaxed);
        let key = KEY | count << COUNT_SHIFT & !KEY | self.place_of(slot);
        let id = if id == 0 { key } else { id };
        slot.fill(id, key, filling);
        id
    }

    /// The numbers of the block and of the slot within it.
    #[inline(always)]
    fn place_of(&'static self, slot: &'static Slot) -> u64 {
        let after = |first: *const Slot| {
            std::ptr::from_ref(slot).addr().wrapping_sub(first.addr()) / size_of::<Slot>()
        };
        let place = after(self.few.as_ptr());
        let of_more = || self.more.get().map_or(0, |more| FEW + after(more.as_ptr()));
        let place = if place < FEW { place } else { of_more() };
        (self.number as u64) << BLOCK_SHIFT | place as u64
    }

    #[inline(always)]
    pub(crate) fn find(&'static self, id: u64, is_it: impl Fn(&Slot) -> bool) -> Option<&'static Slot> {
        let first = low(id);
        (first..first + PROBES).filter_map(|place| self.slot(place)).find(|slot| is_it(slot))
    }

    fn slots(&'static self) -> impl Iterator<Item = &'static Slot> {
        (0..SLOTS).map_while(|place| self.slot(place))
    }
}

/// True if the calling thread has the block of this number from now on, made or not.
fn is_claimed_now(number: usize) -> bool {
    let bit = 1 << (number % 64);
    let is_free = |claimed: &AtomicU64| {
        // Acquire: with what the thread did that had it before.
        claimed.load(Ordering::Relaxed) & bit == 0 && claimed.fetch_or(bit, Ordering::Acquire) & bit == 0
    };
    CLAIMED.get(number / 64).is_some_and(is_free)
}

fn give_up(number: usize) {
    if let Some(claimed) = CLAIMED.get(number / 64) {
        claimed.fetch_and(!(1 << (number % 64)), Ordering::Release);
    }
}

/// True once any block was.
#[inline(always)]
pub(super) fn are_used() -> bool {
    USED.load(Ordering::Relaxed) != 0
}

/// The span `id` of `domain`, which is numbered by its thread.
#[inline(always)]
pub(super) fn find(domain: u64, id: u64) -> Option<&'static Slot> {
    ALL.get(home(id))?.get()?.find(id, |slot| slot.is_of(domain, id))
}

/// The span `id` of a subscriber that is gone.
#[cold]
pub(super) fn find_orphan(id: u64) -> Option<&'static Slot> {
    ALL.get(home(id))?.get()?.find(id, |slot| slot.is_orphan(id))
}

/// The open spans of a subscriber that have slots.
pub(super) fn all_of(domain: u64) -> impl Iterator<Item = &'static Slot> {
    let used = ALL.get(..USED.load(Ordering::Relaxed)).unwrap_or_default();
    let slots = used.iter().filter_map(OnceBox::get).flat_map(Block::slots);
    slots.filter(move |slot| slot.is_of_domain(domain))
}

/// The slot that a key says.
#[inline(always)]
pub(super) fn by_key(key: u64) -> Option<&'static Slot> {
    let block = usize::try_from(key >> BLOCK_SHIFT).ok()? % BLOCKS;
    let place = usize::try_from(key & 0xff).ok()?;
    ALL.get(block)?.get()?.slot(place)
}

#[cfg(test)]
mod tests;
