//! The thread's queue: made when something is first written, given up when the thread ends.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use super::Local;
use crate::client::{self, Shared};
use crate::clock::cycles;
use crate::record::{self, Message};
use crate::ring::{Pool, RECORDS_OF_CHUNK, Reader, Refused, Ring, Room, WaitingReaders};
use crate::state::{self, State};

/// The memory of all queues, with the limits that the client's settings have by default.
pub(crate) static POOL: Pool = Pool::new(16 << 20, 256 << 10);

/// Readers that the flushers of earlier clients have left.
static LEFT: WaitingReaders = WaitingReaders::new();
/// Where the numbers of the next chunk's records begin. They only grow, and 64 bits of them do not run out: so a number
/// tells which client an event is of, and which timeline.
static NUMBERS: AtomicU64 = AtomicU64::new(NOBODYS + NUMBERS_OF_CHUNK);

/// As many numbers as a chunk has places for records.
const NUMBERS_OF_CHUNK: u64 = RECORDS_OF_CHUNK as u64;
/// What the numbers of records begin with that are of no client: a thread was about to record something while its client
/// ended.
const NOBODYS: u64 = NUMBERS_OF_CHUNK;

thread_local! {
    static DEPARTURE: Departure = const { Departure };
}

/// Dropped when the thread ends, mostly before other thread-local variables are.
struct Departure;

impl Drop for Departure {
    fn drop(&mut self) {
        Local::with(|local| {
            local.is_departing.set(true);
            local.producer.detach();
            local.with_stack(|stack, _| stack.clear());
            local.give_up_block();
        });
    }
}

/// Makes sure that the thread's end is noticed.
pub(crate) fn stay_informed() {
    if DEPARTURE.try_with(|_| ()).is_err() {
        Local::with(|local| local.is_departing.set(true));
    }
}

/// The readers that earlier clients have left. What they refused was theirs.
pub(crate) fn take_left_readers() -> Vec<Reader> {
    let mut readers = LEFT.take();
    for reader in &mut readers {
        let _ = reader.refused();
    }
    readers
}

/// Leaves readers to the next client: what was recorded while their own one ended still has to be freed.
pub(crate) fn leave_readers(readers: impl IntoIterator<Item = Reader>) {
    readers.into_iter().for_each(|reader| {
        LEFT.add(reader);
    });
}

/// In a child process, forgets what it shares with a flusher that it does not have.
pub(crate) fn detach_after_fork() {
    LEFT.forget();
    POOL.forget();
    Local::with(|local| {
        local.producer.forget();
        local.client.set(None);
        local.state.set(State::NONE);
    });
}

impl Local {
    /// Makes the queue ready for a state that is not off: the flusher awake, and records numbered as of the epoch.
    pub(super) fn follow(&self, state: State) {
        // With what was done before the state was set: the client is there, and the epoch's numbers have begun.
        fence(Ordering::Acquire);
        if state.is_asleep() && state::wake_up() {
            client::wake_flusher();
        }
        let awake = state.awake();
        let is_numbered = self.leave_queue_of_another_client()
            && (self.state.get().epoch() == awake.epoch() || self.producer.renumber(|| self.numbers()));
        // The state changes when a subscriber is gone, too: what starts at once asks for nothing else.
        if is_numbered && self.look_who_is_gone() {
            self.state.set(awake);
        }
    }

    /// Gives up a queue that another client's flusher reads, which may be at it for a while after that client has ended.
    /// False: this is a signal handler, and what it has interrupted is at the queue.
    fn leave_queue_of_another_client(&self) -> bool {
        let is_another =
            self.client.get().zip(client::current()).is_some_and(|(own, now)| !std::ptr::eq(own, now));
        // Which client it was stays known until there is another queue: a signal handler may have made one since.
        !is_another || self.producer.detach()
    }

