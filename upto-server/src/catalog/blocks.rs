//! Reading the blocks of a timeline, a few at a time.

use super::memory::Counted;
use super::timeline::Timeline;
use crate::store::{self, Cursor, Result, Store};

/// Blocks that are read at a time at most.
const MOST: usize = 256;
/// Bytes that a block may well have, before one was seen.
const USUAL_BYTES: usize = 64 << 10;
/// Bytes that are read at a time: more of them at once would be read no faster.
const PAGE_BYTES: usize = 1 << 20;

/// Reads a stream to its end. How many blocks are read at a time follows from how large they were so far; what was read
/// last counts in the memory.
pub(super) struct Blocks<'a> {
    store: &'a dyn Store,
    stream: &'a str,
    through: Cursor,
    limit: usize,
    page_bytes: usize,
    counted: Counted,
}

impl<'a> Blocks<'a> {
    /// Those behind `after`.
    pub(super) fn after(timeline: &'a Timeline, store: &'a dyn Store, after: Cursor) -> Self {
        let page_bytes = timeline.memory().share(1, 256).min(PAGE_BYTES);
        Blocks {
            store,
            stream: timeline.stream(),
            through: after,
            limit: (page_bytes / USUAL_BYTES).max(1),
            page_bytes,
            counted: Counted::none(timeline.memory()),
        }
    }

    /// Everything up to here was read.
    pub(super) fn through(&self) -> Cursor {
        self.through
    }

    /// Bytes of those that were read last.
    pub(super) fn bytes(&self) -> usize {
        self.counted.bytes()
    }

    /// The next ones; none are behind the last.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn next(&mut self) -> Result<Vec<store::Block>> {
        let blocks = self.store.read(self.stream, self.through, self.limit).await?;
        let bytes: usize = blocks.iter().map(|block| block.bytes.len()).sum();
        self.counted.set(bytes);
        if let Some(last) = blocks.last() {
            self.through = last.cursor;
            let mean = bytes / blocks.len() + 1;
            self.limit = (self.page_bytes / mean).clamp(1, (2 * self.limit).min(MOST));
        }
        Ok(blocks)
    }
}
