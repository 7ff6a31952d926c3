//! Asking a timeline.

use std::sync::Mutex;
use std::time::Instant;

use super::large::Wanted;
use super::load::Size;
use super::tables::TRIES;
use super::timeline::{Live, Timeline, locked};
use super::unanswered::Unanswered;
use crate::store::Store;
use crate::timeline::question::{Numbers, NumbersQuestion, Question};

/// A fold of more bytes is gone through where that keeps no other request waiting.
const SHORT_BYTES: usize = 1 << 20;

/// A fold at one moment: as long as it is the same, so are all answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoldVersion {
    evictions: u64,
    changes: u64,
}

impl FoldVersion {
    pub(super) fn of(live: &Live) -> Self {
        FoldVersion { evictions: live.evictions, changes: live.fold.changes() }
    }
}

impl Timeline {
    /// Answers a question; where the timeline is too large for a fold, part by part.
    ///
    /// # Errors
    /// [`Unanswered`]: what the store says when it has to be read, or that the answer itself is too large.
    pub(crate) async fn answer<Q: Question>(
        &self,
        store: &dyn Store,
        mut question: Q,
    ) -> Result<Q::Answer, Unanswered> {
        for _ in 0..TRIES {
            if self.bring_up_to_date(store).await? == Size::TooLarge {
                break;
            }
            match self.look(question).await? {
                Ok((question, _)) => return self.conclude(question).await,
                // It was thrown out meanwhile.
                Err(again) => question = again,
            }
        }
        Ok(self.answer_in_parts(store, question).await?.answer)
    }

    /// Of the fold as it is: while this is the same, no mark was taken here.
    pub(crate) fn version(&self) -> FoldVersion {
        FoldVersion::of(&self.live())
    }

    /// Likewise, if the fold is whole and true at this instant: as long as this is the same, so is all that is told of the
    /// timeline.
    pub(crate) fn version_at_hand(&self, store: &dyn Store, now: Instant) -> Option<FoldVersion> {
        let mut live = self.live();
        live.is_up_to_date(store, now).then(|| {
            live.used = now;
            live.fold.settle();
            FoldVersion::of(&live)
        })
    }

    /// How the timeline stands. Of one that is too large for a fold, that may be as it was some time ago: see [`Wanted`].
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub(crate) async fn numbers(&self, store: &dyn Store, wanted: Wanted) -> Result<Numbers, Unanswered> {
        if let Some(numbers) = self.numbers_at_hand(store) {
            return Ok(numbers);
        }
        if self.bring_up_to_date(store).await? == Size::TooLarge {
            return self.numbers_in_parts(store, wanted).await;
        }
        self.answer(store, NumbersQuestion::default()).await
    }

    /// Likewise, if the fold is whole and true now, as it mostly is: lists ask many timelines at once.
    fn numbers_at_hand(&self, store: &dyn Store) -> Option<Numbers> {
        let (mut live, now, question) = (self.live(), Instant::now(), NumbersQuestion::default());
        let is_at_hand = live.is_up_to_date(store, now) && !question.is_about_events(&live.fold);
        is_at_hand.then(|| {
            live.used = now;
            live.fold.settle();
            question.ask_whole(&live.fold).answer()
        })
    }

    /// Lets a question look at the fold; gives it back as it was if that is not complete.
    pub(super) async fn look<Q: Question>(
        &self,
        question: Q,
    ) -> Result<Result<(Q, FoldVersion), Q>, Unanswered> {
        if self.is_short(&question) {
            return Ok(look(self.shared(), question));
        }
        let live = self.shared().clone();
        Ok(self.blocking(move || look(&live, question)).await?)
    }

    /// True if looking for an answer keeps no other request waiting.
    fn is_short<Q: Question>(&self, question: &Q) -> bool {
        let fold = &self.live().fold;
        fold.bytes() <= SHORT_BYTES || !question.is_about_events(fold)
    }

    /// The answer of a question that has looked at everything.
    pub(super) async fn conclude<Q: Question>(&self, question: Q) -> Result<Q::Answer, Unanswered> {
        if question.bytes() <= SHORT_BYTES {
            return Ok(question.answer());
        }
        Ok(self.blocking(move || question.answer()).await?)
    }
}

fn look<Q: Question>(live: &Mutex<Live>, question: Q) -> Result<(Q, FoldVersion), Q> {
    let mut live = locked(live);
    if !live.settle_if_complete() {
        return Err(question);
    }
    let asked = question.ask_whole(&live.fold);
    Ok((asked, FoldVersion::of(&live)))
}

impl Live {
    /// Makes the fold ready for a question; false if it has not everything that is stored.
    fn settle_if_complete(&mut self) -> bool {
        if self.is_complete {
            self.used = Instant::now();
            self.fold.settle();
        }
        self.is_complete
    }
}
