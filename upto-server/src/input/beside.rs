//! Datagrams that wait for the store before they can be taken: of a timeline that is not known here, or of a context whose
//! open events are not.
//!
//! The store is asked by tasks, for many at the same time, while datagrams of other contexts go on being taken. Those of
//! one context, and those of one session, stay in their order, in a `lane`: what comes behind one that waits, waits too.
//! They are taken by who takes all others, so that there is never more to do for one that waited than for one that did not.

mod lanes;

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use upto::wire::{Batch, Decoder};

use self::lanes::Lanes;
use super::queue::CLOSING_BYTES;
use super::threads::Door;
use crate::ingest::{Held, Ingest, Prepared, Refusal, Source};

/// The store is asked for so many datagrams at a time.
const AT_ONCE: usize = 64;
/// What one costs beside its bytes, estimated,
const ENTRY_BYTES: usize = 512;
/// and what asking the store for it does.
const TASK_BYTES: usize = 2 << 10;

/// Datagrams of one receiver that wait.
pub(super) struct Beside {
    runtime: Handle,
    lanes: Lanes<Waiting>,
    /// What was answered, by the number of the datagram.
    answered: HashMap<u64, Answer>,
    answers: (Sender<Told>, Receiver<Told>),
    /// Wakes who takes datagrams.
    wake: Arc<dyn Fn() + Send + Sync>,
    at_once: Arc<Semaphore>,
    abandon: watch::Receiver<bool>,
    next: u64,
    count: u64,
}

/// A datagram that waits.
pub(super) struct Waiting {
    pub(super) datagram: Arc<[u8]>,
    pub(super) source: Source,
    number: u64,
    concerns: BTreeSet<String>,
    /// The store is asked for it.
    is_asked: bool,
    _held: Held,
}

/// What the store was asked for; `None`: that was given up.
pub(super) type Answer = Option<Result<Prepared, Refusal>>;

/// An answer, the number of the datagram that it is for, and something that this concerns.
struct Told {
    number: u64,
    concern: String,
    answer: Answer,
}

impl Beside {
    /// Nothing waits. `wake` is called when there are answers; the store is not asked any more once `abandon` is true.
    pub(super) fn new(
        runtime: Handle,
        wake: Arc<dyn Fn() + Send + Sync>,
        abandon: watch::Receiver<bool>,
    ) -> Self {
        Beside {
            runtime,
            lanes: Lanes::default(),
            answered: HashMap::new(),
            answers: channel(),
            wake,
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            abandon,
            next: 0,
            count: 0,
        }
    }

    /// How many datagrams wait.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Whether datagrams wait of this batch's session, or of a context that it has messages of.
    pub(super) fn has(&self, batch: &Batch<'_>) -> bool {
        !self.lanes.is_empty() && concerns(batch).iter().any(|concern| self.lanes.has(concern))
    }

    /// Lets a datagram wait, of which `batch` is what it says: for the store, or behind those that do.
    ///
    /// # Errors
    /// There is no room.
    pub(super) fn add(
        &mut self,
        door: &Door,
        datagram: &[u8],
        peer: IpAddr,
        batch: &Batch<'_>,
    ) -> Result<(), &'static str> {
        let concerns = concerns(batch);
        let is_first = !concerns.iter().any(|concern| self.lanes.has(concern));
        let cost = datagram.len() + ENTRY_BYTES + if is_first { TASK_BYTES } else { 0 };
        let mut held = Held::none(door.beside.clone());
        // As in the queue, and for the same reason: see there.
        let room = if Decoder::is_bare_packet(datagram) { CLOSING_BYTES } else { 0 };
        if !held.grow_beyond(cost, room) {
            return Err("queue_full");
        }
        let (number, datagram) = (self.next, datagram.into());
        let source = Source { peer, received: Some(door.ingest.now()) };
        let mut waiting = Waiting { datagram, source, number, concerns, is_asked: false, _held: held };
        self.next += 1;
        self.count += 1;
        if is_first {
            self.ask(&mut waiting, &door.ingest);
        }
        self.lanes.add(waiting.concerns.clone(), waiting);
        Ok(())
    }

    /// Lets one that was [next](Self::next) wait for the store.
    pub(super) fn wait_again(&mut self, mut waiting: Waiting, ingest: &Arc<Ingest>) {
        self.ask(&mut waiting, ingest);
        self.count += 1;
        if let Some(concern) = waiting.concerns.first().cloned() {
            self.lanes.put_back(&concern, waiting);
        }
    }

    fn ask(&mut self, waiting: &mut Waiting, ingest: &Arc<Ingest>) {
        waiting.is_asked = true;
        let concern = waiting.concerns.first().cloned().unwrap_or_default();
        let told = Told { number: waiting.number, concern, answer: None };
        let mut asking =
            Asking { told: Some(told), answers: self.answers.0.clone(), wake: self.wake.clone() };
        let (ingest, datagram) = (ingest.clone(), waiting.datagram.clone());
        let (at_once, mut abandon) = (self.at_once.clone(), self.abandon.clone());
        self.runtime.spawn(async move {
            let answer = tokio::select! {
                _ = abandon.wait_for(|abandon| *abandon) => None,
                prepared = prepare(&ingest, &datagram, &at_once) => prepared,
            };
            asking.answer(answer);
        });
    }

    /// Learns one answer, if there is one: something that the datagram concerns that it is for.
    pub(super) fn learn(&mut self) -> Option<String> {
        let told = self.answers.1.try_recv().ok()?;
        Some(self.note(told))
    }

    /// The same, and waits for it; `None`: nothing waits.
    pub(super) fn learn_next(&mut self) -> Option<String> {
        if self.lanes.is_empty() {
            return None;
        }
        let told = self.answers.1.recv().ok()?;
        Some(self.note(told))
    }

    fn note(&mut self, told: Told) -> String {
        self.answered.insert(told.number, told.answer);
        told.concern
    }

    /// The next datagram that concerns this and need not wait any more; with the answer, if the store was asked for it.
    pub(super) fn next(&mut self, concern: &str) -> Option<(Waiting, Option<Answer>)> {
        let first = self.lanes.first(concern)?;
        let answer = match first.is_asked {
            true => Some(self.answered.remove(&first.number)?),
            false => None,
        };
        self.count -= 1;
        Some((self.lanes.take(concern)?, answer))
    }
}

/// Answers for one datagram, whatever happens.
struct Asking {
    told: Option<Told>,
    answers: Sender<Told>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Asking {
    fn answer(&mut self, answer: Answer) {
        if let Some(told) = &mut self.told {
            told.answer = answer;
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(told) = self.told.take() {
            // If nobody takes datagrams any more, nobody needs it.
            let _ = self.answers.send(told);
            (self.wake)();
        }
    }
}

async fn prepare(ingest: &Ingest, datagram: &[u8], at_once: &Semaphore) -> Answer {
    // It is never closed.
    let _turn = at_once.acquire().await;
    let mut decoder = Decoder::new();
    // It was decoded before.
    let batch = decoder.decode(datagram).ok()?;
    Some(ingest.prepare(&batch).await)
}

/// The contexts of a batch, each once, and its session.
fn concerns(batch: &Batch<'_>) -> BTreeSet<String> {
    // What a packet says once for all its messages is at one place.
    let same = batch.messages.chunk_by(|one, next| std::ptr::eq(one.context, next.context));
    let contexts = same.filter_map(|same| same.first()).map(|message| format!("context {}", message.context));
    let session = batch.session.as_ref().map(|session| format!("session {}", session.session));
    contexts.chain(session).collect()
}
