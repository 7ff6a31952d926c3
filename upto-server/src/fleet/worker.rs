//! A worker: registers its host, claims tasks, asks all hosts at once, stores what came of it, acknowledges.
//!
//! Each check has a round of its own, so a slow one delays no other. The order of a task's end is what makes it exactly one:
//! the outcome is stored, a group is told, and only then is the task acknowledged. Whatever dies in between leaves a task
//! that is done again, and of two outcomes of a task the first counts. A worker whose claim is over, since it was stopped for
//! a while, throws away what it has: by then the task is another one's.

mod perform;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinSet};

use self::perform::Batch;
use super::ask::Asker;
use super::check::Check;
use super::measure::ThisHost;
use super::members::{Host, Members, Membership, Moment};
use super::plan::Plan;
use super::task;
use crate::clock::Clock;
use crate::rounds::Rounds;
use crate::store::{Result, Store};
use crate::watch::alerts::Hidden;

/// For how long a host is there while nobody has said how long that is.
const LEASE: Duration = Duration::from_secs(3);
/// Tasks of a check that are claimed at a time.
const CLAIMS: usize = 16;
/// How often it is looked for tasks, at most and at least.
const LOOK: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// Takes what whoever runs the program should know.
pub(crate) type Notices = dyn Fn(&str) + Send + Sync;

/// Who a worker is.
pub(crate) struct Identity {
    /// What the host is called.
    pub(crate) name: String,
    /// Where others ask it.
    pub(crate) address: String,
    /// Which run this is.
    pub(crate) instance: String,
    /// What all runs of it have in common, and nobody else has.
    pub(crate) owner: String,
}

/// Does tasks, and answers for its host.
pub(crate) struct Worker {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    identity: Identity,
    asker: Asker,
    members: Arc<Members>,
    since: i64,
    processed: AtomicU64,
    /// Tells whoever follows in this process that something was stored.
    stored: Arc<Notify>,
    notices: Arc<Notices>,
}

/// What a worker is made of.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) identity: Identity,
    pub(crate) this: Arc<ThisHost>,
    /// What is shown to hosts that want a token.
    pub(crate) token: Option<Hidden>,
    pub(crate) members: Arc<Members>,
    pub(crate) stored: Arc<Notify>,
    pub(crate) notices: Arc<Notices>,
}

/// A random number as text: which run of something this is.
pub(crate) fn instance() -> String {
    let mut bytes = [0; 8];
    // Without random numbers, the time tells runs apart.
    if getrandom::fill(&mut bytes).is_err() {
        bytes = crate::clock::SystemClock.now().to_ne_bytes();
    }
    format!("{:016x}", u64::from_ne_bytes(bytes))
}

impl Worker {
    /// Ready to work.
    ///
    /// # Errors
    /// Why no requests can be sent.
    pub(crate) fn new(parts: Parts) -> Result<Self, String> {
        let Parts { store, clock, identity, this, token, members, stored, notices } = parts;
        let asker = Asker::new(token, this, identity.instance.clone(), clock.clone())?;
        let (since, processed) = (clock.now(), AtomicU64::new(0));
        Ok(Worker { store, clock, identity, asker, members, since, processed, stored, notices })
    }

    /// Works until `stop` is told. What it has begun by then, it ends.
    pub(crate) async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let (mut plan, mut membership) = (Arc::new(Plan::default()), Membership::default());
        let (mut work, mut is_told) = (Work::default(), false);
        let mut rounds = Rounds::every(LEASE / 3, stop.clone());
        while rounds.begin().await {
            let lease = if plan.lease.is_zero() { LEASE } else { plan.lease };
            // Where the store does not answer, the next round does it.
            let renewed = rounds.work(self.renew(&mut membership, lease)).await;
            if matches!(renewed, Some(Ok(false))) && !std::mem::replace(&mut is_told, true) {
                let name = &self.identity.name;
                (self.notices)(&format!("fleet: there is another host called {name:?}; this one waits"));
            }
            if let Some(Ok(Some(read))) = rounds.work(Plan::read(self.store.as_ref())).await
                && read != *plan
            {
                plan = Arc::new(read);
                rounds = Rounds::every((plan.lease / 3).max(LOOK.0), stop.clone());
                work.arrange(&self, &plan, &stop);
            }
        }
        work.ended().await;
        // Where the store does not answer, the others see it by its silence.
        let _ = membership.leave(self.store.as_ref(), &self.host(LEASE)).await;
    }

    async fn renew(&self, membership: &mut Membership, lease: Duration) -> Result<bool> {
        let is_registered =
            membership.renew(self.store.as_ref(), &self.host(lease), &self.identity.owner, lease).await?;
        self.members.refresh(self.store.as_ref(), self.moment()).await?;
        Ok(is_registered)
    }

    fn moment(&self) -> Moment {
        Moment { now: self.clock.now(), monotonic: self.clock.monotonic() }
    }

    fn host(&self, lease: Duration) -> Host {
        let Identity { name, address, instance, .. } = &self.identity;
        Host {
            name: name.clone(),
            address: address.clone(),
            instance: instance.clone(),
            software: concat!("upto-server ", env!("CARGO_PKG_VERSION")).to_owned(),
            processed: self.processed.load(Ordering::Relaxed),
            since: self.since,
            renewed: self.clock.now(),
            hold: nanoseconds(lease),
            left: false,
        }
    }

    /// Does the tasks of a check again and again until `stop` is told.
    async fn rounds(self: Arc<Self>, check: Check, plan: Arc<Plan>, stop: watch::Receiver<bool>) {
        let mut rounds = Rounds::every((check.period / 4).clamp(LOOK.0, LOOK.1), stop);
        let mut reclaimed = i64::MIN;
        while rounds.begin().await {
            let now = self.clock.monotonic();
            let is_look = now.saturating_sub(reclaimed) >= nanoseconds(plan.claim) / 4;
            // Where the store does not answer, the next round does it. What is begun is ended, also at the end.
            if self.round(&check, &plan, is_look).await.is_ok() && is_look {
                reclaimed = now;
            }
        }
    }

    /// Does what waits of a check.
    pub(super) async fn round(&self, check: &Check, plan: &Plan, is_look: bool) -> Result<()> {
        let queue = task::queue(&check.name);
        if is_look {
            self.store.reclaim(&queue).await?;
        }
        loop {
            let began = self.clock.monotonic();
            let claims = self.store.claim(&queue, CLAIMS, plan.claim).await?;
            if claims.is_empty() {
                return Ok(());
            }
            let batch = Batch { worker: self, check, plan, queue: &queue, began };
            batch.perform(claims).await?;
        }
    }
}

/// The rounds of all checks.
#[derive(Default)]
struct Work {
    tasks: JoinSet<()>,
    running: Vec<AbortHandle>,
}

impl Work {
    /// Ends the rounds that there are, and begins those of this plan.
    fn arrange(&mut self, worker: &Arc<Worker>, plan: &Arc<Plan>, stop: &watch::Receiver<bool>) {
        // A task of theirs that was begun goes to another worker when its claim is over.
        self.running.drain(..).for_each(|handle| handle.abort());
        for check in &plan.checks {
            let rounds = worker.clone().rounds(check.clone(), plan.clone(), stop.clone());
            self.running.push(self.tasks.spawn(rounds));
        }
    }

    async fn ended(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

pub(super) fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
