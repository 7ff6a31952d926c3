//! Merging small blocks, and giving space back.
//!
//! A timeline whose marks came one by one has a block for each commit, and each block tells its names anew.

use std::mem;

use indicatif::ProgressBar;
use serde::Serialize;

use super::ToolError;
use super::marks::Blocks;
use crate::catalog::block::{Block, BlockError, BlockWriter};
use crate::catalog::document::{Listing, TIMELINES, TimelineDocument};
use crate::store::{self, Cursor, Run, Store, StoreError, StoreErrorKind};
use crate::timeline::Fold;

/// Blocks of fewer bytes are merged.
const SMALL: usize = 64 << 10;
/// A merged block is of so many stored bytes, or not much more: more of them would gain little.
const MERGED: usize = 256 << 10;
/// Blocks that are merged into one at most: the back end replaces them in one step.
const BLOCKS: usize = 1_024;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CompactReport {
    /// Timelines that were looked at.
    pub timelines: u64,
    /// Blocks of marks before.
    pub blocks_before: u64,
    /// Bytes of those, as they are stored.
    pub bytes_before: u64,
    /// Blocks afterwards.
    pub blocks_after: u64,
    /// Bytes of those.
    pub bytes_after: u64,
    /// Timelines in which something can't be read; `check` tells what. It was left alone.
    pub damaged: u64,
}

/// Merges small blocks of all timelines, then lets the back end give back what is free. `progress` advances by one for
/// each timeline, and says when that is done. Servers may go on meanwhile; but SQLite gives nothing back as long as one
/// writes.
///
/// # Errors
/// [`ToolError::Store`]: what the store says. What was merged until then stays so.
pub async fn compact(store: &dyn Store, progress: &ProgressBar) -> Result<CompactReport, ToolError> {
    let mut report = CompactReport::default();
    let mut listing = Listing::of(store, TIMELINES);
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            break;
        }
        for (key, document) in &page {
            report.timelines += 1;
            match compact_timeline(store, key, &document.value, &mut report).await {
                Err(error) if error.kind() == StoreErrorKind::Damaged => report.damaged += 1,
                done => done?,
            }
            progress.inc(1);
        }
    }
    progress.set_message("giving back free space");
    store.compact().await?;
    Ok(report)
}

/// Merges the small blocks of a timeline.
///
/// # Errors
/// [`StoreErrorKind::Damaged`] where something can't be read; the rest is done all the same.
async fn compact_timeline(
    store: &dyn Store,
    key: &str,
    document: &[u8],
    report: &mut CompactReport,
) -> store::Result<()> {
    let timeline = TimelineDocument::decode(key, document)?;
    let mut blocks = Blocks::after(store, timeline.stream(), Cursor::START);
    let (mut group, mut damage) = (Group::default(), Ok(()));
    loop {
        let page = blocks.next().await?;
        if page.is_empty() {
            group.merge(store, blocks.stream(), report).await?;
            return damage;
        }
        for block in &page {
            report.see(block);
            let can_be_merged = is_small_and_whole(block).unwrap_or_else(|error| {
                damage = Err(damaged(blocks.stream(), error));
                false
            });
            if group.is_full() || !can_be_merged {
                let next = Group::behind(group.through);
                mem::replace(&mut group, next).merge(store, blocks.stream(), report).await?;
            }
            if can_be_merged {
                group.add(block).map_err(|error| damaged(blocks.stream(), error))?;
            } else {
                report.keep(1, block.bytes.len());
                group = Group::behind(block.cursor);
            }
        }
    }
}

/// # Errors
/// What is wrong with the block; a large one is not looked at.
fn is_small_and_whole(block: &store::Block) -> Result<bool, BlockError> {
    if block.bytes.len() >= SMALL {
        return Ok(false);
    }
    Block::open(&block.bytes)?.apply(&mut Fold::default()).map(|()| true)
}

fn damaged(stream: &str, error: BlockError) -> StoreError {
    StoreError::new(StoreErrorKind::Damaged, "decode", format!("stream {stream:?}")).because(error)
}

impl CompactReport {
    fn see(&mut self, block: &store::Block) {
        self.blocks_before += 1;
        self.bytes_before += block.bytes.len() as u64;
    }

    fn keep(&mut self, blocks: usize, bytes: usize) {
        self.blocks_after += blocks as u64;
        self.bytes_after += bytes as u64;
    }
}

/// Blocks that follow one another, and what becomes of them.
#[derive(Default)]
struct Group {
    after: Cursor,
    through: Cursor,
    count: usize,
    bytes: usize,
    fold: Fold,
    writer: BlockWriter,
}

impl Group {
    fn behind(after: Cursor) -> Self {
        Group { after, through: after, ..Group::default() }
    }

    fn is_full(&self) -> bool {
        self.bytes >= MERGED || self.count >= BLOCKS || self.writer.is_full()
    }

    fn add(&mut self, block: &store::Block) -> Result<(), BlockError> {
        Block::open(&block.bytes)?.copy_to(&mut self.writer, &mut self.fold)?;
        self.through = block.cursor;
        self.count += 1;
        self.bytes += block.bytes.len();
        Ok(())
    }

    async fn merge(self, store: &dyn Store, stream: &str, report: &mut CompactReport) -> store::Result<()> {
        let Group { after, through, count, bytes, writer, .. } = self;
        let merged = if count > 1 { writer.finish() } else { None };
        let Some(merged) = merged.filter(|merged| merged.len() <= bytes) else {
            report.keep(count, bytes);
            return Ok(());
        };
        let length = merged.len();
        // Where that is not so any more, another one merges or removes the same.
        let is_done = store.replace(stream, Run { after, through, count }, merged).await?;
        let (blocks, bytes) = if is_done { (1, length) } else { (count, bytes) };
        report.keep(blocks, bytes);
        Ok(())
    }
}
