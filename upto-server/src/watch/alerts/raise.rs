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

    /// Has one target told.
    pub(super) async fn raise_for_target(&self, notice: &Notice, target: AlertTarget) -> Result<()> {
        let now = self.clock.now();
        let is_wanted = self.settings.policy.send_resolved || notice.turn != Turn::Resolved;
        if is_wanted {
            let delivery = self.judged(Delivery::new(notice.clone(), target.clone(), now), now).await?;
            self.note(delivery).await?;
        }
        remind::note(self, notice, &target).await
    }

    /// A delivery, which is done at once where nobody is told at that time.
    async fn judged(&self, delivery: Delivery, now: i64) -> Result<Delivery> {
        let is_quiet = self.settings.is_quiet(&delivery.notice.subject, now);
        if is_quiet || self.was_quiet(&delivery).await? {
            return Ok(delivery.end(Standing::Quiet, now, None));
        }
        Ok(delivery)
    }

    /// Whether nobody was told of the problem that is over.
    async fn was_quiet(&self, delivery: &Delivery) -> Result<bool> {
        let Some(problem) = delivery.problem_id() else { return Ok(false) };
        let problem = delivery::get(self.store.as_ref(), &problem).await?;
        Ok(problem.is_some_and(|(problem, _)| problem.standing == Standing::Quiet))
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
