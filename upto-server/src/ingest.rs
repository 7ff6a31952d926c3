//! The one door: every message, from wherever, comes in here, and nothing else writes marks.
//!
//! [`Ingest::take`] finds the timeline of each message, folds the mark there and queues it; the committer
//! stores what is queued in one go, many timelines at once. Whoever needs to know that it is durable
//! waits with [`Ingest::stored`].

mod assign;
mod budget;
mod commit;
mod destinations;
mod hosts;
mod sessions;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::time::timeout;
use upto::wire::{Batch, Message, SessionInfo};

use self::assign::Assigned;
pub(crate) use self::budget::{Budget, Division, Held};
use self::commit::Commits;
pub(crate) use self::commit::Committer;
use self::destinations::Destinations;
use self::hosts::Hosts;
use self::sessions::{Observed, Sessions};
use crate::catalog::{Catalog, Context, Timeline};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::store::StoreError;
use crate::timeline::{ClockReading, Mark, Stamp};

/// Why messages were not taken. None of them was.
#[derive(Clone, Debug, Error)]
pub(crate) enum Refusal {
    /// The store is slower than what comes in, and enough waits already.
    #[error("too much waits for the store already; try again in a moment")]
    Behind,
    /// The store does not take anything at present.
    #[error("the store refuses: {0}")]
    Store(Arc<StoreError>),
    /// The store has not confirmed in time what was taken.
    #[error(
        "the store is slow: what was sent is not durable yet, but may become so; sending it again is harmless"
    )]
    Slow,
    /// The names of contexts and timelines fill their memory.
    #[error("there are too many contexts and timelines already, and no more are opened")]
    TooManyNames,
}

impl Refusal {
    /// The reason as a label for counters.
    #[must_use]
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Refusal::Behind => "behind",
            Refusal::Store(_) => "store",
            Refusal::Slow => "slow",
            Refusal::TooManyNames => "too_many_names",
        }
    }
}

/// What became of messages that were taken.
#[derive(Default)]
pub(crate) struct Receipt {
    /// The timelines that they went to, each once, in the order of the messages.
    pub timelines: Vec<Arc<Timeline>>,
    /// Whether those were opened by these messages.
    pub opened: Vec<bool>,
    /// Bytes that they have added to each.
    bytes: Vec<usize>,
    /// Where each timeline is in those lists, by its address in memory.
    places: HashMap<usize, usize>,
    commit: u64,
}

/// Takes messages.
pub(crate) struct Ingest {
    catalog: Arc<Catalog>,
    clock: Arc<dyn Clock>,
    commits: Arc<Commits>,
    sessions: Mutex<Sessions>,
    metrics: Arc<Metrics>,
    patience: Duration,
}

/// What is taken, and how long it is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Nothing is taken while so many bytes or more wait for the store.
    pub(crate) waiting_bytes: usize,
    /// How long [`Ingest::stored`] waits.
    pub(crate) patience: Duration,
}

impl Ingest {
    /// The door to `catalog`, and the committer that has to run for anything to become durable.
    pub(crate) fn new(
        catalog: Arc<Catalog>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        limits: Limits,
    ) -> (Self, Committer) {
        let commits = Arc::new(Commits::new(limits.waiting_bytes));
        let committer = Committer::new(catalog.clone(), commits.clone(), metrics.clone());
        // Random, so that no two runs of servers on one store have the same.
        let run = RandomState::new().hash_one(clock.now());
        let sessions = Mutex::new(Sessions::new(run, Instant::now()));
        let patience = limits.patience;
        (Ingest { catalog, clock, commits, sessions, metrics, patience }, committer)
    }

