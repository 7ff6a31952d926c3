//! What was told of a timeline lately, for those who watch it, each at their own pace, and for those who come back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::Position;
use super::update::{News, Update};

/// Updates that are kept: some five seconds of a timeline in which something changes with every commit.
const UPDATES: usize = 256;
/// Bytes of memory that they take, estimated: some 8,000 events. Whoever is farther behind has to start over.
const BYTES: usize = 10 << 20;

/// The last updates of one timeline, in order.
#[derive(Debug)]
pub(super) struct Backlog {
    beginning: Position,
    /// The number of the last one.
    newest: watch::Sender<u64>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    updates: VecDeque<Arc<Update>>,
    bytes: usize,
}

impl Backlog {
    pub(super) fn new() -> Self {
        Backlog { beginning: Position::beginning(), newest: watch::Sender::new(0), kept: Mutex::default() }
    }

    pub(super) fn is_watched(&self) -> bool {
        self.newest.receiver_count() > 0
    }

    /// Tells everybody, and keeps it for a while.
    pub(super) fn push(&self, news: News) {
        let mut kept = self.kept();
        let before = *self.newest.borrow();
        let (from, to) = (self.beginning.at(before), self.beginning.at(before + 1));
        kept.add(Arc::new(Update::new(from, to, news)));
        // Before the lock is free: who counts back from the newest one has to find as many.
        self.newest.send_replace(before + 1);
    }

    /// What was told after `position`; `None` where that is not known any more, or never was.
    fn after(&self, position: Position) -> Option<Vec<Arc<Update>>> {
        let number = position.number_after(self.beginning)?;
        let kept = self.kept();
        let behind = usize::try_from(self.newest.borrow().checked_sub(number)?).ok()?;
        let from = kept.updates.len().checked_sub(behind)?;
        Some(kept.updates.range(from..).cloned().collect())
    }

    /// Bytes of memory, estimated.
    pub(super) fn bytes(&self) -> usize {
        self.kept().bytes
    }

    /// Drops what is kept. Who has not read it has to start over.
    pub(super) fn forget(&self) {
        *self.kept() = Kept::default();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn add(&mut self, update: Arc<Update>) {
        self.bytes += update.bytes();
        self.updates.push_back(update);
        // The newest one stays, whatever it has.
        while self.updates.len() > UPDATES || (self.bytes > BYTES && self.updates.len() > 1) {
            let Some(oldest) = self.updates.pop_front() else { return };
            self.bytes -= oldest.bytes();
        }
    }
}

/// Somebody who watches a timeline.
#[derive(Debug)]
pub(crate) struct Watching {
    backlog: Arc<Backlog>,
    newest: watch::Receiver<u64>,
}

impl Watching {
    pub(super) fn new(backlog: Arc<Backlog>) -> Self {
        let mut newest = backlog.newest.subscribe();
        // Who comes back may have missed something.
        newest.mark_changed();
        Watching { backlog, newest }
    }

    /// Up to where is told so far.
    pub(crate) fn position(&self) -> Position {
        self.backlog.beginning.at(*self.newest.borrow())
    }

    /// What was told after `position`; `None` where that is not known any more, or never was.
    pub(crate) fn after(&self, position: Position) -> Option<Vec<Arc<Update>>> {
        self.backlog.after(position)
    }

    /// Waits until more is told, if nothing was since this was asked last. At first, it does not wait.
    pub(crate) async fn changed(&mut self) {
        // It is not closed: this holds the other end.
        let _ = self.newest.changed().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(watching: &Watching, position: Position) -> Option<Vec<String>> {
        let after = watching.after(position)?;
        Some(after.iter().map(|update| update.position.to_string()).collect())
    }

    #[test]
    fn who_comes_back_is_told_what_was_missed_and_nothing_else() {
        let backlog = Arc::new(Backlog::new());
        let watching = Watching::new(backlog.clone());
        let first = watching.position();
        (0..3).for_each(|_| backlog.push(News::Changed));
        let told = |numbers: &[u64]| Some(numbers.iter().map(|each| first.at(*each).to_string()).collect());
        assert_eq!(numbers(&watching, first), told(&[1, 2, 3]));
        assert_eq!(numbers(&watching, first.at(2)), told(&[3]));
        assert_eq!(numbers(&watching, watching.position()), told(&[]));
        assert_eq!(numbers(&watching, first.at(4)), None, "it was never told");
        assert_eq!(numbers(&watching, Position::beginning()), None, "another server's");
        assert_eq!(numbers(&watching, Position::NOWHERE), None);
    }

    #[test]
    fn who_reads_while_more_is_told_misses_nothing() {
        const TOLD: u64 = 20_000;
        let backlog = Arc::new(Backlog::new());
        let watching = Watching::new(backlog.clone());
        let teller = std::thread::spawn(move || (0..TOLD).for_each(|_| backlog.push(News::Changed)));
        let mut position = watching.position();
        let last = position.at(TOLD);
        while position != last {
            let Some(updates) = watching.after(position) else {
                position = watching.position();
                continue;
            };
            for update in updates {
                assert_eq!(update.before, position);
                position = update.position;
            }
        }
        teller.join().expect("it told everything");
    }

    #[test]
    fn who_is_too_far_behind_is_told_so() {
        let backlog = Arc::new(Backlog::new());
        let watching = Watching::new(backlog.clone());
        let first = watching.position();
        (0..=UPDATES).for_each(|_| backlog.push(News::Changed));
        assert_eq!(numbers(&watching, first), None);
        assert_eq!(numbers(&watching, first.at(1)).map(|told| told.len()), Some(UPDATES));
    }

    #[test]
    fn who_has_not_read_what_was_forgotten_starts_over() {
        let backlog = Arc::new(Backlog::new());
        let watching = Watching::new(backlog.clone());
        let first = watching.position();
        assert_eq!(backlog.bytes(), 0);
        (0..3).for_each(|_| backlog.push(News::Changed));
        assert!(backlog.bytes() > 0);
        backlog.forget();
        assert_eq!((numbers(&watching, first.at(2)), backlog.bytes()), (None, 0));
        assert_eq!(numbers(&watching, first.at(3)), Some(Vec::new()), "who has read all goes on");
        backlog.push(News::Changed);
        assert_eq!(numbers(&watching, first.at(3)).map(|told| told.len()), Some(1));
    }

    #[tokio::test]
    async fn nobody_who_comes_waits_before_having_looked_once() {
        let backlog = Arc::new(Backlog::new());
        let mut watching = Watching::new(backlog.clone());
        watching.changed().await;
        backlog.push(News::Changed);
        watching.changed().await;
        assert!(backlog.is_watched());
        drop(watching);
        assert!(!backlog.is_watched());
    }
}
