//! Turns for what takes much memory: tables that are made, questions that go through all events of one, tables that
//! somebody reads. They are done beside each other only as far as that is within the budget, and who waits holds nothing.

use std::ops::Deref;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::memory::{Counted, Memory};
use super::pictures::Made;
use super::timeline::Timeline;
use super::unanswered::Unanswered;
use crate::store::Store;
use crate::timeline::Times;
use crate::timeline::forest::Forest;
use crate::timeline::table::TableBuilder;

/// What takes less need not wait for a turn.
const LITTLE_BYTES: usize = 256 << 10;
/// Bytes that an event takes in a table and in what stands on it, while those are made: figures of rows need some, too.
const MAKING_BYTES: usize = TableBuilder::EVENT_BYTES + 2 * Forest::EVENT_BYTES;
/// Bytes that an event takes on top of that while its timeline is gone through: a part of the path, its slack, its order.
const GOING_THROUGH_BYTES: usize = 40;
/// How long a reader waits until others have read theirs.
const READERS_WAIT: Duration = Duration::from_secs(10);
/// What turns and what is lent are counted in.
const UNIT: usize = 1 << 10;

/// What a question does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// It looks at what is made once, and kept.
    Look,
    /// It goes through all events.
    GoThrough,
}

/// Bytes that may be in use for one purpose.
#[derive(Debug)]
pub(super) struct Turns {
    units: Arc<Semaphore>,
    all: u32,
}

impl Turns {
    /// Of so many bytes.
    pub(super) fn of(bytes: usize) -> Self {
        let most = Semaphore::MAX_PERMITS.min(u32::MAX as usize);
        let all = (bytes / UNIT).clamp(1, most);
        Turns { units: Arc::new(Semaphore::new(all)), all: u32::try_from(all).unwrap_or(u32::MAX) }
    }

    /// A turn, once there is room for so many bytes; for more than all, once nobody else has one.
    pub(super) async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX).min(self.all);
        // It is never closed.
        self.units.clone().acquire_many_owned(units).await.ok()
    }
}

/// Something that takes much memory and is being done. When it is over, much may be free.
#[derive(Debug)]
pub(super) struct Taking(Arc<Memory>);

impl Taking {
    pub(super) fn of(memory: &Arc<Memory>) -> Self {
        Taking(memory.clone())
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        self.0.note_free();
    }
}

/// A turn that somebody has.
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
    _taking: Taking,
}

/// What is made of a timeline, for somebody who reads it as slowly as may be. Those who read the same share its room.
pub(crate) struct Lent {
    made: Arc<Made>,
    _room: Arc<OwnedSemaphorePermit>,
    _taking: Taking,
}

impl Deref for Lent {
    type Target = Made;

    fn deref(&self) -> &Made {
        &self.made
    }
}

