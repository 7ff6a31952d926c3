//! Dead letters: what lay in a queue and can't be done, with the reason, so that the queue goes on.

use serde::{Deserialize, Serialize};

use crate::catalog::document::{self, Listing, escaped};
use crate::store::{Claim, Result, Store, StoreErrorKind};

/// Documents of dead letters begin with this. Then follow the queue, escaped, and the task's number.
const LETTERS: &str = "fleet-dead/";
/// Bytes of a payload that are kept.
const PAYLOAD_BYTES: usize = 1 << 10;
/// Letters that are kept, the newest.
const MOST: usize = 1_000;

/// Something that can't be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeadLetter {
    /// The queue that it lay in.
    pub(crate) queue: String,
    /// Its number there.
    pub(crate) task: u64,
    /// How often it had been claimed.
    pub(crate) attempts: u32,
    /// Why it can't be done.
    pub(crate) reason: String,
    /// The beginning of what lay there.
    #[serde(with = "serde_bytes")]
    pub(crate) payload: Vec<u8>,
    /// When it was taken out, in nanoseconds since the epoch.
    pub(crate) time: i64,
}

/// Takes a task out of its queue and keeps it with the reason. Whoever does it again after a crash changes nothing.
///
/// # Errors
/// What the store says.
pub(crate) async fn bury(
    store: &dyn Store,
    queue: &str,
    claim: &Claim,
    reason: &str,
    now: i64,
) -> Result<()> {
    let payload = claim.payload.iter().take(PAYLOAD_BYTES).copied().collect();
    let letter = DeadLetter {
        queue: queue.to_owned(),
        task: claim.task,
        attempts: claim.attempt,
        reason: reason.to_owned(),
        payload,
        time: now,
    };
    let key = format!("{LETTERS}{}/{:020}", escaped(queue), claim.task);
    match store.put(&key, None, document::encode(&letter, &key)?).await {
        Err(error) if error.kind() != StoreErrorKind::Conflict => return Err(error),
        _ => {}
    }
    store.acknowledge(queue, claim).await.map(drop)
}

/// All that are kept, the newest first.
///
/// # Errors
/// What the store says.
pub(crate) async fn list(store: &dyn Store) -> Result<Vec<DeadLetter>> {
    let mut letters: Vec<_> = stored(store).await?.into_iter().map(|(_, _, letter)| letter).collect();
    letters.sort_by_key(|letter| std::cmp::Reverse(letter.time));
    Ok(letters)
}

/// Removes the oldest of those that are too many.
///
/// # Errors
/// What the store says.
pub(crate) async fn sweep(store: &dyn Store) -> Result<()> {
    let mut letters = stored(store).await?;
    letters.sort_by_key(|(_, _, letter)| letter.time);
    let over = letters.len().saturating_sub(MOST);
    for (key, version, _) in letters.into_iter().take(over) {
        store.delete(&key, version).await?;
    }
    Ok(())
}

async fn stored(store: &dyn Store) -> Result<Vec<(String, u64, DeadLetter)>> {
    let (mut listing, mut letters) = (Listing::of(store, LETTERS), Vec::new());
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            return Ok(letters);
        }
        for (key, stored) in page {
            if let Ok(letter) = document::decode(&key, &stored.value) {
                letters.push((key, stored.version, letter));
            }
        }
    }
}

/// Whether a document of a dead letter can be read; `None` if it is something else.
pub(super) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(LETTERS).then(|| document::decode::<DeadLetter>(key, value).map(drop))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;
    use crate::store::{MemoryStore, Queue};

    async fn claimed(store: &MemoryStore, payload: &[u8]) -> Claim {
        store.push("q", payload.to_vec()).await.expect("pushed");
        store.claim("q", 1, Duration::MAX).await.expect("claimed").remove(0)
    }

    #[tokio::test]
    async fn what_is_buried_is_kept_with_its_reason_and_gone_from_the_queue() {
        let store = MemoryStore::new(Arc::new(ManualClock::new(0)));
        let claim = claimed(&store, &vec![0xff; 5_000]).await;
        for _ in 0..2 {
            bury(&store, "q", &claim, "no task", 7).await.expect("buried");
        }
        let letters = list(&store).await.expect("listed");
        let [DeadLetter { queue, task, attempts, reason, payload, time }] = letters.as_slice() else {
            panic!("{letters:?}")
        };
        assert_eq!((queue.as_str(), *task, *attempts), ("q", claim.task, 1));
        assert_eq!((reason.as_str(), payload.len(), *time), ("no task", PAYLOAD_BYTES, 7));
        assert!(!store.acknowledge("q", &claim).await.expect("asked"), "it was ended");
    }

    #[tokio::test]
    async fn the_oldest_go_where_there_are_too_many() {
        let store = MemoryStore::new(Arc::new(ManualClock::new(0)));
        for time in 0..=i64::try_from(MOST).expect("a few") {
            let claim = claimed(&store, b"x").await;
            bury(&store, "q", &claim, "no", time).await.expect("buried");
        }
        sweep(&store).await.expect("swept");
        let letters = list(&store).await.expect("listed");
        assert_eq!((letters.len(), letters.last().map(|letter| letter.time)), (MOST, Some(1)));
    }
}
