//! What is further back than what is at hand: read from the log, slot by slot.

use super::outcome::Outcome;
use super::{Fleet, results, worker};
use crate::store::Result;

/// Slots that are looked at for one page.
const SLOTS: i64 = 50;

/// A place among the outcomes of a check: what comes before it is further back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Before {
    /// When the task was due, in nanoseconds since the epoch.
    pub(crate) scheduled: i64,
    /// The task's id.
    pub(crate) id: String,
}

/// Outcomes of a check, the latest first.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) outcomes: Vec<Outcome>,
    /// Where the next page begins; `None`: there is nothing further back.
    pub(crate) next: Option<Before>,
}

impl Fleet {
    /// Up to `limit` outcomes of a check before a place, or the latest.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn history(&self, check: &str, before: Option<Before>, limit: usize) -> Result<Page> {
        let now = self.clock.now();
        let oldest = results::slot(now.saturating_sub(worker::nanoseconds(self.settings.keep)));
        // The clock of who scheduled may be ahead.
        let newest = results::slot(before.as_ref().map_or(now, |before| before.scheduled).min(now)) + 1;
        let (mut outcomes, last) = (Vec::new(), oldest.max(newest.saturating_sub(SLOTS)));
        for slot in (last..=newest).rev() {
            outcomes.extend(self.of_slot(check, slot, before.as_ref()).await?);
            if outcomes.len() >= limit {
                outcomes.truncate(limit);
                let next = outcomes.last().map(place);
                return Ok(Page { outcomes, next });
            }
        }
        let next = (last > oldest).then(|| Before { scheduled: results::begin(last), id: String::new() });
        Ok(Page { outcomes, next })
    }

    async fn of_slot(&self, check: &str, slot: i64, before: Option<&Before>) -> Result<Vec<Outcome>> {
        let mut outcomes = results::of_slot(self.store.as_ref(), slot).await?;
        outcomes.retain(|outcome| {
            outcome.check == check
                && before.is_none_or(|before| outcome.place() < (before.scheduled, before.id.as_str()))
        });
        outcomes.sort_by(|one, other| other.place().cmp(&one.place()));
        Ok(outcomes)
    }
}

fn place(outcome: &Outcome) -> Before {
    Before { scheduled: outcome.scheduled, id: outcome.id.clone() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::outcome::Ending;
    use super::super::task::Task;
    use super::*;
    use crate::clock::ManualClock;
    use crate::fleet::FleetSettings;
    use crate::store::MemoryStore;

    const SECOND: i64 = 1_000_000_000;

    #[tokio::test]
    async fn pages_go_back_over_slots_and_have_each_outcome_once() {
        let clock = Arc::new(ManualClock::new(10_000 * SECOND));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let outcome = |number: i64| {
            let scheduled = (9_000 + number * 10) * SECOND;
            let task = Task { id: format!("c-{number}"), check: "c".into(), scheduled, part: None };
            Outcome::of(&task, 1, "w", scheduled, Ending::Dropped)
        };
        let all: Vec<_> = (0..100).map(outcome).collect();
        results::append(store.as_ref(), &all).await.expect("stored");
        results::append(store.as_ref(), &all[..50]).await.expect("stored again");
        let fleet = Fleet::new(Arc::new(FleetSettings::default()), store, clock);
        let (mut before, mut read) = (None, Vec::new());
        loop {
            let page = fleet.history("c", before, 7).await.expect("a page");
            read.extend(page.outcomes);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        read.reverse();
        assert_eq!(read, all);
        assert!(fleet.history("d", None, 7).await.expect("a page").outcomes.is_empty());
    }
}
