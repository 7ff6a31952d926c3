//! The thread that reads the queues, and sends what is in them.

#[cfg(test)]
mod fault;
mod outgoing;
mod reports;
mod signals;
#[cfg(test)]
mod tests;
mod translate;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::thread;
use std::time::{Duration, Instant};

use self::outgoing::Outgoing;
use self::translate::Translator;
use super::shared::Shared;
use super::{random, running};
use crate::clock::{Reading, cycles};
use crate::ring::Reader;
use crate::{local, record, state, testing};

/// How long a record may wait so that others share its packet, when there are few. With the time that sending takes, a
/// start leaves within 10 ms.
const QUIET_PAUSE: Duration = Duration::from_millis(6);
/// A record that comes right after a round waits for the next one, and then for what that sends: three fifths of what is
/// promised are left to the first.
const _: () = assert!(QUIET_PAUSE.as_micros() * 10 <= STARTS_LEAVE_WITHIN.as_micros() * 6);
/// As the documentation says.
const STARTS_LEAVE_WITHIN: Duration = Duration::from_millis(10);
/// Likewise, when there are many.
const BUSY_PAUSE: Duration = Duration::from_millis(2);
/// From how many records in one round on there are many.
const MANY: usize = 512;
/// Rounds with nothing to send before the flusher sleeps until it is woken. Waking it costs a caller some
/// microseconds, so that should be seldom.
const ROUNDS_TO_SLEEP: u32 = 33;
/// How long a record may lie unseen whose thread was suspended for long between asking the state and recording.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// A program that does nothing is hardly ever woken by this.
const _: () = assert!(LONGEST_SLEEP.as_secs() >= 60);
/// How long a queue that was busy is quiet before memory that it has in hand is given back.
const TRIM_AFTER: Duration = Duration::from_secs(5);
/// Longer than any round.
const LONGEST_ROUND: Duration = Duration::from_secs(5);
/// By how many cycles the clocks of two threads may differ: some hundred microseconds, far more than they do. Whoever waits for
/// what was recorded by then has it read, even if it seems to be recorded a little later.
const SKEW: u64 = 1 << 20;

/// The flusher's own state.
pub(super) struct Flusher {
    shared: &'static Shared,
    readers: Vec<Reader>,
    /// The time of the next record of each queue that has one, and where the queue is among the readers.
    order: BinaryHeap<Reverse<(u64, usize)>>,
    translator: Translator,
    outgoing: Outgoing,
    /// Rounds with nothing to send since there was something.
    empty_rounds: u32,
    /// When queues were last asked whether they have been quiet.
    trimmed: Instant,
}

impl Flusher {
    pub(super) fn new(shared: &'static Shared) -> Self {
        // Ids stay below 2^53, where every language's numbers are exact. They begin anywhere there, so that those of
        // thousands of short processes do not meet.
        let id_base = random() >> 11;
        Flusher {
            shared,
            readers: Vec::new(),
            order: BinaryHeap::new(),
            translator: Translator::new(shared, id_base),
            outgoing: Outgoing::new(shared, random(), id_base),
            empty_rounds: 0,
            trimmed: Instant::now(),
        }
    }

    pub(super) fn spawn(self) -> std::io::Result<()> {
        let shared = self.shared;
        let run = move || {
            let _ending = Ending(shared);
            self.run();
        };
        let builder = thread::Builder::new().name("upto-flusher".to_owned());
        let thread = signals::blocked_for(|| builder.spawn(run))?;
        shared.bell.is_heard_by(thread.thread().clone());
        Ok(())
    }

    fn run(mut self) {
        loop {
            let closing = self.shared.bell.is_closing();
            let asked = self.shared.bell.asked();
            let records = self.round();
            self.outgoing.send_packet();
            if self.shared.is_leaving() {
                self.outgoing.end();
                self.shared.stop_sending();
            }
            self.shared.bell.answer(asked);
            if closing {
                break;
            }
            self.rest(records);
        }
        // Tells the server how many packets there were, so that it can tell whether it has them all.
        self.outgoing.end();
    }

    /// Those that were made for this client, and those that earlier ones have left: what is in these has numbers that say
    /// so, and is freed.
    fn take_readers(&mut self) {
        self.readers.append(&mut self.shared.readers.take());
        self.readers.append(&mut local::take_left_readers());
    }

    /// Reads everything that is there by now; how many records that were.
    fn round(&mut self) -> usize {
        #[cfg(test)]
        fault::interrupt();
        self.take_readers();
        self.translator.begin_round();
        let closed: Vec<bool> = self.readers.iter().map(Reader::is_closed).collect();
        let mut records = self.read_all();
        // What happened in one timeline is told before the next one is: what names none is of the active one.
        while self.translator.open_next_timeline(&mut self.outgoing) {
            records += self.read_all();
        }
        self.send_reports();
        self.count_refused();
        self.drop_closed(&closed);
        self.trim();
        records
    }

    /// Queues that have been quiet for a while give back what memory they have in hand.
    fn trim(&mut self) {
        if self.trimmed.elapsed() >= TRIM_AFTER {
            self.trimmed = Instant::now();
            self.readers.iter_mut().for_each(Reader::trim);
        }
    }

