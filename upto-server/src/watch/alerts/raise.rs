//! Raising alerts: who is told of a notice, and that being noted for good.

use std::collections::BTreeSet;

use super::super::heartbeat::AlertTarget;
use super::super::notice::{Notice, Turn};
use super::delivery::{self, Delivery, OUTBOX, Standing};
use super::{Alerts, remind};
use crate::store::Result;

/// The kind of targets that the configuration names.
pub(super) const NAMED: &str = "target";

impl Alerts {
    /// Has everybody told of a notice who is to be told. Whatever was done of it before is not done again.
    ///
    /// # Errors
    /// What the store says: some of it may be done then.
    pub(crate) async fn raise(&self, notice: &Notice) -> Result<()> {
        for target in self.targets_of(notice) {
            self.raise_for_target(notice, target).await?;
        }
        Ok(())
    }

    /// Has one target told: in a time of maintenance, of what begins or ends then after it, if it is still so.
    pub(super) async fn raise_for_target(&self, notice: &Notice, target: AlertTarget) -> Result<()> {
        let now = self.clock.now();
        let quiet_until = self.settings.quiet_until(&notice.subject, now);
        let delivery = Delivery::new(notice.clone(), target.clone(), now);
        let is_untold = self.withdraw_problem(&delivery, now).await?;
        if self.is_wanted(notice.turn) {
            self.note(judged(delivery, is_untold, quiet_until, now)).await?;
        }
        remind::note(self, notice, &target, quiet_until.unwrap_or(now)).await
    }

    fn is_wanted(&self, turn: Turn) -> bool {
        match turn {
            Turn::Problem | Turn::Reminder | Turn::Once => true,
            Turn::Resolved => self.settings.policy.send_resolved,
            Turn::Closed => false,
        }
    }

    /// Where a problem is over, sees to it that nobody is told of it after the time of maintenance in which it began; whether
    /// nobody was told of it, nor will be.
    async fn withdraw_problem(&self, delivery: &Delivery, now: i64) -> Result<bool> {
        let Some(problem) = delivery.problem_id() else { return Ok(false) };
        let Some((problem, version)) = delivery::get(self.store.as_ref(), &problem).await? else {
            return Ok(false);
        };
        let began_quietly = || self.settings.quiet_until(&problem.notice.subject, problem.created).is_some();
        match problem.standing {
            Standing::Quiet => Ok(true),
            Standing::Waiting if problem.attempts == 0 && problem.sending_until <= now && began_quietly() => {
                let problem = problem.end(Standing::Quiet, now, None);
                Ok(delivery::put(self.store.as_ref(), &problem, Some(version)).await?.is_some())
            }
            _ => Ok(false),
        }
    }

    /// Stores a delivery, and its task if it is to be sent.
    async fn note(&self, delivery: Delivery) -> Result<()> {
        let store = self.store.as_ref();
        let is_new = delivery::put(store, &delivery, None).await?.is_some();
        // Who stored it before may have been killed before there was a task.
        let is_open =
            is_new || delivery::get(store, &delivery.id).await?.is_some_and(|(known, _)| !known.is_done());
        if is_open && !delivery.is_done() {
            store.push(OUTBOX, delivery.id.into_bytes()).await?;
            self.raised.notify_one();
        }
        Ok(())
    }

    /// Everybody who is told, each once.
    fn targets_of(&self, notice: &Notice) -> Vec<AlertTarget> {
        let rules = self.settings.rules.iter().filter(|rule| rule.is_about(notice.source, &notice.subject));
        let named: BTreeSet<_> = rules.flat_map(|rule| &rule.targets).collect();
        let named =
            named.into_iter().map(|name| AlertTarget { kind: NAMED.to_owned(), address: name.clone() });
        named.chain(notice.target.clone()).collect()
    }
}

/// When a delivery is made, if it is at all.
fn judged(delivery: Delivery, is_untold: bool, quiet_until: Option<i64>, now: i64) -> Delivery {
    match (quiet_until, delivery.notice.turn) {
        _ if is_untold => delivery.end(Standing::Quiet, now, None),
        (None, _) => delivery,
        (Some(until), Turn::Problem | Turn::Resolved) => Delivery { next_attempt: until, ..delivery },
        (Some(_), _) => delivery.end(Standing::Quiet, now, None),
    }
}
