//! What a worker does with tasks that it has claimed.

use std::sync::atomic::Ordering;

use futures_util::future::{join_all, try_join_all};

use super::{Worker, nanoseconds};
use crate::fleet::check::Check;
use crate::fleet::members::Member;
use crate::fleet::outcome::{Ending, Outcome};
use crate::fleet::plan::Plan;
use crate::fleet::task::Task;
use crate::fleet::{dead, group, results};
use crate::store::{Claim, Result};

/// So often a task is tried: what ends so many workers would end the next one too.
const ATTEMPTS: u32 = 5;

/// Tasks of a check that were claimed together.
pub(super) struct Batch<'a> {
    pub(super) worker: &'a Worker,
    pub(super) check: &'a Check,
    pub(super) plan: &'a Plan,
    pub(super) queue: &'a str,
    /// When they were claimed, or before, by the monotonic clock.
    pub(super) began: i64,
}

impl Batch<'_> {
    /// Does all of them at once.
    pub(super) async fn perform(&self, claims: Vec<Claim>) -> Result<()> {
        let members = self.worker.members.all();
        let done = join_all(claims.into_iter().map(|claim| self.one(claim, &members))).await;
        let done: Vec<_> = done.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
        if self.is_over() {
            return Ok(());
        }
        let (claims, outcomes): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        results::append(self.worker.store.as_ref(), &outcomes).await?;
        group::note(self.worker.store.as_ref(), &outcomes).await?;
        self.worker.stored.notify_one();
        try_join_all(claims.iter().zip(&outcomes).map(|(claim, outcome)| self.end(claim, outcome)))
            .await
            .map(drop)
    }

    /// By now, others may have the tasks. This clock runs on while the process is stopped.
    fn is_over(&self) -> bool {
        let held = self.worker.clock.monotonic().saturating_sub(self.began);
        held >= nanoseconds(self.plan.claim)
    }

    /// Does a task; `None`: it is buried.
    async fn one(&self, claim: Claim, members: &[Member]) -> Result<Option<(Claim, Outcome)>> {
        let Worker { store, clock, identity, .. } = self.worker;
        let task = match Task::decode(&claim.payload, &self.check.name) {
            Ok(task) => task,
            Err(reason) => {
                dead::bury(store.as_ref(), self.queue, &claim, &reason, clock.now()).await?;
                return Ok(None);
            }
        };
        let (began, attempt) = (clock.monotonic(), claim.attempt);
        let ending = if attempt > ATTEMPTS {
            Ending::Refused(format!("it was tried {ATTEMPTS} times, and no worker came to its end"))
        } else {
            self.ask(members).await
        };
        let mut outcome = Outcome::of(&task, attempt, &identity.name, clock.now(), ending);
        outcome.took = clock.monotonic().saturating_sub(began);
        Ok(Some((claim, outcome)))
    }

    /// Asks all hosts at once.
    async fn ask(&self, members: &[Member]) -> Ending {
        let deadline = self.plan.deadline_of(self.check);
        let asked = members.iter().map(|member| self.worker.asker.ask(member, &self.check.name, deadline));
        Ending::Answered(join_all(asked).await)
    }

    /// Ends a task whose outcome is stored and told.
    async fn end(&self, claim: &Claim, outcome: &Outcome) -> Result<()> {
        let store = self.worker.store.as_ref();
        if let Ending::Refused(reason) = &outcome.ending {
            return dead::bury(store, self.queue, claim, reason, outcome.ended).await;
        }
        // Void, if another one has it: that one's outcome is not the first.
        if store.acknowledge(self.queue, claim).await? {
            self.worker.processed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
