//! All nodes that live for ever, found by what they are of.
//!
//! An open-addressing hash table whose slots are set once and never cleared, so that it is read and added to
//! without locks. It is full at half its slots; then counted nodes do.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::node::{Identity, Node};

const SLOTS: usize = if cfg!(miri) { 1 << 8 } else { 1 << 16 };
const NODES_AT_MOST: usize = SLOTS / 2;
/// How many slots are looked at: at half load, practically never all of them.
const PROBES: usize = 64;

static TABLE: [AtomicPtr<Node>; SLOTS] = [const { AtomicPtr::new(null_mut()) }; SLOTS];
static NODES: AtomicUsize = AtomicUsize::new(0);

/// The node in a slot of the table; `None`: it is empty.
#[inline]
pub(crate) fn by_slot(slot: u32) -> Option<&'static Node> {
    // SAFETY: what is in the table was leaked, and stays.
    unsafe { TABLE.get(slot as usize)?.load(Ordering::Acquire).as_ref() }
}

/// How many nodes there are.
pub(crate) fn places() -> u64 {
    NODES.load(Ordering::Relaxed) as u64
}

/// The node of this identity, made for its slot by `make` if there is none; `None`: there is no room.
pub(super) fn find_or_insert(identity: &Identity, make: impl Fn(u32) -> Node) -> Option<&'static Node> {
    // Slot 0 stays empty: it says that a node is not in the table.
    let start = hash(identity);
    for slot in (start..start + PROBES).map(|slot| slot % (SLOTS - 1) + 1) {
        let number = u32::try_from(slot).ok()?;
        let found = match by_slot(number) {
            Some(node) => node,
            None => insert(&TABLE[slot], make(number))?,
        };
        if found.is_of(identity) {
            return Some(found);
        }
    }
    None
}

/// Puts `node` into an empty slot; gives what is in the slot then, which may be another thread's.
fn insert(slot: &AtomicPtr<Node>, node: Node) -> Option<&'static Node> {
    if NODES.load(Ordering::Relaxed) >= NODES_AT_MOST {
        return None;
    }
    let made = Box::into_raw(Box::new(node));
    match slot.compare_exchange(null_mut(), made, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => {
            NODES.fetch_add(1, Ordering::Relaxed);
            // SAFETY: leaked by `into_raw`, and from here on in the table for ever.
            Some(unsafe { &*made })
        }
        Err(theirs) => {
            // SAFETY: ours was not put anywhere.
            drop(unsafe { Box::from_raw(made) });
            // SAFETY: as in `by_slot`.
            unsafe { theirs.as_ref() }
        }
    }
}

/// Multiplies and takes the middle: addresses differ mostly in the bits there.
fn hash(identity: &Identity) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let Identity { above, name, keys, is_local } = *identity;
    let addresses = [std::ptr::from_ref(above).addr(), name.as_ptr().addr(), keys.as_ptr().addr()];
    let mix = |mixed: u64, word: usize| (mixed.rotate_left(23) ^ word as u64).wrapping_mul(ODD);
    usize::try_from(addresses.into_iter().fold(u64::from(is_local), mix) >> 40).unwrap_or(0) % SLOTS
}
