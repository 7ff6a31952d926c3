//! Which client there is while something is captured.
//!
//! If the process has none, captures start one that sends nowhere. Whoever else would start one meanwhile gets a guard
//! that stands for that; and a client that ends meanwhile goes on, without sending.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use super::sink;
use crate::client::{self, Shared};

static CAPTURED: Mutex<Captured> = Mutex::new(Captured { captures: 0, client: None });
/// A thread that does not exist in this process holds this lock, or one of a capture, for ever.
static IS_LOST: AtomicBool = AtomicBool::new(false);

#[derive(Debug)]
struct Captured {
    captures: usize,
    /// The client that ends with the last capture.
    client: Option<&'static Shared>,
}

/// A capture begins; false: there is no client, and none can be started.
pub(super) fn begin() -> bool {
    let Some(mut captured) = lock() else { return false };
    captured.captures += 1;
    if !client::is_active() {
        captured.client = client::start_for_captures().ok();
    }
    client::is_active()
}

/// A capture ends.
pub(super) fn end() {
    let Some(mut captured) = lock() else { return };
    captured.captures = captured.captures.saturating_sub(1);
    if captured.captures == 0 {
        captured.client.take().into_iter().for_each(client::end);
    }
}

/// Does what starts a client; `None`: something is captured, which it is not to disturb.
pub(crate) fn unless_captured<T>(start: impl FnOnce() -> T) -> Option<T> {
    let captured = lock();
    let is_captured = captured.as_ref().is_some_and(|captured| captured.captures > 0);
    (!is_captured).then(start)
}

/// Keeps a client that would end for captures; false: there are none, and `give_up` was called.
pub(crate) fn keep_or(client: &'static Shared, give_up: impl FnOnce()) -> bool {
    let mut captured = lock();
    let kept = captured.as_mut().filter(|captured| captured.captures > 0);
    match kept {
        Some(captured) => captured.client = Some(client),
        None => {
            give_up();
            return false;
        }
    }
    true
}

/// In a child process, forgets the captures, and finds out whether the fork has left a lock without its holder. Then
/// nothing is captured here.
pub(crate) fn check_after_fork() {
    let mut is_lost = sink::forget();
    match CAPTURED.try_lock() {
        Ok(mut captured) => (captured.captures, captured.client) = (0, None),
        Err(TryLockError::Poisoned(_)) => {}
        Err(TryLockError::WouldBlock) => is_lost = true,
    }
    if is_lost {
        IS_LOST.store(true, Ordering::Relaxed);
    }
}

/// True if nothing can be captured in this process, for ever.
pub(super) fn is_lost() -> bool {
    IS_LOST.load(Ordering::Relaxed)
}

fn lock() -> Option<MutexGuard<'static, Captured>> {
    (!is_lost()).then(|| CAPTURED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Does something while this is locked, for tests of what a fork leaves.
#[cfg(all(test, unix))]
pub(crate) fn while_locked(work: &mut dyn FnMut()) {
    let _captured = lock();
    work();
}
