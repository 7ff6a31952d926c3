//! The events of timelines as columns, kept as long as they are true and there is room.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::asking::FoldVersion;
use super::digests::KnownDigest;
use super::large::{Remembered, Wanted};
use super::load::Size;
use super::memory::Counted;
use super::pictures::Made;
use super::timeline::Timeline;
use super::unanswered::Unanswered;
use crate::store::Store;
use crate::timeline::Times;
use crate::timeline::question::{Question, TableQuestion};

/// How often it is tried to ask a fold that others throw out meanwhile, before its timeline is read part by part.
pub(super) const TRIES: usize = 3;
/// A timeline of so many events that grows is not gone through anew each time that somebody looks,
const LARGE_EVENTS: usize = 100_000;
/// but when what is known is older than this.
const RECENT: Duration = Duration::from_secs(1);

/// The tables of a timeline, by their times, and its digest.
#[derive(Default)]
pub(super) struct Tables {
    raw: Option<Kept>,
    corrected: Option<Kept>,
    pub(super) digest: Option<KnownDigest>,
}

#[derive(Clone)]
struct Kept {
    made: Arc<Made>,
    of: Of,
}

/// What a table is true of.
#[derive(Clone)]
enum Of {
    Fold(FoldVersion),
    /// The timeline is too large for a fold, but not for a table.
    Stream(Remembered<()>),
}

impl Tables {
    /// Without the tables: each counts itself for as long as somebody has it.
    pub(super) fn bytes(&self) -> usize {
        self.digest.as_ref().map_or(0, KnownDigest::bytes)
    }

    /// Whether there are tables.
    pub(super) fn are_some(&self) -> bool {
        self.raw.is_some() || self.corrected.is_some()
    }

    fn of(&mut self, times: Times) -> &mut Option<Kept> {
        match times {
            Times::Raw => &mut self.raw,
            Times::Corrected => &mut self.corrected,
        }
    }
}

impl Timeline {
    /// All events as columns, with these times, and what was made of them. It is made anew when something changed; those
    /// who ask at the same time share one. Of a timeline of over 100,000 events, what is told may be a second old; of one
    /// that is too large for a fold, as old as making it takes.
    ///
    /// # Errors
    /// [`Unanswered`]: what the store says when it has to be read, or that the table is too large.
    pub(crate) async fn made(&self, store: &dyn Store, times: Times) -> Result<Arc<Made>, Unanswered> {
        match self.recent(times) {
            Some(made) => Ok(made),
            None => self.made_now(store, times).await,
        }
    }

    /// The same, if it need not be made.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn made_before(
        &self,
        store: &dyn Store,
        times: Times,
    ) -> Result<Option<Arc<Made>>, Unanswered> {
        if let Some(made) = self.recent(times) {
            return Ok(Some(made));
        }
        match self.bring_up_to_date(store).await? {
            Size::Fits => Ok(self.made_of_fold(times)),
            Size::TooLarge => self.made_of_stream(store, times).await,
        }
    }

    /// As [`made`](Self::made), with everything that is there now.
    pub(super) async fn made_now(&self, store: &dyn Store, times: Times) -> Result<Arc<Made>, Unanswered> {
        // Who comes second finds it done.
        let _alone = self.tabling().lock().await;
        for _ in 0..TRIES {
            if self.bring_up_to_date(store).await? == Size::TooLarge {
                break;
            }
            if let Some(made) = self.made_of_fold(times) {
                return Ok(made);
            }
            if let Some(made) = self.make_table(times).await? {
                return Ok(made);
            }
        }
        self.table_in_parts(store, times).await
    }

    fn recent(&self, times: Times) -> Option<Arc<Made>> {
        let mut live = self.live();
        live.used = Instant::now();
        let kept = live.tables.of(times).as_ref()?;
        let is_large = kept.made.table().len() > LARGE_EVENTS && matches!(kept.of, Of::Fold(_));
        (is_large && kept.made.began.elapsed() < RECENT).then(|| kept.made.clone())
    }

    /// What is kept, if it is true of the fold.
    fn made_of_fold(&self, times: Times) -> Option<Arc<Made>> {
        let mut live = self.live();
        let version = FoldVersion::of(&live);
        let is_complete = live.is_complete;
        let kept = live.tables.of(times).as_ref()?;
        let is_true = matches!(&kept.of, Of::Fold(of) if *of == version) && is_complete;
        let made = is_true.then(|| kept.made.clone());
        live.used = Instant::now();
        made
    }

    /// Makes a table of the fold; `None` if that is not complete.
    async fn make_table(&self, times: Times) -> Result<Option<Arc<Made>>, Unanswered> {
        let (began, events) = (Instant::now(), self.live().fold.summary().total);
        let (question, most) = (TableQuestion::new(times), self.memory().share(TableQuestion::QUARTERS, 4));
        let bytes = question.least_bytes(events);
        if bytes > most {
            return Err(self.too_large(events, most));
        }
        let mut counted = Counted::none(self.memory());
        counted.reserve(bytes);
        let Ok((question, version)) = self.look(question).await? else { return Ok(None) };
        let table = Arc::new(self.conclude(question).await?);
        drop(counted);
        let made = Arc::new(Made::of(table, began, None, self.memory()));
        self.keep(times, Kept { made: made.clone(), of: Of::Fold(version) });
        Ok(Some(made))
    }

    async fn table_in_parts(&self, store: &dyn Store, times: Times) -> Result<Arc<Made>, Unanswered> {
        if let Some(made) = self.made_of_stream(store, times).await? {
            return Ok(made);
        }
        let Remembered { answer, through, began, took } =
            self.answer_in_parts(store, TableQuestion::new(times)).await?;
        let made = Arc::new(Made::of(Arc::new(answer), began, Some(through), self.memory()));
        let of = Of::Stream(Remembered { answer: (), through, began, took });
        self.keep(times, Kept { made: made.clone(), of });
        Ok(made)
    }

    /// What is kept, if it was made of the stream and that has not grown, or not for long.
    async fn made_of_stream(&self, store: &dyn Store, times: Times) -> Result<Option<Arc<Made>>, Unanswered> {
        let kept = self.live().tables.of(times).clone();
        let Some(Kept { made, of: Of::Stream(known) }) = kept else { return Ok(None) };
        Ok(self.is_good(store, &known, Wanted::Recent).await?.then_some(made))
    }

    fn keep(&self, times: Times, kept: Kept) {
        let mut live = self.live();
        *live.tables.of(times) = Some(kept);
        self.count_bytes(&mut live);
    }
}
