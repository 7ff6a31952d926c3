//! What several threads may say of one event.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;

/// How often a thread lets others run that it would have to wait for. They need some nanoseconds, unless they have been
/// suspended, were interrupted by the signal handler that asks, or are not there after a fork.
const ATTEMPTS: u32 = 1_000;

/// A value that threads change by turns, without ever waiting for long.
#[derive(Debug, Default)]
pub(super) struct Slot<T> {
    value: Mutex<T>,
    has_missed: AtomicBool,
}

impl<T> Slot<T> {
    pub(super) fn new(value: T) -> Self {
        Slot { value: Mutex::new(value), has_missed: AtomicBool::new(false) }
    }

    /// Changes the value, by what runs no code of the caller's; what can't be changed in time is left out, which
    /// [`Slot::take`] tells.
    pub(super) fn change(&self, change: impl FnOnce(&mut T)) {
        match self.lock() {
            Some(mut value) => change(&mut value),
            None => self.has_missed.store(true, Ordering::Relaxed),
        }
    }

    /// The value, and whether a change of it was left out.
    pub(super) fn take(&mut self) -> (T, bool)
    where
        T: Default,
    {
        let value = self.value.get_mut().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(value), *self.has_missed.get_mut())
    }

    fn lock(&self) -> Option<MutexGuard<'_, T>> {
        (0..ATTEMPTS).find_map(|_| match self.value.try_lock() {
            Ok(value) => Some(value),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                thread::yield_now();
                None
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_change_it_by_turns() {
        let mut slot = Slot::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| slot.change(|value| *value += 1)));
            }
        });
        let (value, has_missed) = slot.take();
        assert!(value == 4_000 || has_missed, "{value}");
    }

    #[test]
    fn a_change_that_would_wait_for_ever_is_left_out() {
        let mut slot = Slot::new(1);
        slot.change(|_| slot.change(|value| *value = 2));
        assert_eq!(slot.take(), (1, true));
    }
}
