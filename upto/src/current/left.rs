//! The guards that scopes were left with, until they are entered again. Seldom any.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use super::stack::Frame;

static SCOPES: AtomicUsize = AtomicUsize::new(0);
static LEFT: Mutex<Option<Scopes>> = Mutex::new(None);
/// A thread that does not exist in this process holds the lock, for ever.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// Scopes that are added before those are looked for whose guards have ended.
const SWEPT_EACH: usize = 64;

type Scopes = HashMap<u64, Vec<Frame>>;

/// Keeps what scope `key` was left with, ahead of what an inner `enter` of it was left with.
pub(super) fn keep(key: u64, mut frames: Vec<Frame>) {
    if frames.is_empty() {
        return;
    }
    let Some(mut left) = lock() else { return };
    let all = left.get_or_insert_default();
    frames.append(&mut all.remove(&key).unwrap_or_default());
    all.insert(key, frames);
    if all.len() % SWEPT_EACH == 0 {
        forget_ended(all);
    }
    SCOPES.store(all.len(), Ordering::Release);
}

/// Forgets guards that have ended since, as those of a future that was dropped: nobody enters their scope again.
fn forget_ended(all: &mut Scopes) {
    all.retain(|_, frames| {
        frames.retain(|frame| !frame.has_ended());
        !frames.is_empty()
    });
}

/// Gives back what scope `key` was left with.
pub(super) fn take(key: u64) -> Vec<Frame> {
    if SCOPES.load(Ordering::Acquire) == 0 {
        return Vec::new();
    }
    let mut left = lock();
    let Some(all) = left.as_mut().and_then(|left| left.as_mut()) else { return Vec::new() };
    let frames = all.remove(&key).unwrap_or_default();
    SCOPES.store(all.len(), Ordering::Release);
    frames
}

/// In a child process, finds out whether the fork has left the lock without its holder. Then scopes keep no guards here.
pub(super) fn check_after_fork() {
    if matches!(LEFT.try_lock(), Err(TryLockError::WouldBlock)) {
        IS_LOST.store(true, Ordering::Relaxed);
    }
}

/// True if any scope was left with guards.
#[inline(always)]
pub(crate) fn has_left() -> bool {
    SCOPES.load(Ordering::Acquire) != 0
}

fn lock() -> Option<MutexGuard<'static, Option<Scopes>>> {
    let is_lost = IS_LOST.load(Ordering::Relaxed);
    (!is_lost).then(|| LEFT.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Does something while this is locked, for tests of what a fork leaves.
#[cfg(all(test, unix))]
pub(crate) fn while_locked(work: &mut dyn FnMut()) {
    let _left = lock();
    work();
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::current::{Open, Scope, Stack};
    use crate::path::{child, root};

    #[test]
    fn guards_that_ended_meanwhile_are_not_kept_for_ever() {
        const LEFT: u64 = if cfg!(miri) { 300 } else { 10_000 };
        let node = child(&root(), &"left".into(), &[]).expect("a node");
        for key in 1_000_000..1_000_000 + LEFT {
            let (mut stack, open) = (Stack::new(), Arc::new(Open::new()));
            let scope = |key| Scope { key, node: node.clone(), id: 1 };
            stack.enter_of(0, scope(key), Vec::new());
            stack.open(scope(key + 100_000), Some(open.clone()));
            keep(key, stack.exit(key));
            open.end(&node.attention);
        }
        assert!(SCOPES.load(Ordering::Acquire) < 2 * SWEPT_EACH);
    }
}
