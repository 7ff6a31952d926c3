//! The guards that scopes were left with, until they are entered again. Seldom any.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::stack::Frame;

static SCOPES: AtomicUsize = AtomicUsize::new(0);
static LEFT: Mutex<Option<HashMap<u64, Vec<Frame>>>> = Mutex::new(None);

/// Keeps what scope `key` was left with, ahead of what an inner `enter` of it was left with.
pub(super) fn keep(key: u64, mut frames: Vec<Frame>) {
    if frames.is_empty() {
        return;
    }
    let mut left = lock();
    let all = left.get_or_insert_default();
    frames.append(&mut all.remove(&key).unwrap_or_default());
    all.insert(key, frames);
    SCOPES.store(all.len(), Ordering::Release);
}

/// Gives back what scope `key` was left with.
pub(super) fn take(key: u64) -> Vec<Frame> {
    if SCOPES.load(Ordering::Acquire) == 0 {
        return Vec::new();
    }
    let mut left = lock();
    let Some(all) = left.as_mut() else { return Vec::new() };
    let frames = all.remove(&key).unwrap_or_default();
    SCOPES.store(all.len(), Ordering::Release);
    frames
}

fn lock() -> MutexGuard<'static, Option<HashMap<u64, Vec<Frame>>>> {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}
