//! Outcomes in the store: a stream for each slot of five minutes, by when tasks were due.
//!
//! A worker that dies between storing an outcome and acknowledging its task leaves the task to another one, which stores it
//! once more. Both are in the same slot, and whoever reads takes the first. So a task has one end, without a transaction
//! over a log and a queue, which lie in different places of a cluster.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::outcome::Outcome;
use crate::catalog::document;
use crate::store::{Append, Cursor, Result, Store};

/// Streams of outcomes begin with this. Then follows the slot's number.
const STREAMS: &str = "fleet-results/";
/// Nanoseconds of a slot.
const SLOT: i64 = 300_000_000_000;
/// Blocks that are read at a time.
const BLOCKS: usize = 256;
/// Slots that are removed at a time.
const REMOVED: i64 = 100;
/// Slots whose outcomes may still come: tasks that were due so long ago are ended by now.
const OPEN_SLOTS: i64 = 3;

/// The slot that a time is in.
pub(crate) fn slot(time: i64) -> i64 {
    time.div_euclid(SLOT)
}

/// When a slot begins, in nanoseconds since the epoch.
pub(crate) fn begin(slot: i64) -> i64 {
    slot.saturating_mul(SLOT)
}

fn stream(slot: i64) -> String {
    format!("{STREAMS}{slot:010}")
}

/// Whether a block of a stream can be read, if it is one of outcomes; `None` if it is something else.
pub(crate) fn readable_block(stream: &str, block: &[u8]) -> Option<Result<()>> {
    stream.starts_with(STREAMS).then(|| document::decode::<Outcome>(stream, block).map(drop))
}

/// Stores outcomes, all or none of them.
///
/// # Errors
/// What the store says.
pub(crate) async fn append(store: &dyn Store, outcomes: &[Outcome]) -> Result<()> {
    let appends = outcomes.iter().map(|outcome| {
        let stream = stream(slot(outcome.scheduled));
        let block = document::encode(outcome, &stream)?;
        Ok(Append { stream, block })
    });
    store.append(appends.collect::<Result<_>>()?).await
}

/// All outcomes of a slot, each once, in the order in which they were stored.
///
/// # Errors
/// What the store says.
pub(crate) async fn of_slot(store: &dyn Store, slot: i64) -> Result<Vec<Outcome>> {
    let (mut follower, mut outcomes) = (Follower { after: [(slot, Cursor::START)].into() }, Vec::new());
    loop {
        let more = follower.read(store, slot).await?;
        if more.is_empty() {
            let mut seen = HashSet::new();
            outcomes.retain(|outcome: &Outcome| seen.insert((outcome.check.clone(), outcome.id.clone())));
            return Ok(outcomes);
        }
        outcomes.extend(more);
    }
}

/// Removes what is older than `kept` at `now`, from the slot `from` on; the first slot that is left.
///
/// # Errors
/// What the store says.
pub(crate) async fn sweep(store: &dyn Store, from: i64, now: i64, kept: Duration) -> Result<i64> {
    let kept = i64::try_from(kept.as_nanos()).unwrap_or(i64::MAX);
    let until = slot(now.saturating_sub(kept)).min(from.saturating_add(REMOVED));
    for slot in from..until {
        store.drop_stream(&stream(slot)).await?;
    }
    Ok(until.max(from))
}

/// How far somebody has read the slots in which outcomes may still come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Follower {
    after: BTreeMap<i64, Cursor>,
}

impl Follower {
    /// What was stored since in these slots.
    ///
    /// # Errors
    /// What the store says. What was read before that is not told again.
    pub(crate) async fn news(&mut self, store: &dyn Store, now: i64) -> Result<Vec<Outcome>> {
        let newest = slot(now);
        self.after.retain(|slot, _| *slot > newest - OPEN_SLOTS);
        let mut outcomes = Vec::new();
        // One ahead: the clock of who scheduled may be.
        for slot in newest - OPEN_SLOTS + 1..=newest + 1 {
            outcomes.extend(self.read(store, slot).await?);
        }
        Ok(outcomes)
    }

    async fn read(&mut self, store: &dyn Store, slot: i64) -> Result<Vec<Outcome>> {
        let (stream, after) = (stream(slot), self.after.entry(slot).or_insert(Cursor::START));
        let mut outcomes = Vec::new();
        for block in store.read(&stream, *after, BLOCKS).await? {
            *after = block.cursor;
            // A block that can't be read is one that somebody else wrote there: those behind it still count.
            outcomes.extend(document::decode::<Outcome>(&stream, &block.bytes));
        }
        Ok(outcomes)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::outcome::Ending;
    use super::super::task::Task;
    use super::*;
    use crate::clock::ManualClock;
    use crate::store::{Log, MemoryStore};

    fn outcome(id: &str, scheduled: i64, attempt: u32) -> Outcome {
        let task = Task { id: id.into(), check: "c".into(), scheduled, part: None };
        Outcome::of(&task, attempt, "w", scheduled, Ending::Dropped)
    }

    fn store() -> MemoryStore {
        MemoryStore::new(Arc::new(ManualClock::new(0)))
    }

    fn attempts(outcomes: &[Outcome]) -> Vec<(&str, u32)> {
        outcomes.iter().map(|outcome| (outcome.id.as_str(), outcome.attempt)).collect()
    }

    #[tokio::test]
    async fn of_a_task_that_ended_twice_the_first_end_is_read() {
        let store = store();
        append(&store, &[outcome("a", 5, 2), outcome("b", 6, 1)]).await.expect("stored");
        append(&store, &[outcome("a", 5, 1)]).await.expect("stored");
        assert_eq!(attempts(&of_slot(&store, 0).await.expect("read")), [("a", 2), ("b", 1)]);
    }

    #[tokio::test]
    async fn who_follows_is_told_each_block_once_also_of_earlier_slots() {
        let (store, mut follower) = (store(), Follower::default());
        append(&store, &[outcome("a", 5, 1), outcome("b", SLOT + 5, 1)]).await.expect("stored");
        assert_eq!(follower.news(&store, SLOT + 9).await.expect("news").len(), 2);
        append(&store, &[outcome("late", 6, 3)]).await.expect("stored");
        assert_eq!(attempts(&follower.news(&store, SLOT + 9).await.expect("news")), [("late", 3)]);
        assert_eq!(follower.news(&store, SLOT + 9).await.expect("news"), []);
    }

    #[tokio::test]
    async fn what_is_no_block_of_ours_stops_nobody() {
        let store = store();
        let garbage = Append { stream: stream(0), block: b"garbage".to_vec() };
        store.append(vec![garbage]).await.expect("stored");
        append(&store, &[outcome("a", 5, 1)]).await.expect("stored");
        assert_eq!(attempts(&of_slot(&store, 0).await.expect("read")), [("a", 1)]);
    }

    #[tokio::test]
    async fn old_slots_are_removed() {
        let store = store();
        append(&store, &[outcome("old", 5, 1), outcome("new", 9 * SLOT, 1)]).await.expect("stored");
        let left = sweep(&store, 0, 10 * SLOT, Duration::from_secs(600)).await.expect("swept");
        assert_eq!(left, 8);
        assert_eq!(store.streams().await.expect("streams"), [stream(9)]);
        assert_eq!(sweep(&store, 9, 0, Duration::ZERO).await.expect("swept"), 9, "never back");
    }
}
