//! The numbers of spans that have closed, for those that follow from them: of the latest ones, and only since a span of
//! their subscriber first followed from another.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Spans that are remembered at most, of all subscribers together.
const SPANS: usize = if cfg!(miri) { 64 } else { 4_096 };

static CLOSED: Mutex<Option<Closed>> = Mutex::new(None);
/// A thread that does not exist in this process holds the lock, for ever.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// By domain and number of the span.
#[derive(Debug, Default)]
struct Closed {
    numbers: HashMap<(u64, u64), u64>,
    /// The latest last.
    order: VecDeque<(u64, u64)>,
}

impl Closed {
    fn add(&mut self, span: (u64, u64), number: u64) {
        if self.order.len() >= SPANS {
            self.order.pop_front().map(|oldest| self.numbers.remove(&oldest));
        }
        self.order.push_back(span);
        self.numbers.insert(span, number);
    }
}

/// Remembers the number of the start of a span's event.
pub(super) fn remember(domain: u64, id: u64, number: u64) {
    if let Some(mut closed) = lock() {
        closed.get_or_insert_default().add((domain, id), number);
    }
}

/// The number of the start of a span's event, if that is remembered.
pub(super) fn number_of(domain: u64, id: u64) -> Option<u64> {
    lock()?.as_ref()?.numbers.get(&(domain, id)).copied()
}

/// In a child process, finds out whether the fork has left the lock without its holder. Then nothing is remembered.
pub(super) fn check_after_fork() {
    if matches!(CLOSED.try_lock(), Err(TryLockError::WouldBlock)) {
        IS_LOST.store(true, Ordering::Relaxed);
    }
}

fn lock() -> Option<MutexGuard<'static, Option<Closed>>> {
    let is_lost = IS_LOST.load(Ordering::Relaxed);
    (!is_lost).then(|| CLOSED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Does something while this is locked, for tests of what a fork leaves.
#[cfg(all(test, unix))]
pub(crate) fn while_locked(work: &mut dyn FnMut()) {
    let _closed = lock();
    work();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_ones_are_remembered_and_no_more() {
        let mut closed = Closed::default();
        let last = 2 * SPANS as u64;
        (0..last).for_each(|id| closed.add((1, id), id));
        assert_eq!((closed.numbers.len(), closed.order.len()), (SPANS, SPANS));
        let number = |id| closed.numbers.get(&(1, id)).copied();
        assert_eq!((number(last - 1), number(SPANS as u64)), (Some(last - 1), Some(SPANS as u64)));
        assert_eq!((number(SPANS as u64 - 1), closed.numbers.get(&(2, last - 1))), (None, None));
    }
}