    /// Writes a record in whatever way it takes; `None`: there is no room, which has been counted.
    pub(super) fn push(&self, state: State, header: u64, words: &[u64], room: Room) -> Option<u64> {
        if self.state.get() != state {
            self.follow(state);
        }
        let first = || self.numbers();
        let pushed = self.producer.push(header, words, room, first).or_else(|refused| {
            if refused == Refused::Full || !self.attach() {
                return Err(refused);
            }
            self.producer.push(header, words, room, first)
        });
        self.settle();
        pushed.ok()
    }

    /// Counts a record of `words` that would be written now, if there is no room for it.
    pub(super) fn refuse(&self, words: usize) -> bool {
        let is_refused = self.producer.refuse(words, || self.numbers());
        self.settle();
        is_refused
    }

    /// Counts an end that is not sent because its start was not, unless that was another client's.
    pub(super) fn count_refused_end(&self) {
        let is_own = self.client.get().is_none_or(client::is_current);
        if !state::now().is_off() && is_own && !self.producer.count_refused() {
            client::count_unrecorded();
        }
    }

    /// After a record that may have been the first of a chunk.
    fn settle(&self) {
        if self.is_departing.get() {
            self.producer.detach();
            client::hurry_flusher();
        } else if self.producer.is_half_full() {
            client::hurry_flusher();
        }
    }

    /// This thread's number, by which readers know whose records they read.
    pub(super) fn number(&self) -> u64 {
        static THREADS: AtomicU64 = AtomicU64::new(1);
        if self.number.get() == 0 {
            self.number.set(THREADS.fetch_add(1, Ordering::Relaxed));
        }
        self.number.get()
    }

    /// Makes a queue for the process's client; false: there is no room, which is counted, or no client any more.
    fn attach(&self) -> bool {
        stay_informed();
        let Some(client) = client::current() else { return false };
        self.client.set(Some(client));
        let Some((producer, reader)) = Ring::create(&POOL, self.number(), || numbers_of(client)) else {
            client::count_unrecorded();
            return false;
        };
        // The client's flusher has ended where it takes no more.
        let is_attached = client.readers.add(reader);
        if is_attached {
            self.producer.adopt(&producer);
        } else {
            producer.detach();
        }
        is_attached
    }

    /// What the next chunk's records are numbered from.
    fn numbers(&self) -> u64 {
        self.client.get().map_or(NOBODYS, numbers_of)
    }
}

/// Numbers for records of `client`.
fn numbers_of(client: &Shared) -> u64 {
    // A later client takes its first number once it is the process's one: who gets a greater one than that sees it.
    let first = NUMBERS.fetch_add(NUMBERS_OF_CHUNK, Ordering::AcqRel);
    if client::is_current(client) { first } else { NOBODYS }
}

/// Less than all numbers that are given from now on, and greater than those that were given before.
pub(crate) fn begin_numbers() -> u64 {
    NUMBERS.fetch_add(NUMBERS_OF_CHUNK, Ordering::AcqRel)
}

/// Greater than all numbers that were given before.
pub(crate) fn numbers_until_now() -> u64 {
    NUMBERS.load(Ordering::Acquire)
}

/// Sends a message to the flusher; its number, or `None` if there was no room, or nothing is sent.
pub(crate) fn send(message: Message, room: Room) -> Option<u64> {
    let state = state::now();
    if state.is_off() {
        return None;
    }
    let bytes = message.bytes();
    if !POOL.take(bytes, room) {
        client::count_unrecorded();
        return None;
    }
    let message = Box::into_raw(Box::new(message));
    let address = message.expose_provenance() as u64;
    let number =
        Local::with(|local| local.push(state, record::message_header(), &[cycles::now(), address, 0], room));
    if number.is_none() {
        // SAFETY: made just now, and nobody has got to know of it.
        drop(unsafe { receive(address) });
    }
    number
}

/// The message that a record points to.
///
/// # Safety
/// The address is that of a message record, which is read only once.
pub(crate) unsafe fn receive(address: u64) -> Message {
    let pointer = std::ptr::with_exposed_provenance_mut::<Message>(usize::try_from(address).unwrap_or(0));
    // SAFETY: `send` made it by a box.
    let message = *unsafe { Box::from_raw(pointer) };
    POOL.give_back(message.bytes());
    message
}
