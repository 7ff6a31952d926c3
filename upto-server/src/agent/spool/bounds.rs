//! How much a spool may have, and for how long.

use std::time::Duration;

use super::Spool;
use super::contents::SEGMENT_BYTES;
use super::segment::Segment;
use crate::store;

/// A spool has so many segments at least: that much of it is dropped at a time.
const SEGMENTS: u32 = 16;

/// What a spool has at most. It may exceed that by a segment: a sixteenth, or 4 MiB if that is less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) bytes: u64,
    /// Since it was received.
    pub(crate) age: Duration,
}

impl Bounds {
    /// A segment of so many bytes is sealed.
    fn segment_bytes(self) -> u64 {
        (self.bytes / u64::from(SEGMENTS)).clamp(1, SEGMENT_BYTES)
    }

    /// As many bytes are on their way at a time: these can't be dropped.
    pub(super) fn delivery_bytes(self) -> usize {
        usize::try_from(self.segment_bytes()).unwrap_or(usize::MAX)
    }

    /// The time so long before `now`, in nanoseconds since the epoch.
    fn before(now: i64, age: Duration) -> i64 {
        now.saturating_sub(i64::try_from(age.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl Spool {
    /// As [`keep_within_bounds`](Self::keep_within_bounds). That something can't be dropped is no reason to take nothing: it
    /// is tried again with the next writing, and the disk says itself when it is full.
    pub(super) async fn try_keep_within_bounds(&self) {
        let _ = self.keep_within_bounds().await;
    }

    /// Seals the open segment if it is due, and drops the oldest ones while there is too much, or what is too old.
    ///
    /// # Errors
    /// What the store says.
    async fn keep_within_bounds(&self) -> store::Result<()> {
        let (bounds, now, store) = (self.bounds, self.clock.now(), self.store.as_ref());
        let mut spooled = self.spooled.lock().await;
        let sealed = Bounds::before(now, bounds.age / SEGMENTS);
        spooled.seal(store, bounds.segment_bytes(), sealed).await?;
        let too_old = Bounds::before(now, bounds.age);
        loop {
            let is_too_much = spooled.backlog().bytes > bounds.bytes;
            let is_due = |segment: &Segment| {
                let is_old = segment.contents.received.is_some_and(|(_, last)| last < too_old);
                segment.contents.blocks > 0 && !segment.is_dropped && (is_too_much || is_old)
            };
            // Not even that something was lost is kept for ever; but it goes last.
            let is_loss = |segment: &Segment| is_too_much && segment.is_dropped;
            if !spooled.drop_oldest(store, is_due).await? && !spooled.drop_oldest(store, is_loss).await? {
                return Ok(());
            }
        }
    }
}