impl Timeline {
    /// Looks at what is made of all events, with these times.
    ///
    /// # Errors
    /// As [`made`](Self::made).
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        store: &dyn Store,
        times: Times,
        ask: impl FnOnce(&Made) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        if let Some(made) = self.made_before(store, times).await? {
            return self.ask_made(made, ask).await;
        }
        let _turn = self.turn(Work::Look).await;
        let made = self.made(store, times).await?;
        self.ask_made(made, ask).await
    }

    /// Goes through all events, which takes memory for each.
    ///
    /// # Errors
    /// As [`made`](Self::made).
    pub(crate) async fn go_through<T: Send + 'static>(
        &self,
        store: &dyn Store,
        times: Times,
        ask: impl FnOnce(&Made) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        self.bring_up_to_date(store).await?;
        let _turn = self.turn(Work::GoThrough).await;
        let made = self.made(store, times).await?;
        let scratch = self.scratch(&made);
        self.ask_made(made, move |made| (ask(made), drop(scratch)).0).await
    }

    /// Goes through all events of this timeline and of another one.
    ///
    /// # Errors
    /// As [`made`](Self::made), for both.
    pub(crate) async fn go_through_both<T: Send + 'static>(
        &self,
        other: &Timeline,
        store: &dyn Store,
        times: Times,
        ask: impl FnOnce(&Made, &Made) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        self.bring_up_to_date(store).await?;
        other.bring_up_to_date(store).await?;
        let bytes = self.turn_bytes(Work::GoThrough).saturating_add(other.turn_bytes(Work::GoThrough));
        let _turn = self.turn_of(bytes).await;
        let theirs = other.made(store, times).await?;
        // That there is room for what stands on the other table is found out first.
        let theirs = other.ask_made(theirs.clone(), move |_| theirs).await?;
        let made = self.made(store, times).await?;
        let scratch = self.scratch(&made);
        self.ask_made(made, move |made| (ask(made, &theirs), drop(scratch)).0).await
    }

    /// All events, to be read by somebody who may take long; `None` if there is no room for that now.
    ///
    /// # Errors
    /// As [`made`](Self::made).
    pub(crate) async fn lend(&self, store: &dyn Store, times: Times) -> Result<Option<Lent>, Unanswered> {
        self.lend_within(READERS_WAIT, store, times).await
    }

    /// Likewise, after so long a wait at most.
    pub(super) async fn lend_within(
        &self,
        patience: Duration,
        store: &dyn Store,
        times: Times,
    ) -> Result<Option<Lent>, Unanswered> {
        let made = self.made_in_turn(store, times).await?;
        if let Some(room) = made.room() {
            return Ok(Some(self.lent(made, room)));
        }
        let bytes = made.table().bytes();
        drop(made);
        let taken = timeout(patience, self.memory().lending().take(bytes)).await;
        let Ok(Some(room)) = taken else { return Ok(None) };
        let made = self.made_in_turn(store, times).await?;
        let room = made.share_room(room);
        Ok(Some(self.lent(made, room)))
    }

    fn lent(&self, made: Arc<Made>, room: Arc<OwnedSemaphorePermit>) -> Lent {
        Lent { made, _room: room, _taking: Taking::of(self.memory()) }
    }

    /// As [`made`](Self::made), where making it has its turn.
    async fn made_in_turn(&self, store: &dyn Store, times: Times) -> Result<Arc<Made>, Unanswered> {
        if let Some(made) = self.made_before(store, times).await? {
            return Ok(made);
        }
        let _turn = self.turn(Work::Look).await;
        self.made(store, times).await
    }

    /// A turn to make what is asked, or to do that with it; `None`: that takes little.
    pub(super) async fn turn(&self, work: Work) -> Option<Turn> {
        self.turn_of(self.turn_bytes(work)).await
    }

    async fn turn_of(&self, bytes: usize) -> Option<Turn> {
        if bytes <= LITTLE_BYTES {
            return None;
        }
        let permit = self.memory().turns().take(bytes).await?;
        Some(Turn { _permit: permit, _taking: Taking::of(self.memory()) })
    }

    /// Bytes that this takes, about; all that there are for a timeline that is too large for a fold.
    fn turn_bytes(&self, work: Work) -> usize {
        let live = self.live();
        if live.large.sample().is_some() && !live.is_complete {
            return usize::MAX;
        }
        let each = match work {
            Work::Look => MAKING_BYTES,
            Work::GoThrough => MAKING_BYTES + GOING_THROUGH_BYTES,
        };
        usize::try_from(live.fold.summary().total).unwrap_or(usize::MAX).saturating_mul(each)
    }

    /// Room for going through all events, as far as throwing others out makes it.
    fn scratch(&self, made: &Made) -> Counted {
        let mut scratch = Counted::none(self.memory());
        scratch.reserve(GOING_THROUGH_BYTES * made.table().len());
        scratch
    }
}

impl Made {
    /// The room of those who read it at present.
    fn room(&self) -> Option<Arc<OwnedSemaphorePermit>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }

    /// Shares room with those who read it, unless they have some by now.
    fn share_room(&self, room: OwnedSemaphorePermit) -> Arc<OwnedSemaphorePermit> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.upgrade().unwrap_or_else(|| {
            let room = Arc::new(room);
            *readers = Arc::downgrade(&room);
            room
        })
    }
}
