//! Completing a fold with what is stored, and with what other servers store.

use std::time::{Duration, Instant};

use tokio::join;
use tokio::task::spawn_blocking;

use super::block::{Block, BlockError};
use super::blocks::Blocks;
use super::large::Sample;
use super::memory::Counted;
use super::timeline::{Live, Loaded, Timeline};
use super::unanswered::Unanswered;
use crate::store::{self, Cursor, Result, Store, StoreError, StoreErrorKind};
use crate::timeline::Fold;

/// How old an answer may be, where other servers store marks too.
const FRESH: Duration = Duration::from_millis(200);
/// Bytes of a fold that a stored byte may become: it is made room for so much before that is known.
pub(super) const GROWTH: usize = 16;
/// Blocks of so many bytes are folded where that keeps no other request waiting.
const SHORT_BYTES: usize = 16 << 10;

/// Whether a timeline can be folded as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Fits,
    TooLarge,
}

impl Timeline {
    /// Makes sure that the fold has everything that was stored, reading it if need be, unless that is too large.
    pub(super) async fn complete(&self, store: &dyn Store) -> Result<Size> {
        if self.live().is_complete {
            return Ok(Size::Fits);
        }
        // Who comes second finds it done.
        let _alone = self.loading().lock().await;
        let (is_complete, is_too_large) = {
            let live = self.live();
            (live.is_complete, live.large.sample().is_some())
        };
        match (is_complete, is_too_large) {
            (true, _) => Ok(Size::Fits),
            (false, true) => Ok(Size::TooLarge),
            (false, false) => self.load(store).await,
        }
    }

    /// Reads all that is stored, and takes it into the timeline's fold, which goes on taking marks meanwhile. What is
    /// given up leaves that fold as it is.
    async fn load(&self, store: &dyn Store) -> Result<Size> {
        let began = Instant::now();
        let mut blocks = Blocks::after(self, store, Cursor::START);
        let (mut counted, mut in_work) = (Counted::none(self.memory()), Counted::none(self.memory()));
        let (mut fold, mut stored, mut turn) = (Fold::default(), 0, None);
        loop {
            // What is thrown out from here on is behind what will be read, or counts as another eviction.
            let evictions = self.live().evictions;
            let mut page = blocks.next().await?;
            while !page.is_empty() {
                if turn.is_none() && fold.bytes() > self.memory().little_bytes() {
                    // It is never closed.
                    turn = self.memory().reading().acquire().await.ok();
                }
                stored += blocks.bytes() as u64;
                let limit = self.memory().fold_bytes();
                counted.reserve((fold.bytes() + blocks.bytes() * GROWTH).min(limit));
                in_work.set(blocks.bytes());
                // While these are folded, the next ones are read.
                let (folded, next) = join!(self.apply(page, fold, limit, take_all), blocks.next());
                (fold, page) = (folded?, next?);
                counted.set(fold.bytes());
                if fold.bytes() > limit {
                    let (folded, events) = (fold.bytes() as u64, fold.summary().total);
                    self.live().large.set_sample(Sample { stored, folded, events });
                    return Ok(Size::TooLarge);
                }
            }
            let loaded = Loaded { fold, read: blocks.through(), evictions };
            match self.take_loaded(loaded, began, &mut counted) {
                None => return Ok(Size::Fits),
                Some(refused) => fold = refused.fold,
            }
        }
    }

    /// Gives it back if it can't be taken.
    fn take_loaded(&self, loaded: Loaded, began: Instant, counted: &mut Counted) -> Option<Loaded> {
        let mut live = self.live();
        if let Some(refused) = live.complete(loaded) {
            return Some(refused);
        }
        live.followed = Some(began);
        live.used = Instant::now();
        counted.set(0);
        self.count_bytes(&mut live);
        None
    }

    /// Gives blocks to `take` one after the other, until the fold has more than `limit` bytes; where that takes a while,
    /// on a thread of its own.
    ///
    /// # Errors
    /// [`StoreErrorKind::Damaged`] when a block can't be read.
    pub(super) async fn apply(
        &self,
        blocks: Vec<store::Block>,
        mut fold: Fold,
        limit: usize,
        take: impl Fn(&Block<'_>, &mut Fold) -> Result<(), BlockError> + Send + 'static,
    ) -> Result<Fold> {
        let is_short = blocks.iter().map(|block| block.bytes.len()).sum::<usize>() <= SHORT_BYTES;
        let apply = move || {
            for block in &blocks {
                take(&Block::open(&block.bytes)?, &mut fold)?;
                if fold.bytes() > limit {
                    break;
                }
            }
            Ok(fold)
        };
        let applied = if is_short { apply() } else { self.blocking(apply).await? };
        applied.map_err(|error: BlockError| self.damaged(error))
    }

    /// Does what takes a while where it keeps nobody waiting.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] when the server ends.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let stopped =
            |error| StoreError::new(StoreErrorKind::Unavailable, "read", self.stream()).because(error);
        spawn_blocking(work).await.map_err(stopped)
    }

    /// Adds what other servers stored since the stream was read last, if there may be others. Of a fold that was
    /// thrown out, only that: enough to know which events are open.
    pub(crate) async fn follow(&self, store: &dyn Store) -> Result<()> {
        if !store.is_shared() {
            return Ok(());
        }
        let began = Instant::now();
        let mut blocks = Blocks::after(self, store, self.live().read);
        loop {
            let page = blocks.next().await?;
            if page.is_empty() {
                break;
            }
            self.memory().make_room(blocks.bytes() * GROWTH);
            let mut live = self.live();
            take_blocks(&mut live, &page).map_err(|error| self.damaged(error))?;
            live.read = live.read.max(blocks.through());
            self.count_bytes(&mut live);
        }
        self.live().followed = Some(began);
        Ok(())
    }

    /// As [`complete`](Self::complete), with what other servers stored, too, up to a moment ago.
    pub(super) async fn bring_up_to_date(&self, store: &dyn Store) -> Result<Size> {
        let size = self.complete(store).await?;
        if size == Size::Fits && self.is_old() {
            self.follow(store).await?;
        }
        Ok(size)
    }

    fn is_old(&self) -> bool {
        self.live().is_old(Instant::now())
    }

    fn damaged(&self, error: BlockError) -> StoreError {
        StoreError::new(StoreErrorKind::Damaged, "decode", self.stream()).because(error)
    }

    /// The error that says there is not enough memory for an answer.
    pub(super) fn too_large(&self, events: u64, budget: usize) -> Unanswered {
        Unanswered::TooLarge { events, budget }
    }
}

impl Live {
    /// The fold has all that was stored up to a moment ago.
    pub(super) fn is_up_to_date(&self, store: &dyn Store, now: Instant) -> bool {
        self.is_complete && !(store.is_shared() && self.is_old(now))
    }

    /// Others may have stored more since it was looked.
    fn is_old(&self, now: Instant) -> bool {
        self.followed.is_none_or(|followed| now.saturating_duration_since(followed) > FRESH)
    }
}

fn take_all(block: &Block<'_>, fold: &mut Fold) -> Result<(), BlockError> {
    block.apply(fold)
}

fn take_blocks(live: &mut Live, blocks: &[store::Block]) -> Result<(), BlockError> {
    blocks.iter().try_for_each(|block| live.take_block(&Block::open(&block.bytes)?))
}
