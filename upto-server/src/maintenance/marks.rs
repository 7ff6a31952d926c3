//! The blocks of a timeline, one after the other.

use crate::store::{Block, Cursor, Result, Store};

/// Blocks that are read at a time: few, because each may be large.
const PAGE: usize = 16;

/// Reads a stream from a cursor on.
pub(super) struct Blocks<'a> {
    store: &'a dyn Store,
    stream: String,
    after: Cursor,
}

impl<'a> Blocks<'a> {
    /// Those behind `after`.
    pub(super) fn after(store: &'a dyn Store, stream: String, after: Cursor) -> Self {
        Blocks { store, stream, after }
    }

    pub(super) fn stream(&self) -> &str {
        &self.stream
    }

    /// The next ones; none are behind the last.
    ///
    /// # Errors
    /// What the store says. The same are read again then.
    pub(super) async fn next(&mut self) -> Result<Vec<Block>> {
        let blocks = self.store.read(&self.stream, self.after, PAGE).await?;
        if let Some(last) = blocks.last() {
            self.after = last.cursor;
        }
        Ok(blocks)
    }
}
