//! Queues each check at its period: one server of all that share a store, by a lease.
//!
//! What was scheduled is noted after it was queued. A server that dies in between leaves a task that the next one queues once
//! more under the same number; both end, and of two outcomes of a task the first counts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::check::Check;
use super::outcome::{Ending, Outcome};
use super::plan::Plan;
use super::schedule::{Agenda, Progress, excess};
use super::settings::FleetSettings;
use super::task::{self, Task};
use super::worker::{instance, nanoseconds};
use super::{dead, group, results};
use crate::catalog::document;
use crate::clock::Clock;
use crate::rounds::Rounds;
use crate::store::{Lease, Result, Store, StoreErrorKind};

/// The lease of who schedules.
const LEASE: &str = "fleet-scheduler";
/// For how long it holds.
const HOLD: Duration = Duration::from_secs(2);
/// Where it is noted what was scheduled.
pub(super) const AGENDA: &str = "fleet-agenda";
/// How often it is looked what is due, at most and at least.
const LOOK: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(200));
/// How often what is old is removed, in nanoseconds.
const SWEEP: i64 = 30_000_000_000;
/// Tasks that are dropped at a time.
const DROPPED: usize = 256;

/// Queues checks.
pub(crate) struct Scheduler {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    settings: Arc<FleetSettings>,
    plan: Plan,
    owner: String,
    stored: Arc<Notify>,
}

/// What is known while the lease is held.
struct Term {
    lease: Lease,
    /// When it was taken or renewed, by the monotonic clock.
    renewed: i64,
    agenda: Agenda,
    version: Option<u64>,
    /// When what is old was removed last, likewise.
    swept: i64,
}

