//! The one door: every message, from wherever, comes in here, and nothing else writes marks.
//!
//! [`Ingest::take`] finds the timeline of each message, folds the mark there and queues it; the committer
//! stores what is queued in one go, many timelines at once. Whoever needs to know that it is durable
//! waits with [`Ingest::stored`].

mod assign;
mod commit;
mod sessions;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use thiserror::Error;
use upto::wire::{Batch, Message, SessionInfo};

use self::assign::Assigned;
use self::commit::Commits;
pub(crate) use self::commit::Committer;
use self::sessions::{Observed, Sessions};
use crate::catalog::{Catalog, Context, Timeline};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::store::StoreError;
use crate::timeline::Mark;

/// Why messages were not taken. None of them was.
#[derive(Clone, Debug, Error)]
pub(crate) enum Refusal {
    /// The store is slower than what comes in, and enough waits already.
    #[error("too much waits for the store already; try again in a moment")]
    Behind,
    /// The store does not take anything at present.
    #[error("the store refuses: {0}")]
    Store(Arc<StoreError>),
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
}

impl Ingest {
    /// The door to `catalog`, and the committer that has to run for anything to become durable.
    pub(crate) fn new(
        catalog: Arc<Catalog>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
    ) -> (Self, Committer) {
        let commits = Arc::new(Commits::default());
        let committer = Committer::new(catalog.clone(), commits.clone(), metrics.clone());
        // Random, so that no two runs of servers on one store have the same.
        let run = RandomState::new().hash_one(clock.now());
        let sessions = Mutex::new(Sessions::new(run, Instant::now()));
        (Ingest { catalog, clock, commits, sessions, metrics }, committer)
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
        Ok(self.take_all(&contexts, batch, peer))
    }

    /// Waits until everything that `receipt` is for is durable.
    ///
    /// # Errors
    /// [`Refusal::Store`] when the store refuses at present. It is tried again, so the messages may
    /// become durable later; sending them again is harmless.
    pub(crate) async fn stored(&self, receipt: &Receipt) -> Result<(), Refusal> {
        self.commits.wait_for(receipt.commit).await
    }

    /// Why nothing is taken at present, if that is so.
    ///
    /// # Errors
    /// The reason.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        self.commits.check()
    }

    /// The contexts of the batch by name, all of them ready to take marks.
    async fn contexts_of<'b>(&self, batch: &Batch<'b>) -> Result<HashMap<&'b str, Arc<Context>>, Refusal> {
        let mut contexts = HashMap::<&str, Arc<Context>>::new();
        for message in &batch.messages {
            if contexts.contains_key(message.context) {
                continue;
            }
            let context = self.catalog.context_or_new(message.context);
            let store = self.catalog.store().as_ref();
            context.warm(store).await.map_err(|error| Refusal::Store(Arc::new(error)))?;
            contexts.insert(message.context, context);
        }
        Ok(contexts)
    }

    fn take_all(&self, contexts: &HashMap<&str, Arc<Context>>, batch: &Batch<'_>, peer: IpAddr) -> Receipt {
        self.metrics.records_unknown.inc_by(batch.unknown.into());
        let peer = peer.to_canonical().to_string();
        let mut receipt = Receipt::default();
        let together = batch.session.is_some().then(|| self.commits.together());
        for message in &batch.messages {
            if let Some(context) = contexts.get(message.context) {
                let host = if message.auto_ip { &peer } else { message.host };
                let message = Message { host, ..message.clone() };
                let assigned = self.take_one(context, &message, batch);
                receipt.add(assigned);
            }
        }
        if let Some(info) = &batch.session {
            self.observe(info, batch.messages.len() as u64 + u64::from(batch.unknown), &receipt.timelines);
        }
        drop(together);
        receipt.commit = self.commits.ticket();
        receipt
    }

    fn take_one(&self, context: &Context, message: &Message<'_>, batch: &Batch<'_>) -> Assigned {
        let now = self.clock.now();
        let assigned = assign::assign(context, message, now);
        let mut bytes = usize::from(assigned.is_new);
        let mark = Mark::of(message, batch, now);
        bytes += mark.map_or(0, |mark| assigned.timeline.take(&mark));
        if bytes > 0 {
            self.commits.add(&assigned.timeline, bytes);
        }
        self.metrics.count_message(message.kind);
        assigned
    }

    /// Counts a packet of so many messages, and tells the timelines of its session how that stands.
    fn observe(&self, info: &SessionInfo, messages: u64, timelines: &[Arc<Timeline>]) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Observed { expected, received, counts } = sessions.observe(info, messages, timelines);
        drop(sessions);
        for (timeline, count) in counts {
            if timeline.take_session(count) {
                self.commits.add(&timeline, 1);
            }
        }
        self.metrics.sessions.count(expected, received);
    }
}

impl Receipt {
    fn add(&mut self, assigned: Assigned) {
        let next = self.timelines.len();
        let place = *self.places.entry(Arc::as_ptr(&assigned.timeline).addr()).or_insert(next);
        match self.opened.get_mut(place) {
            Some(opened) => *opened |= assigned.is_new,
            None => {
                self.timelines.push(assigned.timeline);
                self.opened.push(assigned.is_new);
            }
        }
    }
}
