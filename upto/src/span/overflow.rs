//! Open spans that have no slot: behind mutexes, which many threads share.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::shards::Shards;
use super::{HANDLE, Kept, LATE};

/// Spans that are kept at most. The events of others end unseen.
const SPANS: usize = 1 << 20;

/// By domain and number.
pub(super) static ALL: Shards<(u64, u64), Kept> = Shards::new();
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Keeps a span; false: there is no room.
pub(super) fn insert(domain: u64, id: u64, kept: Kept) -> bool {
    if COUNT.fetch_add(1, Ordering::Relaxed) >= SPANS {
        COUNT.fetch_sub(1, Ordering::Relaxed);
        return false;
    }
    let Some(mut spans) = ALL.lock(id) else { return false };
    let replaced = spans.get_or_insert_default().insert((domain, id), kept);
    COUNT.fetch_sub(usize::from(replaced.is_some()), Ordering::Relaxed);
    true
}

pub(super) fn get(domain: u64, id: u64) -> Option<Kept> {
    with(domain, id, |kept| kept.clone())
}

pub(super) fn take(domain: u64, id: u64) -> Option<Kept> {
    if is_empty() {
        return None;
    }
    let kept = ALL.lock(id)?.as_mut()?.remove(&(domain, id))?;
    COUNT.fetch_sub(1, Ordering::Relaxed);
    Some(kept)
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
    ALL.lock(id)?.as_mut()?.get_mut(&(domain, id)).map(change)
}

/// Who asks for a span has a handle of it, and so got to know of it after it was counted.
#[inline]
pub(super) fn is_empty() -> bool {
    COUNT.load(Ordering::Relaxed) == 0
}
