//! Reading probes after a place: from memory, or from the log.

use std::sync::Arc;

use thiserror::Error;

use super::super::model::Record;
use super::Registry;
use super::cluster::Cluster;
use super::log::{BLOCKS, Segment, place, records, stream};
use crate::store::{Block, Cursor, Result, StoreError};

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
                    let records = self.opened(&stream, &block)?;
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

impl Registry {
    /// Probes of a cluster before the number `before`, the newest first, and whether there are more before those.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn read_before(
        &self,
        cluster: &Cluster,
        before: u64,
        limits: Limits,
    ) -> Result<(Vec<Arc<Record>>, bool)> {
        let count = cluster.about().kept.count;
        let mut back = Back { records: Vec::new(), bytes: 0, limits, before };
        let (segments, from) = {
            let shown = cluster.shown();
            if shown.ring.backwards().cloned().try_for_each(|record| back.take(record)).is_none() {
                return Ok((back.records, true));
            }
            (shown.segments.clone(), shown.next.saturating_sub(count))
        };
        for segment in segments.iter().rev().skip_while(|segment| segment.first >= before) {
            let mut records = self.read_segment(cluster, segment).await?;
            records.retain(|record| record.number >= from);
            if records.into_iter().rev().map(Arc::new).try_for_each(|record| back.take(record)).is_none() {
                return Ok((back.records, true));
            }
        }
        Ok((back.records, false))
    }

    async fn read_segment(&self, cluster: &Cluster, segment: &Segment) -> Result<Vec<Record>> {
        let (stream, mut after) = (stream(cluster.name(), segment.first), Cursor::START);
        let mut records = Vec::new();
        loop {
            let read = self.store.read(&stream, after, BLOCKS).await;
            let blocks = self.damages.noting(&stream, read)?.unwrap_or_default();
            let Some(last) = blocks.last() else { return Ok(records) };
            after = last.cursor;
            for block in &blocks {
                records.extend(self.opened(&stream, block)?);
            }
        }
    }

    /// What is in a block; nothing of one that can't be read, which is told once.
    fn opened(&self, stream: &str, block: &Block) -> Result<Vec<Record>> {
        let read = self.damages.noting(&place(stream, block.cursor), records(stream, &block.bytes))?;
        Ok(read.unwrap_or_default())
    }
}

/// An answer that is put together from the newest on.
struct Back {
    records: Vec<Arc<Record>>,
    bytes: usize,
    limits: Limits,
    /// The number of the last one.
    before: u64,
}

impl Back {
    /// Takes the one before; `None`: there is no room for it.
    fn take(&mut self, record: Arc<Record>) -> Option<()> {
        // What is in memory is in the log as well, and what was stored twice is there once.
        if record.number >= self.before {
            return Some(());
        }
        let (count, bytes) = (self.records.len(), self.bytes + record.bytes());
        if count >= self.limits.count || (count > 0 && bytes > self.limits.bytes) {
            return None;
        }
        (self.before, self.bytes) = (record.number, bytes);
        self.records.push(record);
        Some(())
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
