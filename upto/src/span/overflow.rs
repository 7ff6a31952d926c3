//! Open spans that have no slot: behind mutexes, which many threads share, and within the budget of the queues.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::shards::Shards;
use super::{HANDLE, Kept, LATE};
use crate::local::POOL;
use crate::path::NodeRef;

/// What a span takes beside its node: an entry of a map that is seldom full, and while it grows is there twice.
const ENTRY_BYTES: usize = 256;
/// A map with room for more than this gives memory back once it is nearly empty.
const ENTRIES_LEFT: usize = 64;

/// By domain and number.
pub(super) static ALL: Shards<(u64, u64), Entry> = Shards::new();
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The bytes of a span, taken from the pool before its start is recorded: that may take the last of them.
#[derive(Debug)]
pub(crate) struct Reserved {
    bytes: usize,
    /// Which life of the pool has given them.
    life: usize,
}

impl Reserved {
    /// The bytes stay taken; which life of the pool has given them.
    fn into_life(self) -> usize {
        let life = self.life;
        std::mem::forget(self);
        life
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        // After a fork, the child's pool has never given them.
        if self.life == POOL.life() {
            POOL.give_back(self.bytes);
        }
    }
}

/// A span, and which life of the pool has given its bytes. How many they are, its node says: there are many of these.
#[derive(Debug)]
pub(super) struct Entry {
    kept: Kept,
    life: usize,
}

impl Entry {
    fn bytes_of(node: &NodeRef) -> usize {
        ENTRY_BYTES + node.kept_bytes()
    }

    /// Gives back what the span has taken.
    fn release(self) -> Kept {
        COUNT.fetch_sub(1, Ordering::Relaxed);
        drop(Reserved { bytes: Self::bytes_of(&self.kept.node), life: self.life });
        self.kept
    }
}

/// Takes room for a span of this node. `None`: there is none.
pub(super) fn reserve(node: &NodeRef) -> Option<Reserved> {
    let (bytes, life) = (Entry::bytes_of(node), POOL.life());
    POOL.keep(bytes).then(|| Reserved { bytes, life })
}

/// Keeps a span in its room; false: it can't be, and its event ends unseen.
pub(super) fn insert(domain: u64, id: u64, kept: Kept, room: Reserved) -> bool {
    let Some(mut spans) = ALL.lock(id) else { return false };
    COUNT.fetch_add(1, Ordering::Relaxed);
    let replaced = spans.get_or_insert_default().insert((domain, id), Entry { kept, life: room.into_life() });
    drop(replaced.map(Entry::release));
    true
}

pub(super) fn get(domain: u64, id: u64) -> Option<Kept> {
    with(domain, id, |kept| kept.clone())
}

pub(super) fn take(domain: u64, id: u64) -> Option<Kept> {
    if is_empty() {
        return None;
    }
    let mut spans = ALL.lock(id)?;
    let spans = spans.as_mut()?;
    let entry = spans.remove(&(domain, id))?;
    shrink(spans);
    Some(entry.release())
}

/// Takes all spans of a subscriber.
pub(super) fn take_all(domain: u64) -> Vec<Kept> {
    let mut taken = Vec::new();
    if !is_empty() {
        ALL.for_each(|spans| {
            taken.extend(spans.extract_if(|span, _| span.0 == domain).map(|(_, entry)| entry.release()));
            shrink(spans);
        });
    }
    taken
}

/// What is left of many spans moves to where it takes less. Seldom enough to cost nothing in the mean.
fn shrink(spans: &mut HashMap<(u64, u64), Entry>) {
    if spans.capacity() > ENTRIES_LEFT && spans.len() < spans.capacity() / 8 {
        spans.shrink_to(2 * spans.len());
    }
}

/// Something is said of the span late; its key.
pub(super) fn mark_late(domain: u64, id: u64) -> Option<u64> {
    with(domain, id, |kept| {
        kept.state |= LATE;
        kept.key
    })
}

pub(super) fn clone_handle(domain: u64, id: u64) {
    with(domain, id, |kept| kept.state += HANDLE);
}

/// True if it was the last one. A span that is not known has none.
pub(super) fn drop_handle(domain: u64, id: u64) -> bool {
    let left = with(domain, id, |kept| {
        kept.state = kept.state.saturating_sub(HANDLE);
        kept.state / HANDLE
    });
    left == Some(0)
}

fn with<T>(domain: u64, id: u64, change: impl FnOnce(&mut Kept) -> T) -> Option<T> {
    if is_empty() {
        return None;
    }
    ALL.lock(id)?.as_mut()?.get_mut(&(domain, id)).map(|entry| change(&mut entry.kept))
}

/// Who asks for a span has a handle of it, and so got to know of it after it was counted.
#[inline]
pub(super) fn is_empty() -> bool {
    COUNT.load(Ordering::Relaxed) == 0
}
