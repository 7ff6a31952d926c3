//! The one door: every message, from wherever, comes in here, and nothing else writes marks.
//!
//! [`Ingest::take`] finds the timeline of each message, folds the mark there and queues it; the committer
//! stores what is queued in one go, many timelines at once. Whoever needs to know that it is durable
//! waits with [`Ingest::stored`].

mod assign;
mod budget;
mod commit;
mod contexts;
mod destinations;
mod hosts;
mod missed;
mod receipt;
mod reports;
mod runs;
mod sessions;
mod storing;
mod take;
mod unstorable;
mod unstored;

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
use self::contexts::Contexts;
use self::destinations::{Destinations, destinations_of, known_destinations_of};
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
use crate::watch::{ReportFault, Watch};

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
    /// What a service says of itself is not what that has to be.
    #[error("{0}")]
    Report(#[from] ReportFault),
    /// Nobody is there to take what services say of themselves, or there are too many services.
    #[error("{0}")]
    Reports(&'static str),
    /// What is in the store of a timeline is damaged, so that nothing can be added to it.
    #[error(
        "nothing can be stored of timeline {timeline:?} of context {context:?}, though all else can: {problem}; \
         `upto-server store check` tells all that is damaged, and removing the timeline makes room for a new one"
    )]
    Damaged {
        /// The context's name.
        context: String,
        /// The timeline's name.
        timeline: String,
        /// What the store said.
        problem: Arc<StoreError>,
    },
    /// The names of contexts and timelines fill their memory.
    #[error(
        "the names of contexts and timelines fill their part of the memory, and no more are opened: remove some, limit how \
         many are kept (retention), or give the server more (--memory)"
    )]
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
            Refusal::Report(fault) => fault.label(),
            Refusal::Reports(_) => "reports",
            Refusal::Damaged { .. } => "damaged",
            Refusal::TooManyNames => "too_many_names",
        }
    }

    /// Whether the same would be refused again however often it came.
    pub(crate) fn is_lasting(&self) -> bool {
        use Refusal::{Damaged, Report, Reports, TooManyNames};
        matches!(self, Report(_) | Reports(_) | Damaged { .. } | TooManyNames)
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
    /// Takes what services say of themselves; where there is none, that is refused.
    watch: Option<Arc<Watch>>,
}

