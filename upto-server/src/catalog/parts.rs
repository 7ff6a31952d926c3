//! Answers of timelines that are too large for a fold: they are read several times, and each time the events of one part
//! are folded, asked, and thrown away.
//!
//! Such questions take turns, so that many who ask need no more memory than one. Whoever waits gives up when its client
//! does. While a timeline grows, its parts are those of different moments; every event is as it was at one of them.

use std::time::Instant;

use super::blocks::Blocks;
use super::large::{Head, Remembered, Sample, Wanted};
use super::load::{GROWTH, Size};
use super::memory::Counted;
use super::timeline::{EventHash, Timeline};
use super::turns::Taking;
use super::unanswered::Unanswered;
use crate::store::{Cursor, Result, Store};
use crate::timeline::question::{Numbers, NumbersQuestion, Open, OpenQuestion, Question};
use crate::timeline::{Carry, Fold, Part};

/// The fold of a part.
enum Folded {
    Whole(Fold, Counted),
    /// It is given up; this is what it had by then.
    TooLarge(Fold),
}

impl Timeline {
    /// Asks all parts, when it is its turn.
    pub(super) async fn answer_in_parts<Q: Question>(
        &self,
        store: &dyn Store,
        question: Q,
    ) -> Result<Remembered<Q::Answer>, Unanswered> {
        // It is never closed.
        let _turn = self.memory().asking().acquire().await.ok();
        let _taking = Taking::of(self.memory());
        self.answer_in_turn(store, question).await
    }

    /// How the timeline stands: as it is remembered, as long as that is good enough.
    pub(super) async fn numbers_in_parts(
        &self,
        store: &dyn Store,
        wanted: Wanted,
    ) -> Result<Numbers, Unanswered> {
        if let Some(numbers) = self.remembered(store, wanted).await? {
            return Ok(numbers);
        }
        let _turn = self.memory().asking().acquire().await.ok();
        let _taking = Taking::of(self.memory());
        // Who had the turn before may have asked the same.
        if let Some(numbers) = self.remembered(store, wanted).await? {
            return Ok(numbers);
        }
        let found = self.answer_in_turn(store, NumbersQuestion::default()).await?;
        let mut live = self.live();
        live.large.remember(found.clone());
        self.count_bytes(&mut live);
        Ok(found.answer)
    }

    /// Makes sure that it is known which events are open.
    pub(super) async fn know_open(&self, store: &dyn Store) -> Result<()> {
        if self.complete(store).await? == Size::Fits {
            return Ok(());
        }
        let memory = self.memory().clone();
        let most = memory.share(1, 8) / (2 * size_of::<EventHash>());
        let question = OpenQuestion::new(most, move |name, host, id| memory.hasher().hash(name, host, id));
        match self.answer_in_parts(store, question).await {
            Ok(Remembered { answer: Open { keys, others }, .. }) => {
                let mut live = self.live();
                live.add_open(keys);
                self.count_bytes(&mut live);
                self.memory().forget_open(others);
                Ok(())
            }
            Err(Unanswered::Store(error)) => Err(error),
            // Then nothing is known of it, as of events that there is no room for.
            Err(Unanswered::TooLarge { events, .. }) => {
                self.memory().forget_open(events);
                Ok(())
            }
        }
    }

    async fn remembered(&self, store: &dyn Store, wanted: Wanted) -> Result<Option<Numbers>> {
        let Some(known) = self.live().large.numbers().cloned() else { return Ok(None) };
        let is_good = self.is_good(store, &known, wanted).await?;
        Ok(is_good.then_some(known.answer))
    }

    /// Whether an answer may be told again.
    pub(super) async fn is_good<T>(
        &self,
        store: &dyn Store,
        known: &Remembered<T>,
        wanted: Wanted,
    ) -> Result<bool> {
        if known.is_good(true, wanted, Instant::now()) {
            return Ok(true);
        }
        let has_grown = !store.read(self.stream(), known.through, 1).await?.is_empty();
        Ok(known.is_good(has_grown, wanted, Instant::now()))
    }

