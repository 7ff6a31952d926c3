//! Reading probes after a place: from memory, or from the log.

use std::sync::Arc;

use thiserror::Error;

use super::super::model::Record;
use super::Registry;
use super::cluster::Cluster;
use super::log::{BLOCKS, Segment, records, stream};
use crate::store::{Cursor, Result, StoreError};

/// Probes of a cluster that follow one another.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The oldest first.
    pub(crate) records: Vec<Arc<Record>>,
    /// How many behind the place that was asked for are not among these, because they are not kept any more or can't be
    /// read.
    pub(crate) missed: u64,
    /// There are more already.
    pub(crate) has_more: bool,
}

/// Why there is nothing to read.
#[derive(Debug, Error)]
pub(crate) enum Unread {
    /// The place is behind the last probe.
    #[error("the cursor {cursor} is from the future: the latest probe is {latest}")]
    Future { cursor: u64, latest: u64 },
    /// What the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What limits an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) count: usize,
    /// As they are in memory; the first one is there however large it is.
    pub(crate) bytes: usize,
}

impl Registry {
    /// The probes of a cluster behind the number `after`; 0: from the oldest that is kept on.
    ///
    /// # Errors
    /// [`Unread`].
    pub(crate) async fn read(&self, cluster: &Cluster, after: u64, limits: Limits) -> Result<Read, Unread> {
        let mut taking = Taking { read: Read::default(), limits, bytes: 0, after };
        let count = cluster.about().kept.count;
        let (segments, from) = {
            let shown = cluster.shown();
            if after >= shown.next.max(1) {
                return Err(Unread::Future { cursor: after, latest: shown.next.saturating_sub(1) });
            }
            let from = shown.next.saturating_sub(count).max(after + 1);
            match shown.ring.after(from - 1) {
                // All that there is may be here.
                Some(records) => {
                    let _ = records.cloned().try_for_each(|record| taking.take(record));
                    (None, from)
                }
                None => (Some(shown.segments.clone()), from),
            }
        };
        if let Some(segments) = segments {
            self.read_log(cluster, &segments, from, &mut taking).await?;
        }
        Ok(taking.read)
    }

    /// Takes probes from the number `from` on.
    async fn read_log(
        &self,
        cluster: &Cluster,
        segments: &[Segment],
        from: u64,
        taking: &mut Taking,
    ) -> Result<()> {
        // The last one that begins before that, and those behind it.
        let begin = segments.partition_point(|segment| segment.first <= from).saturating_sub(1);
        for segment in segments.iter().skip(begin) {
            let stream = stream(cluster.name(), segment.first);
            let mut after = Cursor::START;
            loop {
                let read = self.store.read(&stream, after, BLOCKS).await;
                let blocks = self.damages.noting(&stream, read)?.unwrap_or_default();
                let Some(last) = blocks.last() else { break };
                after = last.cursor;
                for block in blocks {
                    // What can't be read is missed, and was told when this server began.
                    let records = records(&stream, &block.bytes).unwrap_or_default();
                    let mut wanted = records.into_iter().filter(|record| record.number >= from).map(Arc::new);
                    if wanted.try_for_each(|record| taking.take(record)).is_none() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}

/// An answer that is being put together.
struct Taking {
    read: Read,
    limits: Limits,
    bytes: usize,
    /// The number of the last one.
    after: u64,
}

impl Taking {
    /// Takes one more; `None`: there is no room for it.
    fn take(&mut self, record: Arc<Record>) -> Option<()> {
        // What was stored twice is there once.
        if record.number <= self.after {
            return Some(());
        }
        let (count, bytes) = (self.read.records.len(), self.bytes + record.bytes());
        if count >= self.limits.count || (count > 0 && bytes > self.limits.bytes) {
            self.read.has_more = true;
            return None;
        }
        // Who asks for the oldest misses nothing before that.
        self.read.missed += if self.after > 0 { record.number - self.after - 1 } else { 0 };
        (self.after, self.bytes) = (record.number, bytes);
        self.read.records.push(record);
        Some(())
    }
}