impl Scheduler {
    /// Ready to schedule, by these settings.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        settings: Arc<FleetSettings>,
        stored: Arc<Notify>,
    ) -> Self {
        let plan = settings.plan();
        Scheduler { store, clock, settings, plan, owner: instance(), stored }
    }

    /// Schedules until `stop` is told, as long as no other server does.
    pub(crate) async fn run(self, stop: watch::Receiver<bool>) {
        let shortest = self.plan.checks.iter().map(|check| check.period).min().unwrap_or(LOOK.1);
        let mut rounds = Rounds::every((shortest / 10).clamp(LOOK.0, LOOK.1), stop);
        let (mut term, mut next_try) = (None, i64::MIN);
        while rounds.begin().await {
            let now = self.clock.monotonic();
            if term.is_none() {
                // Who waits for another one to end asks less often than who schedules looks.
                if now < next_try {
                    continue;
                }
                next_try = now.saturating_add(nanoseconds(HOLD) / 4);
            }
            let round = rounds.work(self.round(term.take())).await;
            // Where the store does not answer, nothing is known of the lease any more.
            term = round.and_then(Result::ok).flatten();
        }
        if let Some(term) = term {
            let _ = self.store.release(&term.lease).await;
        }
    }

    async fn round(&self, term: Option<Term>) -> Result<Option<Term>> {
        let Some(mut term) = self.hold(term).await? else { return Ok(None) };
        if self.clock.monotonic().saturating_sub(term.swept) >= SWEEP {
            self.sweep(&mut term).await?;
        }
        let is_noted = self.schedule(&mut term).await?;
        Ok(is_noted.then_some(term))
    }

    /// Keeps the lease, or takes it; `None`: another one has it.
    async fn hold(&self, term: Option<Term>) -> Result<Option<Term>> {
        let monotonic = self.clock.monotonic();
        let Some(term) = term else { return self.begin(monotonic).await };
        if monotonic.saturating_sub(term.renewed) < nanoseconds(HOLD) / 4 {
            return Ok(Some(term));
        }
        let is_held = self.store.renew(&term.lease, HOLD).await?;
        Ok(is_held.then_some(Term { renewed: monotonic, ..term }))
    }

    async fn begin(&self, monotonic: i64) -> Result<Option<Term>> {
        let Some(lease) = self.store.acquire(LEASE, &self.owner, HOLD).await? else { return Ok(None) };
        self.plan.write(self.store.as_ref()).await?;
        let stored = self.store.get(AGENDA).await?;
        let version = stored.as_ref().map(|stored| stored.version);
        let agenda = match stored {
            Some(stored) => document::decode(AGENDA, &stored.value)?,
            None => Agenda { swept: results::slot(self.clock.now()), ..Agenda::default() },
        };
        let swept = monotonic.saturating_sub(SWEEP);
        Ok(Some(Term { lease, renewed: monotonic, agenda, version, swept }))
    }

    /// Queues what is due; false: another one schedules by now.
    async fn schedule(&self, term: &mut Term) -> Result<bool> {
        let (now, mut is_changed) = (self.clock.now(), false);
        for check in &self.plan.checks {
            let mut progress = term.agenda.checks.get(&check.name).copied().unwrap_or_default();
            let Some(due) = progress.due(check, now) else { continue };
            progress.dropped += self.make_room(&check.name).await?;
            progress.scheduled += 1;
            progress.last = due;
            self.push(check, &progress).await?;
            term.agenda.checks.insert(check.name.clone(), progress);
            is_changed = true;
        }
        if is_changed { self.note(term).await } else { Ok(true) }
    }

    async fn push(&self, check: &Check, progress: &Progress) -> Result<()> {
        let id = format!("{}-{}", check.name, progress.scheduled);
        let task = Task { id, check: check.name.clone(), scheduled: progress.last, part: None };
        self.store.push(&task.queue(), task.encode()?).await.map(drop)
    }

    async fn note(&self, term: &mut Term) -> Result<bool> {
        let value = document::encode(&term.agenda, AGENDA)?;
        match self.store.put(AGENDA, term.version, value).await {
            Ok(version) => {
                term.version = Some(version);
                Ok(true)
            }
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Drops the oldest tasks that nobody has claimed, where one more would be too many; how many.
    async fn make_room(&self, check: &str) -> Result<u64> {
        let waiting = self.store.waiting(&task::queue(check)).await?;
        self.drop_oldest(check, excess(waiting, self.settings.backlog)).await
    }

    /// Takes tasks as a worker would, so none that a worker has, and ends them.
    async fn drop_oldest(&self, check: &str, count: u64) -> Result<u64> {
        let limit = usize::try_from(count).unwrap_or(usize::MAX).min(DROPPED);
        if limit == 0 {
            return Ok(0);
        }
        let queue = task::queue(check);
        let claims = self.store.claim(&queue, limit, self.plan.claim).await?;
        let now = self.clock.now();
        for claim in &claims {
            let task = match Task::decode(&claim.payload, check) {
                Ok(task) => task,
                Err(reason) => {
                    dead::bury(self.store.as_ref(), &queue, claim, &reason, now).await?;
                    continue;
                }
            };
            let outcome = Outcome::of(&task, claim.attempt, "", now, Ending::Dropped);
            let outcome = std::slice::from_ref(&outcome);
            results::append(self.store.as_ref(), outcome).await?;
            group::note(self.store.as_ref(), outcome).await?;
            self.store.acknowledge(&queue, claim).await?;
        }
        self.stored.notify_one();
        Ok(claims.len() as u64)
    }

    /// Drops what waits of checks that are not asked for any more: no worker looks for it.
    async fn drop_old_checks(&self, agenda: &mut Agenda) -> Result<()> {
        let old = agenda.checks.iter_mut().filter(|(name, _)| self.plan.check(name).is_none());
        for (name, progress) in old {
            let queue = task::queue(name);
            self.store.reclaim(&queue).await?;
            let waiting = self.store.waiting(&queue).await?;
            progress.dropped += self.drop_oldest(name, waiting).await?;
        }
        Ok(())
    }

    /// Removes what is old.
    async fn sweep(&self, term: &mut Term) -> Result<()> {
        let (store, now) = (self.store.as_ref(), self.clock.now());
        let kept = self.settings.keep;
        term.agenda.swept = results::sweep(store, term.agenda.swept, now, kept).await?;
        group::sweep(store, now.saturating_sub(nanoseconds(kept))).await?;
        dead::sweep(store).await?;
        self.drop_old_checks(&mut term.agenda).await?;
        term.swept = self.clock.monotonic();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