    /// Takes all messages of `batch`, which came from `peer`, or none.
    ///
    /// # Errors
    /// [`Refusal`]: why none was taken.
    pub(crate) async fn take(&self, batch: &Batch<'_>, peer: IpAddr) -> Result<Receipt, Refusal> {
        self.commits.check()?;
        if self.catalog.is_full() && batch.messages.iter().any(|message| self.catalog.would_add(message)) {
            return Err(Refusal::TooManyNames);
        }
        let contexts = self.contexts_of(batch).await?;
        let (catalog, now) = (&self.catalog, self.clock.now());
        let destinations = Destinations::of(catalog, &contexts, batch, now).await.map_err(refused)?;
        Ok(self.take_all(&contexts, batch, destinations, peer))
    }

    /// Waits until everything that `receipt` is for is durable.
    ///
    /// # Errors
    /// [`Refusal::Store`] when the store refuses at present, [`Refusal::Slow`] when it does not answer in time. It is
    /// tried again, so the messages may become durable later; sending them again is harmless.
    pub(crate) async fn stored(&self, receipt: &Receipt) -> Result<(), Refusal> {
        timeout(self.patience, self.commits.wait_for(receipt.commit)).await.unwrap_or(Err(Refusal::Slow))
    }

    /// Why nothing is taken at present, if that is so.
    ///
    /// # Errors
    /// The reason.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        self.commits.check()
    }

    /// Bytes that wait for the store, estimated.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.commits.waiting_bytes()
    }

    /// The contexts of the batch by name, all of them ready to take marks.
    async fn contexts_of<'b>(&self, batch: &Batch<'b>) -> Result<HashMap<&'b str, Arc<Context>>, Refusal> {
        let mut contexts = HashMap::<&str, Arc<Context>>::new();
        let mut last = None;
        for message in &batch.messages {
            if last.replace(message.context) == Some(message.context)
                || contexts.contains_key(message.context)
            {
                continue;
            }
            let context = self.catalog.context_or_new(message.context);
            let store = self.catalog.store().as_ref();
            context.warm(store).await.map_err(refused)?;
            contexts.insert(message.context, context);
        }
        if self.catalog.store().is_shared() {
            self.follow(batch, &contexts).await?;
        }
        Ok(contexts)
    }

    /// Where a message may belong to an event that another server knows to be open, finds out.
    async fn follow(&self, batch: &Batch<'_>, contexts: &HashMap<&str, Arc<Context>>) -> Result<(), Refusal> {
        for message in batch.messages.iter().filter(|message| message.timeline.is_empty()) {
            let Some(context) = contexts.get(message.context).filter(|_| assign::joins(message)) else {
                continue;
            };
            let is_known = || context.where_open(message.name, message.host, message.id).is_some();
            if context.has_earlier() && !is_known() {
                context.follow(self.catalog.store().as_ref()).await.map_err(refused)?;
            }
        }
        Ok(())
    }

    fn take_all(
        &self,
        contexts: &HashMap<&str, Arc<Context>>,
        batch: &Batch<'_>,
        mut destinations: Destinations,
        peer: IpAddr,
    ) -> Receipt {
        self.metrics.records_unknown.inc_by(batch.unknown.into());
        let (mut receipt, mut hosts) = (Receipt::default(), Hosts::default());
        let together = batch.session.is_some().then(|| self.commits.together());
        // Mostly, all messages of a packet are of one context.
        let mut last = None;
        for (place, message) in batch.messages.iter().enumerate() {
            let same = last.filter(|(name, _)| *name == message.context).map(|(_, context)| context);
            let Some(context) = same.or_else(|| contexts.get(message.context)) else { continue };
            last = Some((message.context, context));
            let own = message.auto_ip.then(|| peer.to_canonical().to_string());
            let own = own.as_deref().map(|host| Message { host, ..message.clone() });
            let message = own.as_ref().unwrap_or(message);
            if let Some(assigned) = assign::assign(context, message, destinations.take(place)) {
                let stamp = stamp_of(message, batch);
                let bytes = self.take_one(&assigned, message, batch, stamp);
                let place = receipt.add(assigned, bytes);
                if stamp == Stamp::Session {
                    hosts.add(place, message.host);
                }
            }
        }
        receipt.changed().for_each(|(timeline, bytes)| self.commits.add(timeline, bytes));
        if let Some(info) = &batch.session {
            let messages = batch.messages.len() as u64 + u64::from(batch.unknown);
            self.observe(info, messages, &receipt.timelines, &hosts);
        }
        drop(together);
        receipt.commit = self.commits.ticket();
        receipt
    }

    /// The bytes that this adds to what waits for the store.
    fn take_one(&self, assigned: &Assigned, message: &Message<'_>, batch: &Batch<'_>, stamp: Stamp) -> usize {
        self.metrics.count_message(message.kind);
        let now = message.time.unwrap_or_else(|| self.clock.now());
        let mark = Mark::of(message, batch, now);
        let bytes = mark.map_or(0, |mark| waiting_bytes(assigned.timeline.take(&mark, stamp)));
        bytes + usize::from(assigned.is_new)
    }

    /// Counts a packet of so many messages, and tells the timelines of its session how that stands.
    fn observe(&self, info: &SessionInfo, messages: u64, timelines: &[Arc<Timeline>], hosts: &Hosts) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Observed { expected, received, counts, epoch } = sessions.observe(info, messages, timelines);
        drop(sessions);
        for (timeline, count) in counts {
            if timeline.take_session(count) {
                self.commits.add(&timeline, 1);
            }
        }
        self.metrics.sessions.count(expected, received);
        if let (Some(epoch), Some(sent)) = (epoch, info.sent) {
            self.read_clock(hosts, timelines, (info.session, epoch), sent);
        }
    }

    /// Notes for each timeline what a packet tells of the clocks of the hosts that it has marks of.
    fn read_clock(&self, hosts: &Hosts, timelines: &[Arc<Timeline>], of: (u64, i64), sent: i64) {
        let ((session, epoch), received) = (of, self.clock.now());
        for (place, host) in hosts.each() {
            let Some(timeline) = timelines.get(place) else { continue };
            let reading = ClockReading { host: host.to_owned(), session, epoch, sent, received };
            if timeline.take_reading(reading) {
                self.commits.add(timeline, 1);
            }
        }
    }
}

