//! Which client the process has.
//!
//! Some hundred bytes of each client are kept for ever, so that it can be reached without locks and reference counts
//! from wherever events happen, and after a fork. A process has few clients, mostly one.

#![allow(unsafe_code)]

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::shared::Shared;
use crate::wire::Kind;

static CLIENT: AtomicPtr<Shared> = AtomicPtr::new(null_mut());

/// The process's client, if it has one.
pub(crate) fn current() -> Option<&'static Shared> {
    // SAFETY: only what `set` has leaked.
    unsafe { CLIENT.load(Ordering::Acquire).as_ref() }
}

/// Makes it the process's client, unless it has one.
pub(super) fn set(client: Shared) -> Option<&'static Shared> {
    let made = Box::into_raw(Box::new(client));
    match CLIENT.compare_exchange(null_mut(), made, Ordering::AcqRel, Ordering::Relaxed) {
        // SAFETY: leaked here.
        Ok(_) => unsafe { made.as_ref() },
        Err(_) => {
            // SAFETY: nobody has got to know of it.
            drop(unsafe { Box::from_raw(made) });
            None
        }
    }
}

/// The process has no client any more, if it was this one.
pub(super) fn unset(client: &'static Shared) {
    let client = std::ptr::from_ref(client).cast_mut();
    let _ = CLIENT.compare_exchange(client, null_mut(), Ordering::AcqRel, Ordering::Relaxed);
}

/// The process has no client any more.
pub(super) fn clear() {
    CLIENT.store(null_mut(), Ordering::Relaxed);
}

/// True if it is the process's client.
pub(crate) fn is_current(client: &Shared) -> bool {
    std::ptr::eq(CLIENT.load(Ordering::Acquire), client)
}

/// Wakes the flusher, if there is one.
pub(crate) fn wake_flusher() {
    if let Some(client) = current() {
        client.bell.ring();
    }
}

/// Tells the flusher, if there is one, that a queue fills up.
pub(crate) fn hurry_flusher() {
    if let Some(client) = current() {
        client.bell.hurry();
    }
}

/// Counts a message that could not be recorded, and that no queue counts.
pub(crate) fn count_unrecorded() {
    if let Some(client) = current() {
        client.counters.queue_full.fetch_add(1, Ordering::Relaxed);
    }
}

/// Counts messages of what could not be named: this one, and if it is the start of an event, its end, which nobody
/// will send.
pub(crate) fn refuse_name(kind: Kind) {
    if let Some(client) = current() {
        client.counters.name.fetch_add(if kind == Kind::Start { 2 } else { 1 }, Ordering::Relaxed);
    }
}

/// The path of the event that the whole process is part of.
pub(crate) fn parent() -> &'static str {
    current().map_or("", |client| &client.settings.parent)
}
