//! Clusters that nobody watches any more: what is kept of them until it is too old, and what stays then.

use serde::{Deserialize, Serialize};

use super::{BLOCKS, ClusterDocument, Ground, UNREADABLE, records, stream};
use crate::catalog::document;
use crate::store::{Cursor, Result, StoreErrorKind};

/// For how long the numbers of a cluster go on of which nothing is left: a year.
const LEFT: i64 = 365 * 86_400 * 1_000_000_000;

/// What is left of a log without segments: its numbers go on where they were, so that each means the same probe for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Left {
    /// The number of the next probe.
    pub(super) next: u64,
    /// Since when there is nothing, in nanoseconds since the epoch.
    since: i64,
}

/// Drops what is over the limits of a cluster that nobody watches: all of it when it is old enough, but for the number of the
/// next probe. True if that was dropped, too.
pub(in super::super) async fn trim_left(
    ground: Ground<'_>,
    document: ClusterDocument,
    version: u64,
) -> Result<bool> {
    let dropped = if document.segments.is_empty() {
        forget(ground, &document, version).await
    } else if document.is_over(ground.now) {
        drop_all(ground, document, version).await.map(|()| false)
    } else {
        let over = document.count_over((u64::MAX, document.age), 0, ground.now);
        drop_oldest(ground, document, version, over).await.map(|()| false)
    };
    match dropped {
        // Somebody watches it again.
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(false),
        done => done,
    }
}

async fn forget(ground: Ground<'_>, document: &ClusterDocument, version: u64) -> Result<bool> {
    let is_forgotten = document.left.is_none_or(|left| left.since.saturating_add(LEFT) < ground.now);
    if is_forgotten {
        ground.store.delete(&document.key(), version).await?;
    }
    Ok(is_forgotten)
}

/// What is left stands in the document before anything is dropped: who is killed in between has lost no number.
async fn drop_all(ground: Ground<'_>, mut document: ClusterDocument, mut version: u64) -> Result<()> {
    if document.left.is_none() {
        let next = next_number(ground, &document).await?;
        document.left = Some(Left { next, since: ground.now });
        version = put(ground, &document, version).await?;
    }
    let all = document.segments.len();
    drop_oldest(ground, document, version, all).await
}

async fn drop_oldest(
    ground: Ground<'_>,
    mut document: ClusterDocument,
    version: u64,
    count: usize,
) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    for segment in document.segments.drain(..count) {
        ground.store.drop_stream(&stream(&document.name, segment.first)).await?;
    }
    put(ground, &document, version).await.map(drop)
}

async fn put(ground: Ground<'_>, document: &ClusterDocument, version: u64) -> Result<u64> {
    let key = document.key();
    ground.store.put(&key, Some(version), document::encode(document, &key)?).await
}

/// The number behind the last probe of the last segment.
async fn next_number(ground: Ground<'_>, document: &ClusterDocument) -> Result<u64> {
    let Some(last) = document.segments.last() else { return Ok(1) };
    let (stream, mut next, mut after) = (stream(&document.name, last.first), last.first, Cursor::START);
    loop {
        let read = ground.store.read(&stream, after, BLOCKS).await;
        let Some(blocks) = ground.damages.noting(&stream, read)? else { return Ok(next + UNREADABLE) };
        let Some(block) = blocks.last() else { return Ok(next) };
        after = block.cursor;
        for block in &blocks {
            next = match records(&stream, &block.bytes) {
                Ok(records) => records.last().map_or(next, |record| next.max(record.number + 1)),
                // Each takes a byte at least.
                Err(_) => next + block.bytes.len() as u64,
            };
        }
    }
}
