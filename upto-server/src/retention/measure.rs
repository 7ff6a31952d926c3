//! How large timelines are, and when something happened in them last.
//!
//! No back end knows that, so blocks are read, each once: what was measured is kept in memory, and only what came since
//! is read the next time. What `store compact` saves is seen after the next start.

use std::collections::HashMap;

use super::limits::Kept;
use crate::catalog::Timeline;
use crate::catalog::block::Block;
use crate::store::{Cursor, Result, Store};
use crate::timeline::Fold;

/// Blocks that are read at a time.
const PAGE: usize = 16;

/// What was measured of a timeline.
#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    read: Cursor,
    bytes: u64,
    last: Option<i64>,
}

/// What was measured of all timelines, by the names of their streams.
#[derive(Debug, Default)]
pub(super) struct Measures {
    known: HashMap<String, Measure>,
}

/// How many bytes may still be read.
#[derive(Debug)]
pub(super) struct Allowance(u64);

impl Allowance {
    pub(super) fn of(bytes: u64) -> Self {
        Allowance(bytes)
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.0 == 0
    }
}

impl Measures {
    /// Measures a timeline; `None` if that takes more than is allowed. The next time goes on there.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn of(
        &mut self,
        store: &dyn Store,
        timeline: &Timeline,
        allowance: &mut Allowance,
    ) -> Result<Option<Kept>> {
        let measure = self.known.entry(timeline.stream().to_owned()).or_default();
        loop {
            if allowance.is_used_up() {
                return Ok(None);
            }
            let blocks = store.read(timeline.stream(), measure.read, PAGE).await?;
            if blocks.is_empty() {
                let last = measure.last.unwrap_or(timeline.document().opened);
                return Ok(Some(Kept { last, bytes: measure.bytes }));
            }
            for block in blocks {
                allowance.0 = allowance.0.saturating_sub(block.bytes.len() as u64);
                measure.read = block.cursor;
                measure.bytes += block.bytes.len() as u64;
                measure.last = measure.last.max(last_of(&block.bytes));
            }
        }
    }

    pub(super) fn forget(&mut self, timeline: &Timeline) {
        self.known.remove(timeline.stream());
    }
}

/// The latest time in a block; `None` for one that has no marks or can't be read. A damaged one says nothing of when it
/// was written, so it does not keep its timeline.
fn last_of(bytes: &[u8]) -> Option<i64> {
    let mut fold = Fold::default();
    Block::open(bytes).and_then(|block| block.apply(&mut fold)).ok()?;
    fold.summary().extent.map(|(_, last)| last)
}
