//! Completing a fold with what is stored.

use std::time::Instant;

use super::block::Block;
use super::timeline::{Live, Timeline};
use crate::store::{Cursor, Result, Store, StoreError, StoreErrorKind};
use crate::timeline::Fold;

/// Blocks that are read at a time.
const PAGE: usize = 256;

impl Timeline {
    /// Makes sure that the fold has everything that was stored, reading it if need be.
    pub(crate) async fn complete(&self, store: &dyn Store) -> Result<()> {
        while let Some(evictions) = self.missing() {
            let mut after = Cursor::START;
            loop {
                let blocks = store.read(self.stream(), after, PAGE).await?;
                let Some(last) = blocks.last() else { break };
                after = last.cursor;
                self.add(&blocks)?;
            }
            let mut live = self.live();
            // If it was thrown out meanwhile, some of what was read went with it: again.
            if live.evictions == evictions {
                live.set_complete();
            }
            self.count_bytes(&mut live);
        }
        Ok(())
    }

    /// Asks the complete fold.
    ///
    /// # Errors
    /// What the store says when it has to be read.
    pub(crate) async fn ask<T>(&self, store: &dyn Store, question: impl FnOnce(&Fold) -> T) -> Result<T> {
        self.complete(store).await?;
        let mut live = self.live();
        live.used = Instant::now();
        live.fold.settle();
        Ok(question(&live.fold))
    }

    /// How often the fold was thrown out, if it is not complete.
    fn missing(&self) -> Option<u64> {
        let live = self.live();
        (!live.is_complete).then_some(live.evictions)
    }

    fn add(&self, blocks: &[crate::store::Block]) -> Result<()> {
        let mut live = self.live();
        let Live { fold, .. } = &mut *live;
        blocks
            .iter()
            .try_for_each(|block| Block::open(&block.bytes)?.apply(fold))
            .map_err(|error| StoreError::new(StoreErrorKind::Damaged, "decode", self.stream()).because(error))
    }
}
