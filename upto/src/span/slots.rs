//! Slots for open spans.
//!
//! They come in blocks. A block is of one thread at a time, and only that thread takes free slots of it, so that no
//! atomic operation is needed that waits for others. Whoever closes a span frees its slot, on whichever
//! thread; only one closes it. A thread that looks for a span looks into its own block, then into all others.
//!
//! A slot's numbers mean something to whoever has a handle of the span, as it is not freed meanwhile. To others they
//! may be those of another span, which is confusing and nothing worse.

use std::fmt;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use super::{HANDLE, Kept, LATE, ORPHANED, Site};
use crate::path::{Node, NodeRef};

const BLOCKS: usize = if cfg!(miri) { 8 } else { 64 };
const SLOTS: usize = if cfg!(miri) { 16 } else { 256 };
/// How many slots are looked at. Numbers that a registry gives differ in their lowest bits while there are few.
const PROBES: usize = 4;

/// Keys have this bit, which those of events and scopes do not have. Below it are the count, 8 bits of the block, and
/// 8 of the slot.
const KEY: u64 = 1 << 63;
const BLOCK_SHIFT: u32 = 8;
const COUNT_SHIFT: u32 = 16;

static ALL: [Block; BLOCKS] = [const { Block::new() }; BLOCKS];
/// Blocks from here on were never used.
static USED: AtomicUsize = AtomicUsize::new(0);

/// A thread's slots.
#[derive(Debug)]
pub(crate) struct Block {
    is_claimed: AtomicBool,
    /// How many spans have been in it. Only its thread changes it.
    count: AtomicU64,
    /// Which slot is likely to be free. Only its thread changes it.
    next: AtomicUsize,
    slots: [Slot; SLOTS],
}

/// A span, or nothing.
#[repr(align(64))]
#[derive(Debug)]
pub(crate) struct Slot {
    /// The span's number; 0: the slot is free. Written last.
    id: AtomicU64,
    domain: AtomicU64,
    node: Forever<Node>,
    site: Forever<Site>,
    started: AtomicU64,
    number: AtomicU64,
    key: AtomicU64,
    state: AtomicU64,
}

/// A reference to what lives for ever, or none.
struct Forever<T>(AtomicPtr<T>);

impl<T> Forever<T> {
    const fn none() -> Self {
        Forever(AtomicPtr::new(null_mut()))
    }

    #[inline(always)]
    fn set(&self, to: &'static T) {
        self.0.store(std::ptr::from_ref(to).cast_mut(), Ordering::Release);
    }

    #[inline(always)]
    fn get(&self) -> Option<&'static T> {
        // SAFETY: only `set` stores anything. Acquire: with what is in it.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }
}

impl<T> fmt::Debug for Forever<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What goes into a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filling {
    pub(crate) domain: u64,
    pub(crate) node: &'static Node,
    pub(crate) site: &'static Site,
    pub(crate) started: u64,
    pub(crate) number: u64,
    pub(crate) state: u64,
}

impl Block {
    const fn new() -> Self {
        Block {
            is_claimed: AtomicBool::new(false),
            count: AtomicU64::new(0),
            next: AtomicUsize::new(0),
            slots: [const { Slot::new() }; SLOTS],
        }
    }