/// What a mark takes that added so many bytes to a block: as much again in the fold, where it stays until it is stored.
fn waiting_bytes(block_bytes: usize) -> usize {
    2 * block_bytes
}

/// Whose clock a message's time is by.
fn stamp_of(message: &Message<'_>, batch: &Batch<'_>) -> Stamp {
    let is_read = batch.session.is_some_and(|info| info.sent.is_some()) && message.time.is_some();
    if is_read { Stamp::Session } else { Stamp::Unknown }
}

fn refused(error: StoreError) -> Refusal {
    Refusal::Store(Arc::new(error))
}

impl Receipt {
    /// Notes where a message went, and the bytes that it has added there; the place of its timeline.
    fn add(&mut self, assigned: Assigned, bytes: usize) -> usize {
        let place = self.place_of(&assigned.timeline);
        match (self.opened.get_mut(place), self.bytes.get_mut(place)) {
            (Some(opened), Some(sum)) => {
                *opened |= assigned.is_new;
                *sum += bytes;
            }
            _ => {
                self.timelines.push(assigned.timeline);
                self.opened.push(assigned.is_new);
                self.bytes.push(bytes);
            }
        }
        place
    }

    /// Where the timeline is, or will be, in the lists.
    fn place_of(&mut self, timeline: &Arc<Timeline>) -> usize {
        let next = self.timelines.len();
        match self.timelines.last() {
            // Mostly, a message goes to where the one before it went.
            Some(last) if Arc::ptr_eq(last, timeline) => next - 1,
            _ => *self.places.entry(Arc::as_ptr(timeline).addr()).or_insert(next),
        }
    }

    /// The timelines to which something was added, and how many bytes that is.
    fn changed(&self) -> impl Iterator<Item = (&Arc<Timeline>, usize)> {
        let all = self.timelines.iter().zip(self.bytes.iter().copied());
        all.filter(|(_, bytes)| *bytes > 0)
    }
}

#[cfg(test)]
mod tests;
