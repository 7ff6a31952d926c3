//! From a receiver to the door: datagrams, bounded by their bytes.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use upto::wire::Decoder;

use super::datagrams::{Datagrams, Received};
use crate::ingest::Budget;

/// Datagrams are handed over together, up to so many bytes at a time. Who takes them is not woken for less while more is
/// at hand: on one core, being woken for every few takes more than working them off.
const TOGETHER_BYTES: usize = 256 << 10;

/// Beyond the budget, there is so much room for packets that close a session: without that one, nobody knows how many came
/// behind the last one that was taken, and it is just when there is no room that most are refused. It holds a few thousand.
pub(super) const CLOSING_BYTES: usize = 1 << 20;

/// Datagrams of one receiver, in the order in which they came.
#[derive(Debug)]
pub(super) struct Queue {
    /// Shared with the other receivers.
    budget: Arc<Budget>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Datagrams>,
    /// One that was emptied, for its memory.
    spare: Datagrams,
    /// Somebody waits for datagrams, and has not been woken.
    is_awaited: bool,
    /// Whoever waits has something else to do.
    is_poked: bool,
    is_closed: bool,
}

impl Queue {
    pub(super) fn new(budget: Arc<Budget>) -> Self {
        Queue { budget, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Adds what was received at once, as far as there is room; how many datagrams are refused. Who waits is woken only
    /// if there are enough of them: see [`wake`](Self::wake).
    pub(super) fn push<'r>(&self, received: impl Iterator<Item = Received<'r>> + Clone) -> u64 {
        let cost = received.clone().map(|each| each.cost()).sum();
        if self.budget.try_hold(cost) {
            self.add(received, cost);
            return 0;
        }
        let mut refused = 0;
        for each in received {
            let cost = each.cost();
            match self.budget.try_hold(cost) {
                true => self.add(std::iter::once(each), cost),
                false => refused += each.count() as u64 - u64::from(self.push_closing(each.last())),
            }
        }
        // There is no room for more to be at hand.
        self.wake();
        refused
    }

    /// Adds a packet that seems to close its session, though there is no room for others; whether it did.
    fn push_closing(&self, last: Received<'_>) -> bool {
        let is_held =
            Decoder::is_bare_packet(last.bytes) && self.budget.try_hold_beyond(last.cost(), CLOSING_BYTES);
        if is_held {
            self.add(std::iter::once(last), last.cost());
        }
        is_held
    }

    fn add<'r>(&self, received: impl Iterator<Item = Received<'r>>, cost: usize) {
        let mut state = self.lock();
        let last = state.last_with_room(cost);
        received.for_each(|each| last.push(each));
        if state.is_enough() {
            self.wake_if_awaited(state);
        }
    }

    /// Nothing more is at hand: whoever waits has to see what there is.
    pub(super) fn wake(&self) {
        let state = self.lock();
        if !state.waiting.is_empty() {
            self.wake_if_awaited(state);
        }
    }

    fn wake_if_awaited(&self, mut state: MutexGuard<'_, State>) {
        if std::mem::take(&mut state.is_awaited) {
            drop(state);
            self.changed.notify_one();
        }
    }

    /// Has whoever waits for datagrams return with none, or with those that there are.
    pub(super) fn poke(&self) {
        let mut state = self.lock();
        state.is_poked = true;
        self.wake_if_awaited(state);
    }