    /// Reads the queues, ordered by time; how many records that were.
    ///
    /// What comes in meanwhile is for the next round, lest busy threads keep this one from ending.
    fn read_all(&mut self) -> usize {
        // What was recorded by now is seen below, on whichever thread that was; what comes while this reads is not, and
        // may not be told before what came earlier on a thread that was looked at first.
        let until = cycles::now().saturating_add(if self.shared.bell.is_called() { SKEW } else { 0 });
        let boundary = self.translator.boundary();
        let longest_round = self.translator.cycles_in(LONGEST_ROUND);
        let next = |reader: &mut Reader| {
            let (number, time) = reader.peek()?;
            (is_due(time, until, longest_round) && number < boundary).then_some(time)
        };
        let first = self.readers.iter_mut().enumerate();
        self.order.extend(first.filter_map(|(place, reader)| Some(Reverse((next(reader)?, place)))));
        let mut records = 0;
        while let Some(Reverse((_, place))) = self.order.pop() {
            let turn = self.order.peek().map_or(u64::MAX, |Reverse((time, _))| *time);
            let Some(reader) = self.readers.get_mut(place) else { continue };
            loop {
                let (owner, translator, outgoing) =
                    (reader.owner(), &mut self.translator, &mut self.outgoing);
                let read = reader.next(record::length, |number, words| {
                    translator.translate(owner, number, words, outgoing);
                });
                records += 1;
                match read.and_then(|()| next(reader)) {
                    Some(time) if time <= turn => {}
                    Some(time) => break self.order.push(Reverse((time, place))),
                    None => break,
                }
            }
        }
        records
    }

    fn count_refused(&mut self) {
        let refused: u64 = self.readers.iter_mut().map(Reader::refused).sum();
        self.outgoing.count_refused(refused);
    }

    /// Those that were closed before they were read have nothing more to tell, unless that is of a timeline that was
    /// opened meanwhile.
    fn drop_closed(&mut self, closed: &[bool]) {
        let mut closed = closed.iter();
        self.readers.retain_mut(|reader| {
            let is_closed = closed.next().is_some_and(|closed| *closed);
            !is_closed || reader.peek().is_some()
        });
    }

    /// Lets records gather for a while, or sleeps until there is one.
    fn rest(&mut self, records: usize) {
        self.empty_rounds = if records == 0 { self.empty_rounds + 1 } else { 0 };
        if self.empty_rounds < ROUNDS_TO_SLEEP || self.outgoing.has_repeats() {
            return self.pause(if records < MANY { QUIET_PAUSE } else { BUSY_PAUSE });
        }
        self.sleep();
    }

    /// Whoever starts an event while the state says that the flusher is asleep wakes it.
    ///
    /// A thread that looked just before that may have recorded something that is not visible here yet: neither
    /// side waits for the other's stores, because callers would pay for that with each event. But it becomes
    /// visible long before one more pause is over, unless the system has suspended that thread in between: for that,
    /// there is an end to each sleep.
    fn sleep(&mut self) {
        if !state::fall_asleep(state::now()) {
            // The client ends, or the state was just changed.
            return self.pause(QUIET_PAUSE);
        }
        self.pause(QUIET_PAUSE);
        if self.round() == 0 {
            self.readers.iter().for_each(Reader::free_spares);
            while state::now().is_asleep() && !self.shared.bell.is_called() && !self.has_records() {
                thread::park_timeout(self.pause_of_reports(LONGEST_SLEEP));
                if self.send_reports() {
                    self.outgoing.send_packet();
                }
            }
        }
        // If there is another client by now, it is that one's flusher that was said to be asleep.
        if state::wake_up() && !running::is_current(self.shared) {
            running::wake_flusher();
        }
        self.empty_rounds = 0;
    }

    fn has_records(&mut self) -> bool {
        self.take_readers();
        self.readers.iter_mut().any(|reader| reader.peek().is_some())
    }

    fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            if self.shared.bell.is_called() || self.shared.bell.is_hurried() {
                return;
            }
            thread::park_timeout(left);
        }
    }
}

impl Drop for Flusher {
    /// Threads leave their queues when there is a client again, whether this one ended as it should or by a panic.
    fn drop(&mut self) {
        self.readers.append(&mut self.shared.readers.close());
        local::leave_readers(std::mem::take(&mut self.readers));
    }
}

/// Nobody waits for a flusher that has ended. Should it ever panic, nothing is recorded any more that nobody would send.
struct Ending(&'static Shared);

impl Drop for Ending {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail();
            if running::is_current(self.0) {
                testing::count_failure();
                state::set_off();
                running::unset(self.0);
            }
        }
        self.0.bell.end();
    }
}

/// Whether a record of this time is one for the round that reads `until` then. What comes in meanwhile is a little later;
/// what is far later was recorded before the clock jumped back, and would keep its queue from being read until the clock
/// has caught up.
fn is_due(time: u64, until: u64, longest_round: u64) -> bool {
    time <= until || time - until > longest_round
}

/// One instant by all clocks.
fn reading() -> Reading {
    Reading::take()
}
