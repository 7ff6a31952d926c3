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
mod missed;
mod receipt;
mod runs;
mod sessions;
mod take;
mod unstored;

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::time::timeout;
use upto::wire::{Batch, SessionInfo};

pub(crate) use self::budget::{Budget, Division, Held};
use self::commit::Commits;
pub(crate) use self::commit::Committer;
use self::destinations::destinations_of;
use self::hosts::Hosts;
pub(crate) use self::missed::Missed;
pub(crate) use self::receipt::Receipt;
use self::runs::{Run, runs};
use self::sessions::{Observed, Sessions};
use self::take::Taking;
pub use self::unstored::Unstored;
use crate::catalog::{Catalog, Context, Opened, Timeline};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::store::StoreError;
use crate::timeline::ClockReading;

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

/// Takes messages.
pub(crate) struct Ingest {
    catalog: Arc<Catalog>,
    clock: Arc<dyn Clock>,
    commits: Arc<Commits>,
    sessions: Mutex<Sessions>,
    metrics: Arc<Metrics>,
    patience: Duration,
}

/// Where a batch came from, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    /// Who sent it.
    pub(crate) peer: IpAddr,
    /// When it was received, by this server's clock, in nanoseconds since the epoch. `None`: now.
    pub(crate) received: Option<i64>,
}

/// The contexts of a batch by name, and its runs of messages with where each goes.
type Placed<'b> = (HashMap<&'b str, Arc<Context>>, Vec<(Run<'b, 'b>, Option<Opened>)>);

/// What is taken, and how long it is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Nothing is taken while so many bytes or more wait for the store.
    pub(crate) waiting_bytes: usize,
    /// How long [`Ingest::stored`] waits.
    pub(crate) patience: Duration,
}

impl fmt::Debug for Ingest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ingest").finish_non_exhaustive()
    }
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
        self.take_from(batch, Source { peer, received: None }).await
    }

    /// As [`take`](Self::take), of what may have been received earlier, by somebody else.
    ///
    /// # Errors
    /// [`Refusal`]: why none was taken.
    pub(crate) async fn take_from(&self, batch: &Batch<'_>, source: Source) -> Result<Receipt, Refusal> {
        let (contexts, runs) = self.place(batch).await?;
        Ok(self.take_all(&contexts, Taking::of(batch, source), runs.into_iter()))
    }

    /// Finds out where the messages go; the timelines that they name are opened.
    async fn place<'b>(&self, batch: &'b Batch<'b>) -> Result<Placed<'b>, Refusal> {
        self.commits.check()?;
        if self.catalog.is_full() && batch.messages.iter().any(|message| self.catalog.would_add(message)) {
            return Err(Refusal::TooManyNames);
        }
        let runs = runs(&batch.messages);
        let contexts = self.contexts_of(batch, &runs).await?;
        let (catalog, now) = (&self.catalog, self.clock.now());
        let destinations = destinations_of(catalog, &contexts, &runs, now).await.map_err(refused)?;
        Ok((contexts, runs.into_iter().zip(destinations).collect()))
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
    async fn contexts_of<'b>(
        &self,
        batch: &Batch<'b>,
        runs: &[Run<'_, 'b>],
    ) -> Result<HashMap<&'b str, Arc<Context>>, Refusal> {
        let mut contexts = HashMap::<&str, Arc<Context>>::new();
        for message in runs.iter().filter_map(|run| run.first()) {
            if contexts.contains_key(message.context) {
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

    /// Counts a packet of so many messages, and tells the timelines of its session how that stands.
    fn observe(&self, info: &SessionInfo, messages: u64, receipt: &Receipt, clocks: &Clocks<'_>) {
        let timelines = &receipt.timelines;
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
            self.read_clock(clocks, timelines, (info.session, epoch), sent);
        }
    }

    /// Notes for each timeline what a packet tells of the clocks of the hosts that it has marks of.
    fn read_clock(&self, clocks: &Clocks<'_>, timelines: &[Arc<Timeline>], of: (u64, i64), sent: i64) {
        let ((session, epoch), received) = (of, clocks.received.unwrap_or_else(|| self.clock.now()));
        for (place, host) in clocks.hosts.each() {
            let Some(timeline) = timelines.get(place) else { continue };
            let reading = ClockReading { host: host.to_owned(), session, epoch, sent, received };
            if timeline.take_reading(reading) {
                self.commits.add(timeline, 1);
            }
        }
    }
}

/// What a packet tells of clocks: of which hosts, and when it was received, if that was not now.
struct Clocks<'h> {
    hosts: &'h Hosts,
    received: Option<i64>,
}

fn refused(error: StoreError) -> Refusal {
    Refusal::Store(Arc::new(error))
}

#[cfg(test)]
mod tests;
