//! Which subscribers there are. What is entered of the spans of one that is gone is current no more, as nobody would
//! hear that it is left.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use crate::state;

/// Those that there are, once for each of their layers.
static LIVING: Mutex<Vec<u64>> = Mutex::new(Vec::new());
/// How many there were and are no more.
static GONE: AtomicU64 = AtomicU64::new(0);
static NEXT: AtomicU64 = AtomicU64::new(1);
/// A thread that does not exist in this process holds the lock, for ever.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// The number of a new one.
pub(super) fn add() -> u64 {
    let domain = NEXT.fetch_add(1, Ordering::Relaxed);
    join(domain);
    domain
}

/// One more layer has the spans of this one.
pub(super) fn join(domain: u64) {
    if let Some(mut living) = lock() {
        living.push(domain);
    }
}

/// A layer is gone that had the spans of this one; true if it was the last.
pub(super) fn leave(domain: u64) -> bool {
    let Some(mut living) = lock() else { return true };
    if let Some(place) = living.iter().position(|living| *living == domain) {
        living.swap_remove(place);
    }
    !living.contains(&domain)
}

/// Makes all threads look for what is entered of those that are gone, each before it next starts an event.
pub(super) fn tell() {
    GONE.fetch_add(1, Ordering::Release);
    state::stir();
}

/// A number that changes when one is gone.
#[inline]
pub(crate) fn gone() -> u64 {
    GONE.load(Ordering::Acquire)
}

/// Does something with those that there are. False: not now, as a signal handler must not wait for the thread that it
/// interrupts.
pub(crate) fn look(work: impl FnOnce(&[u64])) -> bool {
    if IS_LOST.load(Ordering::Relaxed) {
        return true;
    }
    match LIVING.try_lock() {
        Ok(living) => work(&living),
        Err(TryLockError::Poisoned(poisoned)) => work(&poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => return false,
    }
    true
}

/// In a child process, finds out whether the fork has left the lock without its holder. Then all are taken to be there.
pub(super) fn check_after_fork() {
    if matches!(LIVING.try_lock(), Err(TryLockError::WouldBlock)) {
        IS_LOST.store(true, Ordering::Relaxed);
    }
}

fn lock() -> Option<MutexGuard<'static, Vec<u64>>> {
    let is_lost = IS_LOST.load(Ordering::Relaxed);
    (!is_lost).then(|| LIVING.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Does something while this is locked, for tests of what a fork leaves.
#[cfg(all(test, unix))]
pub(super) fn while_locked(work: &mut dyn FnMut()) {
    let _living = lock();
    work();
}