    /// A block for the calling thread, until it gives it up; `None`: all are taken.
    pub(crate) fn claim() -> Option<&'static Block> {
        let is_ours = |block: &&Block| {
            !block.is_claimed.load(Ordering::Relaxed) && !block.is_claimed.swap(true, Ordering::Acquire)
        };
        let (place, block) = ALL.iter().enumerate().find(|(_, block)| is_ours(block))?;
        USED.fetch_max(place + 1, Ordering::Relaxed);
        Some(block)
    }

    /// Gives the block to whichever thread wants one. Spans that are open stay in it.
    pub(crate) fn give_up(&self) {
        self.is_claimed.store(false, Ordering::Release);
    }

    #[inline(always)]
    fn slot(&'static self, place: usize) -> &'static Slot {
        &self.slots[place % SLOTS]
    }

    /// A free slot for a span of this number. Only for the block's thread.
    #[inline(always)]
    pub(crate) fn free_slot(&'static self, id: u64) -> Option<&'static Slot> {
        let first = low(id);
        (first..first + PROBES).map(|place| self.slot(place)).find(|slot| slot.is_free())
    }

    /// A free slot for a span that gets its number here. Only for the block's thread.
    #[inline(always)]
    pub(crate) fn next_slot(&'static self) -> Option<&'static Slot> {
        let first = self.next.load(Ordering::Relaxed);
        let place = (first..first + PROBES).find(|place| self.slot(*place).is_free());
        // Where many are open, the next attempt is made elsewhere.
        self.next.store(place.unwrap_or(first + PROBES) % SLOTS, Ordering::Relaxed);
        place.map(|place| self.slot(place))
    }

    /// Puts a span into a free slot of this block; its number is the key if `id` is 0. Gives that.
    #[inline(always)]
    pub(crate) fn fill(&'static self, slot: &'static Slot, id: u64, filling: &Filling) -> u64 {
        let count = self.count.load(Ordering::Relaxed) + 1;
        self.count.store(count, Ordering::Relaxed);
        let key = KEY | count << COUNT_SHIFT & !KEY | self.place_of(slot);
        let id = if id == 0 { key } else { id };
        slot.domain.store(filling.domain, Ordering::Relaxed);
        slot.node.set(filling.node);
        slot.site.set(filling.site);
        slot.started.store(filling.started, Ordering::Relaxed);
        slot.number.store(filling.number, Ordering::Relaxed);
        slot.key.store(key, Ordering::Relaxed);
        slot.state.store(filling.state, Ordering::Relaxed);
        slot.id.store(id, Ordering::Release);
        id
    }

    /// The numbers of the block and of the slot within it.
    #[inline(always)]
    fn place_of(&'static self, slot: &'static Slot) -> u64 {
        let block = (std::ptr::from_ref(self).addr() - ALL.as_ptr().addr()) / size_of::<Block>();
        let slot = (std::ptr::from_ref(slot).addr() - self.slots.as_ptr().addr()) / size_of::<Slot>();
        (block as u64) << BLOCK_SHIFT | slot as u64
    }

    #[inline(always)]
    pub(crate) fn find(&'static self, domain: u64, id: u64) -> Option<&'static Slot> {
        let first = low(id);
        (first..first + PROBES).map(|place| self.slot(place)).find(|slot| slot.is_of(domain, id))
    }
}

impl Slot {
    const fn new() -> Self {
        Slot {
            id: AtomicU64::new(0),
            domain: AtomicU64::new(0),
            node: Forever::none(),
            site: Forever::none(),
            started: AtomicU64::new(0),
            number: AtomicU64::new(0),
            key: AtomicU64::new(0),
            state: AtomicU64::new(0),
        }
    }

    #[inline(always)]
    fn is_free(&self) -> bool {
        // Acquire: who freed it has read what was in it.
        self.id.load(Ordering::Acquire) == 0
    }

    #[inline(always)]
    pub(crate) fn is_of(&self, domain: u64, id: u64) -> bool {
        self.id.load(Ordering::Acquire) == id && self.domain.load(Ordering::Relaxed) == domain
    }

    /// True if the span of this key is in it.
    pub(super) fn has_key(&self, key: u64) -> bool {
        !self.is_free() && self.key() == key
    }

    #[inline(always)]
    pub(crate) fn node(&self) -> Option<&'static Node> {
        self.node.get()
    }

    #[inline(always)]
    pub(crate) fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(crate) fn key(&self) -> u64 {
        self.key.load(Ordering::Relaxed)
    }

    /// True if the end of the span has nothing to say but that.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        self.state.load(Ordering::Relaxed) & (HANDLE - 1) == 0
            && self.domain.load(Ordering::Relaxed) & ORPHANED == 0
    }

    pub(crate) fn kept(&self) -> Option<Kept> {
        Some(Kept {
            node: NodeRef::Static(self.node.get()?),
            site: self.site.get()?,
            started: self.started(),
            number: self.number(),
            key: self.key(),
            state: self.state.load(Ordering::Relaxed),
        })
    }

    pub(crate) fn mark_late(&self) {
        self.state.fetch_or(LATE, Ordering::Relaxed);
    }

    pub(crate) fn clone_handle(&self) {
        self.state.fetch_add(HANDLE, Ordering::Relaxed);
    }

    /// True if it was the last one.
    #[inline(always)]
    pub(crate) fn drop_handle(&self) -> bool {
        // One that is alone can't be cloned meanwhile. Acquire and release: what the others did happened before.
        self.state.load(Ordering::Acquire) / HANDLE == 1
            || self.state.fetch_sub(HANDLE, Ordering::AcqRel) / HANDLE == 1
    }

    /// Frees the slot of a span that has closed.
    #[inline(always)]
    pub(crate) fn free(&self) {
        self.id.store(0, Ordering::Release);
    }

    /// Its subscriber is gone.
    pub(super) fn orphan(&self) {
        self.domain.fetch_or(ORPHANED, Ordering::Relaxed);
    }

    /// Frees it; true if it was an orphan.
    pub(crate) fn release(&self) -> bool {
        let is_orphan = self.domain.load(Ordering::Relaxed) & ORPHANED != 0;
        self.free();
        is_orphan
    }
}

/// True once any block was.
#[inline(always)]
pub(super) fn are_used() -> bool {
    USED.load(Ordering::Relaxed) != 0
}

fn used() -> &'static [Block] {
    ALL.get(..USED.load(Ordering::Relaxed)).unwrap_or_default()
}

/// The span `id` of `domain`, wherever it is.
pub(super) fn find(domain: u64, id: u64) -> Option<&'static Slot> {
    used().iter().find_map(|block| block.find(domain, id))
}

/// The span `id` of a subscriber that is gone.
pub(super) fn find_orphan(id: u64) -> Option<&'static Slot> {
    let is_orphan = |slot: &&Slot| {
        slot.id.load(Ordering::Acquire) == id && slot.domain.load(Ordering::Relaxed) & ORPHANED != 0
    };
    let first = low(id);
    used().iter().find_map(|block| (first..first + PROBES).map(|place| block.slot(place)).find(is_orphan))
}

/// The open spans of a subscriber that have slots.
pub(super) fn all_of(domain: u64) -> impl Iterator<Item = &'static Slot> {
    let is_its = move |slot: &&Slot| !slot.is_free() && slot.domain.load(Ordering::Relaxed) == domain;
    used().iter().flat_map(|block| &block.slots).filter(is_its)
}

/// The slot that a key says.
#[inline(always)]
pub(super) fn by_key(key: u64) -> Option<&'static Slot> {
    let block = usize::try_from(key >> BLOCK_SHIFT & 0xff).ok()?;
    Some(ALL.get(block)?.slot(low(key)))
}

#[inline(always)]
fn low(id: u64) -> usize {
    usize::try_from(id & 0xff).unwrap_or(0)
}

#[cfg(test)]
mod tests;