    /// Waits for datagrams, and puts them in the place of those in `taken`, which have been worked off; or none, if
    /// somebody [pokes](Self::poke). False: there are no more, as the queue is closed.
    pub(super) fn take(&self, taken: &mut Datagrams) -> bool {
        self.budget.release(taken.cost());
        taken.clear();
        let mut state = self.lock();
        std::mem::swap(&mut state.spare, taken);
        loop {
            if let Some(next) = state.waiting.pop_front() {
                (*taken, state.is_poked) = (next, false);
                return true;
            }
            if state.is_closed || std::mem::take(&mut state.is_poked) {
                return !state.is_closed;
            }
            state.is_awaited = true;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// No more come: what waits is the rest.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_enough(&self) -> bool {
        self.waiting.len() > 1 || self.waiting.front().is_some_and(|first| first.cost() >= TOGETHER_BYTES)
    }

    /// The last ones that wait, if so much fits them, or else new ones behind them.
    fn last_with_room(&mut self, cost: usize) -> &mut Datagrams {
        if self.waiting.back().is_none_or(|last| last.cost() + cost > TOGETHER_BYTES) {
            let next = std::mem::take(&mut self.spare);
            self.waiting.push_back(next);
        }
        let last = self.waiting.len() - 1;
        &mut self.waiting[last]
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::thread;

    use upto::wire::{Closing, PacketDefaults, PacketWriter};

    use super::*;

    fn received(bytes: &[u8]) -> Received<'_> {
        Received { bytes, each: None, peer: IpAddr::V4(Ipv4Addr::LOCALHOST) }
    }

    fn push(queue: &Queue, datagrams: &[&[u8]]) -> u64 {
        queue.push(datagrams.iter().map(|bytes| received(bytes)))
    }

    fn texts(datagrams: &Datagrams) -> Vec<String> {
        datagrams.each().map(|(bytes, _)| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    #[test]
    fn what_does_not_fit_is_refused_until_what_waits_is_worked_off() {
        let cost = received(b"12345").cost();
        let budget = Arc::new(Budget::new(2 * cost));
        let queue = Queue::new(budget.clone());
        assert_eq!(push(&queue, &[b"12345"]), 0);
        assert_eq!(push(&queue, &[b"67890", b"12345", b"12345"]), 2, "there is room for one");
        let mut taken = Datagrams::default();
        assert!(queue.take(&mut taken));
        assert_eq!(texts(&taken), ["12345", "67890"]);
        assert_eq!(push(&queue, &[b"12345"]), 1, "they are being worked off");
        queue.close();
        assert!(!queue.take(&mut taken));
        assert_eq!(budget.held(), 0);
        assert_eq!(push(&queue, &[b"12345"]), 0);
    }

    #[test]
    fn there_is_room_for_a_packet_that_closes_a_session_but_not_for_very_many() {
        let mut writer = PacketWriter::new(7, PacketDefaults::default(), 1_400);
        let closing = writer.finish(&Closing::default()).to_vec();
        let budget = Arc::new(Budget::new(received(&closing).cost()));
        let queue = Queue::new(budget.clone());
        assert_eq!(push(&queue, &[&closing]), 0);
        assert_eq!(push(&queue, &[b"12345", &closing]), 1, "the budget is used up");
        let run = [&vec![b'x'; closing.len() + 1], &closing[..]].concat();
        let run = Received { each: Some(closing.len() + 1), ..received(&run) };
        assert_eq!(queue.push(std::iter::once(run)), 1, "it is the last of a run");
        let fit = CLOSING_BYTES / received(&closing).cost();
        let refused: u64 = (0..2 * fit).map(|_| push(&queue, &[&closing])).sum();
        assert_eq!(refused, 2 * fit as u64 - (fit as u64 - 2));
        let mut taken = Datagrams::default();
        queue.close();
        while queue.take(&mut taken) {}
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn more_than_is_handed_over_together_comes_in_order_and_what_waits_at_the_end_too() {
        let queue = Queue::new(Arc::new(Budget::new(10 * TOGETHER_BYTES)));
        let large = vec![b'x'; TOGETHER_BYTES];
        for datagrams in [&[&b"a"[..]][..], &[&large, b"b"], &[b"c"]] {
            assert_eq!(push(&queue, datagrams), 0);
        }
        queue.close();
        let (mut taken, mut parts) = (Datagrams::default(), Vec::new());
        while queue.take(&mut taken) {
            parts.push(texts(&taken).iter().map(String::len).collect::<Vec<_>>());
        }
        assert_eq!(parts, [vec![1], vec![TOGETHER_BYTES, 1], vec![1]]);
    }

    #[test]
    fn who_waits_is_woken_for_many_bytes_or_when_no_more_are_at_hand() {
        let queue = Queue::new(Arc::new(Budget::new(10 * TOGETHER_BYTES)));
        let is_awaited = |is_awaited: bool| {
            queue.lock().is_awaited = is_awaited;
            queue.wake();
            queue.lock().is_awaited
        };
        assert!(is_awaited(true), "there is nothing");
        assert_eq!(push(&queue, &[b"a"]), 0);
        assert!(queue.lock().is_awaited, "there may be more in a moment");
        assert!(!is_awaited(true));
        queue.lock().is_awaited = true;
        assert_eq!(push(&queue, &[&vec![b'x'; TOGETHER_BYTES]]), 0);
        assert!(!queue.lock().is_awaited, "that is enough");
        assert!(!is_awaited(false));
    }

    #[test]
    fn who_waits_is_woken_when_there_is_no_room() {
        let queue = Queue::new(Arc::new(Budget::new(received(b"a").cost())));
        queue.lock().is_awaited = true;
        assert_eq!(push(&queue, &[b"a"]), 0);
        assert!(queue.lock().is_awaited);
        assert_eq!(push(&queue, &[b"b"]), 1);
        assert!(!queue.lock().is_awaited);
    }

    #[test]
    fn who_is_poked_returns_with_nothing_once() {
        let queue = Queue::new(Arc::new(Budget::new(1_000)));
        let mut taken = Datagrams::default();
        queue.poke();
        assert!(queue.take(&mut taken) && texts(&taken).is_empty());
        queue.poke();
        assert_eq!(push(&queue, &[b"a"]), 0);
        assert!(queue.take(&mut taken));
        assert_eq!(texts(&taken), ["a"]);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.take(&mut Datagrams::default()));
            queue.poke();
            assert!(waiting.join().expect("no panic"));
        });
        queue.close();
        queue.poke();
        assert!(!queue.take(&mut taken));
    }

    #[test]
    fn who_waits_is_woken() {
        let queue = Queue::new(Arc::new(Budget::new(1_000)));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let mut taken = Datagrams::default();
                let mut seen = Vec::new();
                while queue.take(&mut taken) {
                    seen.extend(texts(&taken));
                }
                seen
            });
            assert_eq!(push(&queue, &[b"a"]), 0);
            queue.wake();
            assert_eq!(push(&queue, &[b"b", b""]), 0);
            queue.close();
            assert_eq!(waiting.join().expect("no panic"), ["a", "b", ""]);
        });
    }
}
