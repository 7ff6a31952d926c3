//! Completing a fold with what is stored, and with what other servers store.

use std::time::{Duration, Instant};

use super::block::{Block, BlockError};
use super::timeline::{Live, Timeline};
use crate::store::{self, Cursor, Result, Store, StoreError, StoreErrorKind};
use crate::timeline::Fold;

/// Blocks that are read at a time.
const PAGE: usize = 256;
/// How old an answer may be, where other servers store marks too.
const FRESH: Duration = Duration::from_millis(200);

impl Timeline {
    /// Makes sure that the fold has everything that was stored, reading it if need be.
    pub(crate) async fn complete(&self, store: &dyn Store) -> Result<()> {
        while let Some(evictions) = self.missing() {
            let began = Instant::now();
            let mut after = Cursor::START;
            loop {
                let blocks = store.read(self.stream(), after, PAGE).await?;
                let Some(last) = blocks.last() else { break };
                after = last.cursor;
                self.add(&blocks, |live, block| block.apply(&mut live.fold))?;
            }
            let mut live = self.live();
            live.read = live.read.max(after);
            // If it was thrown out meanwhile, some of what was read went with it: again.
            if live.evictions == evictions {
                live.followed = Some(began);
                live.set_complete();
            }
            self.count_bytes(&mut live);
        }
        Ok(())
    }

    /// Adds what other servers stored since the stream was read last, if there may be others. Of a fold that was
    /// thrown out, only that: enough to know which events are open.
    pub(crate) async fn follow(&self, store: &dyn Store) -> Result<()> {
        if !store.is_shared() {
            return Ok(());
        }
        let (began, mut after) = (Instant::now(), self.live().read);
        loop {
            let blocks = store.read(self.stream(), after, PAGE).await?;
            let Some(last) = blocks.last() else { break };
            after = last.cursor;
            self.add(&blocks, Live::take_block)?;
            let mut live = self.live();
            live.read = live.read.max(after);
            self.count_bytes(&mut live);
        }
        self.live().followed = Some(began);
        Ok(())
    }

    /// Asks the complete fold.
    ///
    /// # Errors
    /// What the store says when it has to be read.
    pub(crate) async fn ask<T>(&self, store: &dyn Store, question: impl FnOnce(&Fold) -> T) -> Result<T> {
        self.complete(store).await?;
        if self.is_old() {
            self.follow(store).await?;
            // It may have been thrown out while that was read.
            self.complete(store).await?;
        }
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

    fn is_old(&self) -> bool {
        self.live().followed.is_none_or(|followed| followed.elapsed() > FRESH)
    }

    fn add(
        &self,
        blocks: &[store::Block],
        mut take: impl FnMut(&mut Live, &Block<'_>) -> Result<(), BlockError>,
    ) -> Result<()> {
        let mut live = self.live();
        blocks
            .iter()
            .try_for_each(|block| take(&mut live, &Block::open(&block.bytes)?))
            .map_err(|error| StoreError::new(StoreErrorKind::Damaged, "decode", self.stream()).because(error))
    }
}
