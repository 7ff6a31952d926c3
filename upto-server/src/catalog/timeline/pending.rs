//! What was taken of a timeline and is not in the store yet, in the blocks in which it will be.

use super::lean::Lean;
use crate::catalog::block::{Block, BlockError, BlockWriter};
use crate::timeline::{Applied, Fold, Mark, PlacedMark, SessionCount};

/// What the next commit stores.
#[derive(Default)]
pub(crate) struct Pending {
    /// Blocks as they will be stored, whose fold was thrown out.
    closed: Vec<Vec<u8>>,
    /// Blocks that take no more.
    full: Vec<BlockWriter>,
    writer: Option<Box<BlockWriter>>,
}

impl Pending {
    /// The blocks that are to be stored: mostly one, or none.
    pub(crate) fn finish(self) -> Vec<Vec<u8>> {
        let last = self.writer.map(|writer| *writer);
        let open = self.full.into_iter().chain(last).filter_map(BlockWriter::finish);
        self.closed.into_iter().chain(open).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writer.is_none() && self.full.is_empty() && self.closed.is_empty()
    }

    /// The fold of what is to be stored, and of nothing else; what comes from now on is in terms of that one.
    ///
    /// # Errors
    /// None in practice: the blocks were just written.
    pub(super) fn close(&mut self) -> Result<Lean<Fold>, BlockError> {
        self.closed = std::mem::take(self).finish();
        let mut fold = Lean::default();
        self.closed.iter().try_for_each(|block| Block::open(block)?.apply(&mut fold))?;
        Ok(fold)
    }

    /// The bytes that this adds.
    pub(super) fn push(&mut self, mark: &Mark<'_>, placed: &PlacedMark<'_>, applied: &Applied) -> usize {
        let writer = self.writer();
        let before = writer.bytes();
        writer.push(mark, placed, applied);
        writer.bytes() - before
    }

    /// The bytes that this adds.
    pub(super) fn set_session(&mut self, count: SessionCount) -> usize {
        self.writer().set_session(count)
    }

    pub(super) fn writer(&mut self) -> &mut BlockWriter {
        if let Some(full) = self.writer.take_if(|writer| writer.is_full()) {
            self.full.push(*full);
        }
        self.writer.get_or_insert_with(|| Box::new(BlockWriter::in_spare_memory()))
    }
}
