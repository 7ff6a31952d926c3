//! The thread's queue: made when something is first written, given up when the thread ends.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Local;
use crate::client;
use crate::clock::cycles;
use crate::record::{self, Message};
use crate::ring::{Pool, RECORDS_OF_CHUNK, Reader, Refused, Ring, Room, WaitingReaders};
use crate::state::{self, State};

/// The memory of all queues, with the limits that the client's settings have by default.
pub(crate) static POOL: Pool = Pool::new(16 << 20, 256 << 10);

/// Records that were refused because there was no room for a queue, or for what they point to.
static UNRECORDED: AtomicU64 = AtomicU64::new(0);
/// Readers of queues that no flusher has yet.
static READERS: WaitingReaders = WaitingReaders::new();
/// Where the numbers of the next chunk's records begin: multiples of how many it may have, so that when they start
/// again from 0, none of a chunk is too large.
static NUMBERS: AtomicU64 = AtomicU64::new(NUMBERS_OF_CHUNK);

/// Numbers of events have so many bits; the ones above hold the epoch.
pub(crate) const NUMBER_BITS: u32 = 48;
/// As many numbers as a chunk has places for records.
const NUMBERS_OF_CHUNK: u64 = RECORDS_OF_CHUNK as u64;

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

/// How many records have been refused that no queue counts.
pub(crate) fn unrecorded() -> u64 {
    UNRECORDED.load(Ordering::Relaxed)
}

/// Counts a record that no queue counts.
pub(super) fn count_unrecorded() {
    UNRECORDED.fetch_add(1, Ordering::Relaxed);
}

/// The readers that have been waiting for a flusher.
pub(crate) fn take_readers() -> Vec<Reader> {
    READERS.take()
}

/// Lets readers wait for the next flusher.
pub(crate) fn attach_readers(readers: impl IntoIterator<Item = Reader>) {
    readers.into_iter().for_each(|reader| READERS.add(reader));
}

/// In a child process, forgets what it shares with a flusher that it does not have.
pub(crate) fn detach_after_fork() {
    READERS.forget();
    POOL.forget();
    Local::with(|local| {
        local.producer.forget();
        local.state.set(State::NONE);
    });
}

impl Local {
    /// Makes the queue ready for a state that is not off: the flusher awake, and records numbered with the epoch.
    pub(super) fn follow(&self, state: State) {
        if state.is_asleep() && state::wake_up() {
            client::wake_flusher();
        }
        let awake = state.awake();
        let is_numbered =
            self.state.get().epoch() == awake.epoch() || self.producer.renumber(|| numbers(awake));
        // The state changes when a subscriber is gone, too: what starts at once asks for nothing else.
        if is_numbered && self.look_who_is_gone() {
            self.state.set(awake);
        }
    }

    /// Writes a record in whatever way it takes; `None`: there is no room, which has been counted.
    pub(super) fn push(&self, state: State, header: u64, words: &[u64], room: Room) -> Option<u64> {
        if self.state.get() != state {
            self.follow(state);
        }
        let first = || numbers(state);
        let pushed = self.producer.push(header, words, room, first).or_else(|refused| {
            if refused == Refused::Full || !self.attach(state) {
                return Err(refused);
            }
            self.producer.push(header, words, room, first)
        });
        self.settle();
        pushed.ok()
    }

    /// Counts a record of `words` that would be written now, if there is no room for it.
    pub(super) fn refuse(&self, state: State, words: usize) -> bool {
        let is_refused = self.producer.refuse(words, || numbers(state));
        self.settle();
        is_refused
    }

    /// Counts an end that is not sent because its start was not.
    pub(super) fn count_refused_end(&self) {
        if !state::now().is_off() && !self.producer.count_refused() {
            count_unrecorded();
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

    fn attach(&self, state: State) -> bool {
        stay_informed();
        let Some((producer, reader)) = Ring::create(&POOL, self.number(), || numbers(state)) else {
            count_unrecorded();
            return false;
        };
        self.producer.adopt(&producer);
        READERS.add(reader);
        true
    }
}

fn numbers(state: State) -> u64 {
    let number = NUMBERS.fetch_add(NUMBERS_OF_CHUNK, Ordering::Relaxed) & ((1 << NUMBER_BITS) - 1);
    state.epoch() << NUMBER_BITS | number
}

/// Sends a message to the flusher; its number, or `None` if there was no room, or nothing is sent.
pub(crate) fn send(message: Message, room: Room) -> Option<u64> {
    let state = state::now();
    if state.is_off() {
        return None;
    }
    let bytes = message.bytes();
    if !POOL.take(bytes, room) {
        count_unrecorded();
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
