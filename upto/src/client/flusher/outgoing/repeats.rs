//! Packets with ends of events that leave a second time, later than the first: what loses a packet, such as a receiver's
//! buffer that is full, mostly loses those right behind it as well.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::client::socket::Batch;
use crate::ring::Pool;

/// How long after the first time: as long as the longest pause between two rounds.
pub(in crate::client::flusher) const REPEAT_AFTER: Duration = Duration::from_millis(6);

/// Packets that wait, the earliest first, within the budget of the queues.
#[derive(Debug)]
pub(super) struct Repeats {
    waiting: VecDeque<Repeat>,
    pool: &'static Pool,
}

#[derive(Debug)]
struct Repeat {
    batch: Batch,
    due: Instant,
    bytes: usize,
}

impl Repeats {
    pub(super) fn new(pool: &'static Pool) -> Self {
        Repeats { waiting: VecDeque::new(), pool }
    }

    /// Keeps packets that leave again after `sent`. `Err`: there is no room for them.
    pub(super) fn add(&mut self, batch: Batch, sent: Instant) -> Result<(), Batch> {
        let bytes = batch.memory();
        // Not all of the budget: what happens now goes before what has been told.
        if !self.pool.keep(bytes) {
            return Err(batch);
        }
        self.waiting.push_back(Repeat { batch, due: sent + REPEAT_AFTER, bytes });
        Ok(())
    }

    /// The next packets that are due by `now`.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Batch> {
        self.next_due().filter(|due| *due <= now)?;
        let repeat = self.waiting.pop_front()?;
        self.pool.give_back(repeat.bytes);
        Some(repeat.batch)
    }

    /// When the next ones are due; `None`: none wait.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.waiting.front().map(|repeat| repeat.due)
    }
}

impl Drop for Repeats {
    fn drop(&mut self) {
        self.waiting.drain(..).for_each(|repeat| self.pool.give_back(repeat.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(text: &[u8]) -> Batch {
        let mut batch = Batch::new(512);
        batch.push(text, 1);
        batch
    }

    #[test]
    fn packets_wait_their_time_in_order() {
        static POOL: Pool = Pool::new(1 << 20, 1 << 20);
        let (mut repeats, now) = (Repeats::new(&POOL), Instant::now());
        let moment = Duration::from_nanos(1);
        assert!(
            repeats.add(batch(b"first"), now).is_ok() && repeats.add(batch(b"second"), now + moment).is_ok()
        );
        assert!(repeats.take_due(now + REPEAT_AFTER - moment).is_none());
        let due = repeats.take_due(now + REPEAT_AFTER).expect("the first one");
        assert_eq!(due.each().collect::<Vec<_>>(), [b"first"]);
        assert!(repeats.take_due(now + REPEAT_AFTER).is_none());
        assert_eq!(repeats.next_due(), Some(now + REPEAT_AFTER + moment));
    }

    #[test]
    fn they_take_no_more_than_the_budget_and_give_it_back() {
        static POOL: Pool = Pool::new(64 << 10, 64 << 10);
        let (mut repeats, now) = (Repeats::new(&POOL), Instant::now());
        let kept = (0..1_000).take_while(|_| repeats.add(batch(&[0; 512]), now).is_ok()).count();
        assert!((10..100).contains(&kept), "{kept}");
        assert!(POOL.used() > 32 << 10 && POOL.used() <= 48 << 10, "{}", POOL.used());
        assert!(repeats.take_due(now + REPEAT_AFTER).is_some() && repeats.add(batch(&[0; 512]), now).is_ok());
        drop(repeats);
        assert_eq!(POOL.used(), 0);
    }
}