    async fn answer_in_turn<Q: Question>(
        &self,
        store: &dyn Store,
        mut question: Q,
    ) -> Result<Remembered<Q::Answer>, Unanswered> {
        let began = Instant::now();
        let (whole, through) = self.begin(store, &mut question).await?;
        let most = self.memory().share(Q::QUARTERS, 4);
        // It is an estimate: what is twice too large may turn out to fit, what is more will not.
        if question.least_bytes(whole.events) / 2 > most {
            return Err(self.too_large(whole.events, most));
        }
        let limit = self.memory().share(3 - Q::QUARTERS, 4);
        let count = whole.folded / limit as u64 * 9 / 8 + 1;
        let (mut parts, mut carry) = (Part::all(count).collect::<Vec<_>>(), Carry::default());
        let mut held = Counted::none(self.memory());
        while let Some(part) = parts.pop() {
            match self.fold_part(store, &part, &carry, limit).await? {
                Folded::Whole(fold, counted) => {
                    (question, carry) = self.let_look(question, part, fold, counted).await?;
                    held.set(question.bytes());
                    if question.bytes() > most {
                        return Err(self.too_large(whole.events, most));
                    }
                }
                Folded::TooLarge(fold) => {
                    let divided = fold.divided(part, limit);
                    let divided = divided.ok_or_else(|| self.too_large(whole.events, limit))?;
                    parts.extend(divided.into_iter().rev());
                }
            }
        }
        let answer = self.blocking(move || question.answer()).await?;
        drop(held);
        Ok(Remembered { answer, through, began, took: began.elapsed() })
    }

    /// Tells the question what concerns the timeline as a whole. How large that is, estimated, and up to where it was read.
    async fn begin<Q: Question>(
        &self,
        store: &dyn Store,
        question: &mut Q,
    ) -> Result<(Sample, Cursor), Unanswered> {
        let head = self.read_head(store).await?;
        question.begin(&head.fold);
        let mut live = self.live();
        let whole = live.large.sample().unwrap_or_default().of_all(head.stored);
        let through = head.through;
        // What others stored up to here is known.
        live.read = live.read.max(through);
        live.large.put_head(head);
        self.count_bytes(&mut live);
        Ok((whole, through))
    }

    /// What is remembered of the timeline as a whole, and what came since.
    async fn read_head(&self, store: &dyn Store) -> Result<Head, Unanswered> {
        let mut head = {
            let mut live = self.live();
            let head = live.large.take_head();
            self.count_bytes(&mut live);
            head
        };
        let mut blocks = Blocks::after(self, store, head.through);
        let mut counted = Counted::none(self.memory());
        let most = self.memory().share(1, 8);
        loop {
            counted.reserve(head.fold.bytes());
            let page = blocks.next().await?;
            if page.is_empty() {
                return Ok(head);
            }
            head.stored += blocks.bytes() as u64;
            let take = |block: &super::block::Block<'_>, fold: &mut Fold| block.apply_head(fold);
            head.fold = self.apply(page, head.fold, most, take).await?;
            head.through = blocks.through();
            if head.fold.bytes() > most {
                return Err(self.too_large(0, most));
            }
        }
    }

    /// Folds the events of a part, unless they take more than `limit` bytes.
    async fn fold_part(
        &self,
        store: &dyn Store,
        part: &Part,
        carry: &Carry,
        limit: usize,
    ) -> Result<Folded, Unanswered> {
        let _turn = self.memory().reading().acquire().await.ok();
        let _taking = Taking::of(self.memory());
        let mut blocks = Blocks::after(self, store, Cursor::START);
        let mut counted = Counted::none(self.memory());
        let mut fold = Fold::of_part(part, carry);
        loop {
            let page = blocks.next().await?;
            if page.is_empty() {
                return Ok(Folded::Whole(fold, counted));
            }
            counted.reserve((fold.bytes() + blocks.bytes() * GROWTH).min(limit));
            let part = part.clone();
            fold = self.apply(page, fold, limit, move |block, fold| block.apply_part(fold, &part)).await?;
            counted.set(fold.bytes());
            if fold.bytes() > limit {
                return Ok(Folded::TooLarge(fold));
            }
        }
    }

    async fn let_look<Q: Question>(
        &self,
        mut question: Q,
        part: Part,
        mut fold: Fold,
        counted: Counted,
    ) -> Result<(Q, Carry)> {
        let look = move || {
            fold.settle();
            let carry = fold.carry(&part);
            question.look_at(&fold);
            drop((fold, counted));
            (question, carry)
        };
        self.blocking(look).await
    }
}