/// Where the messages of a batch go.
pub(crate) struct Prepared {
    /// By the names that the messages call them.
    contexts: Vec<(String, Arc<Context>)>,
    destinations: Destinations,
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
type Placed<'b> = (Contexts<'b>, Vec<(Run<'b, 'b>, Option<Opened>)>);

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
        let watch = None;
        (Ingest { catalog, clock, commits, sessions, metrics, patience, watch }, committer)
    }

    /// The same door, which gives what services say of themselves to `watch`.
    pub(crate) fn with_watch(self, watch: Arc<Watch>) -> Self {
        Ingest { watch: Some(watch), ..self }
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
        let prepared = self.prepare(batch).await?;
        self.take_prepared(batch, source, prepared)
    }

    /// Finds out where the messages of `batch` go, and opens the timelines that they want. It has to be
    /// [taken](Self::take_prepared) then.
    ///
    /// # Errors
    /// [`Refusal`]: why none can be taken.
    pub(crate) async fn prepare(&self, batch: &Batch<'_>) -> Result<Prepared, Refusal> {
        let (contexts, runs) = self.place(batch).await?;
        let contexts = contexts.into_iter().map(|(name, context)| (name.to_owned(), context)).collect();
        let destinations = runs.into_iter().map(|(_, destination)| destination).collect();
        Ok(Prepared { contexts, destinations })
    }

    /// Finds out where the messages go; the timelines that they name are opened.
    async fn place<'b>(&self, batch: &'b Batch<'b>) -> Result<Placed<'b>, Refusal> {
        let runs = self.admitted(batch)?;
        // Nothing is opened for what will not be taken.
        self.read_reports(batch)?;
        let contexts = self.contexts_of(batch, &runs).await?;
        let (catalog, now) = (&self.catalog, self.clock.now());
        let destinations = destinations_of(catalog, &contexts, &runs, now).await.map_err(refused)?;
        Ok((contexts, runs.into_iter().zip(destinations).collect()))
    }

    /// Takes all messages of `batch`, for which this was prepared, or none.
    ///
    /// # Errors
    /// [`Refusal`]: why none was taken.
    pub(crate) fn take_prepared(
        &self,
        batch: &Batch<'_>,
        source: Source,
        prepared: Prepared,
    ) -> Result<Receipt, Refusal> {
        let Prepared { contexts, destinations } = prepared;
        let contexts = contexts.iter().map(|(name, context)| (name.as_str(), context.clone())).collect();
        self.take_at_once(batch, source, &contexts, destinations)
    }

    /// Takes all messages of `batch`, or none, now that it is known where they go.
    fn take_at_once(
        &self,
        batch: &Batch<'_>,
        source: Source,
        contexts: &Contexts<'_>,
        destinations: Destinations,
    ) -> Result<Receipt, Refusal> {
        let timelines = destinations.iter().flatten().map(|opened| &opened.timeline);
        self.commits.unstorable.admit(timelines, Instant::now())?;
        let reported = self.take_reports(self.read_reports(batch)?)?;
        let runs = runs(&batch.messages).into_iter().zip(destinations);
        let mut receipt = self.take_all(contexts, Taking::of(batch, source), runs);
        receipt.reported = reported;
        Ok(receipt)
    }

    /// As [`take_from`](Self::take_from), but only if it is known here where all of them go. `None`: the store has to be
    /// asked first, or to be told of a new timeline; none was taken.
    ///
    /// # Errors
    /// [`Refusal`]: why none was taken.
    pub(crate) fn take_known(&self, batch: &Batch<'_>, source: Source) -> Result<Option<Receipt>, Refusal> {
        let runs = self.admitted(batch)?;
        let Some(contexts) = self.known_contexts_of(batch, &runs) else { return Ok(None) };
        let Some(destinations) = known_destinations_of(&contexts, &runs) else { return Ok(None) };
        self.take_at_once(batch, source, &contexts, destinations).map(Some)
    }

    /// The messages of a batch in runs, if any may be taken at present.
    fn admitted<'b, 'm>(&self, batch: &'b Batch<'m>) -> Result<Vec<Run<'b, 'm>>, Refusal> {
        match tells_only_of_session(batch) {
            true => self.commits.check_for_counts(),
            false => self.commits.check(),
        }?;
        if self.catalog.is_full() && batch.messages.iter().any(|message| self.catalog.would_add(message)) {
            return Err(Refusal::TooManyNames);
        }
        Ok(runs(&batch.messages))
    }

    /// What time it is, in nanoseconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Waits until everything that `receipt` is for is durable.
    ///
    /// # Errors
    /// [`Refusal::Store`] when the store refuses at present, [`Refusal::Slow`] when it does not answer in time. It is
    /// tried again, so the messages may become durable later; sending them again is harmless. [`Refusal::Damaged`] when
    /// nothing can be stored of one of its timelines.
    pub(crate) async fn stored(&self, receipt: &Receipt) -> Result<(), Refusal> {
        let stored = async {
            self.reports_stored(&receipt.reported).await;
            self.commits.wait_for(receipt.commit).await?;
            self.commits.unstorable.expect_stored(receipt.timelines.iter())
        };
        timeout(self.patience, stored).await.unwrap_or(Err(Refusal::Slow))
    }

    /// Why nothing is taken at present, if that is so.
    ///
    /// # Errors
    /// The reason.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        self.commits.check()
    }

    /// How long a request waits until what it sent is durable.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Bytes that wait for the store, estimated.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.commits.waiting_bytes()
    }

    /// Counts a packet of so many messages, and tells the timelines of its session how that stands.
    fn observe(&self, info: &SessionInfo, messages: u64, receipt: &Receipt, clocks: &Clocks<'_>) {
        let timelines = &receipt.timelines;
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Observed { expected, received, counts, epoch } = sessions.observe(info, messages, timelines);
        drop(sessions);
        self.note_counts(counts);
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

/// Whether a batch has nothing but how its session stands. It is taken when nothing else is: otherwise nobody would know
/// how much was refused of a session that ends meanwhile.
fn tells_only_of_session(batch: &Batch<'_>) -> bool {
    batch.session.is_some() && batch.messages.is_empty() && batch.reports.is_empty()
}

fn refused(error: StoreError) -> Refusal {
    Refusal::Store(Arc::new(error))
}

#[cfg(test)]
mod tests;
