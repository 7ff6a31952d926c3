//! Following what other servers on the same store do: which contexts and timelines there are, and what happens in
//! those that are watched here.
//!
//! The store tells nobody of changes, so it is asked, several times a second. What that costs grows with what is watched
//! and with what changes, not with the contexts, the timelines or the marks.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::changes::{self, Listed};
use super::document::{CONTEXTS, ContextDocument, Listing, TIMELINES, TimelineDocument, timelines_of};
use super::lately::{Hearing, News, Telling};
use super::opening::Seen;
use super::{Catalog, Context, Timeline};
use crate::live::Watching;
use crate::rounds::Rounds;
use crate::store::{Document, Result, StoreErrorKind};

/// How often the store is asked. With the time that asking takes, well below the second after which every server
/// shows what another one stored.
const PERIOD: Duration = Duration::from_millis(250);

/// The timelines that have documents.
#[derive(Default)]
struct Stored {
    streams: HashSet<String>,
    /// Keys of those that can't be read.
    unreadable: HashSet<String>,
}

impl Stored {
    /// Whether there is this one, as far as can be known.
    fn may_have(&self, timeline: &TimelineDocument) -> bool {
        self.streams.contains(&timeline.stream()) || self.unreadable.contains(&timeline.key())
    }
}

/// What is known of the other servers, from one round to the next.
struct Following {
    listed: Listed,
    telling: Telling,
    hearing: Hearing,
}

impl Catalog {
    /// Fills the catalog with everything that is stored.
    pub(super) async fn read_all(&self) -> Result<()> {
        let mut contexts = Vec::new();
        let mut listing = Listing::of(self.store().as_ref(), CONTEXTS);
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                break;
            }
            contexts.extend(page);
        }
        // Timelines are read after the contexts that name the active ones: so what another server opens meanwhile
        // is either among them, or changes its context later and is noticed then.
        self.read_timelines(TIMELINES).await?;
        for (key, document) in &contexts {
            let taken = self.take_context(key, document).await;
            self.damages.noting(key, taken)?;
        }
        Ok(())
    }

    async fn take_context(&self, key: &str, document: &Document) -> Result<()> {
        let seen = read(key, document)?;
        if self.is_there(&seen) {
            self.admit_active(&seen);
            self.finish_renaming(&seen).await?;
        }
        Ok(())
    }

    /// Everything that is published of this timeline from now on, by whatever server, and what was a moment ago.
    pub(crate) fn watch(&self, timeline: &Arc<Timeline>) -> Watching {
        let updates = timeline.subscribe();
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(timeline));
        updates
    }

    /// Follows the other servers until `stop` is told. Where there can't be any, ends at once.
    pub(crate) async fn follow(self: Arc<Self>, stop: watch::Receiver<bool>) {
        if !self.store().is_shared() {
            return;
        }
        let mut rounds = Rounds::every(PERIOD, stop);
        let mut following =
            Following { listed: Listed::default(), telling: Telling::new(), hearing: Hearing::default() };
        while rounds.begin().await {
            // A store that does not answer is asked again in the next round; whoever asks for a timeline meanwhile is
            // told.
            rounds.work(self.follow_once(&mut following)).await;
        }
    }

    async fn follow_once(&self, following: &mut Following) -> Result<()> {
        let Following { listed, telling, hearing } = following;
        // What can't be told now is told in the next round.
        let _ = telling.tell(&self.lately, self.store().as_ref(), Instant::now()).await;
        if self.untold.load(Ordering::Acquire) {
            self.tell_others().await;
        }
        let version = changes::version(self.store().as_ref(), changes::CONTEXTS).await?;
        let now = Instant::now();
        if listed.is_old(version, now) {
            self.follow_contexts().await?;
            *listed = Listed::at(version, now);
        }
        if hearing.is_due(self.feed.is_open(), now) {
            let news = hearing.hear(telling, self.store().as_ref(), now).await?;
            self.take_news(&news);
        }
        for timeline in self.watched_timelines() {
            match timeline.follow(self.store().as_ref()).await {
                // Its readers are told when they ask; the others are well.
                Err(error) if error.kind() != StoreErrorKind::Damaged => return Err(error),
                _ => timeline.settle(),
            }
        }
        self.shrink();
        Ok(())
    }

    /// Tells those who watch everything what other servers stored.
    fn take_news(&self, news: &News) {
        for key in &news.timelines {
            let context = self.context(&key.context);
            let timeline = context.and_then(|context| context.at(key.ordinal?));
            // One that is not there is removed.
            if let Some(timeline) = timeline {
                timeline.expect_more();
                self.feed.note(timeline.key(), timeline.context());
            }
        }
        if news.is_more {
            self.feed.reset();
        }
    }

    /// Tells the other servers, if there may be any, that something changed. What can't be told now is told in the next
    /// round.
    pub(crate) async fn tell_others(&self) {
        if self.store().is_shared() {
            let is_told = changes::tell(self.store().as_ref(), changes::CONTEXTS).await.is_ok();
            self.untold.store(!is_told, Ordering::Release);
        }
    }

    async fn follow_contexts(&self) -> Result<()> {
        let mut listing = Listing::of(self.store().as_ref(), CONTEXTS);
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for (key, document) in &page {
                let followed = self.follow_context(key, document).await;
                self.damages.noting(key, followed)?;
            }
        }
    }

    async fn follow_context(&self, key: &str, document: &Document) -> Result<()> {
        let seen = read(key, document)?;
        if !self.is_there(&seen) {
            return Ok(());
        }
        self.finish_renaming(&seen).await?;
        let context = self.context_or_new(&seen.document.active.context);
        self.call(&context, &seen.document.naming);
        let (changes, ordinal) = (seen.document.changes, seen.document.active.ordinal);
        let listed = *context.listed();
        let has_all_earlier =
            listed.is_some_and(|(listed, last)| listed == changes && ordinal <= last.saturating_add(1));
        if !has_all_earlier {
            self.read_context(&context, ordinal).await?;
        }
        if listed != Some((changes, ordinal)) {
            self.admit_active(&seen);
        }
        Ok(())
    }

    /// Lists the timelines of a context again, and forgets those before `active` that are gone: each of them had a
    /// document before the next one was opened.
    async fn read_context(&self, context: &Context, active: u64) -> Result<()> {
        let stored = self.read_timelines(&timelines_of(context.first_name())).await?;
        for timeline in context.older(Some(active), usize::MAX) {
            if !stored.may_have(timeline.document()) {
                context.forget(&timeline);
            }
        }
        Ok(())
    }

    /// Takes all timelines whose keys begin with `prefix`; returns which those are.
    async fn read_timelines(&self, prefix: &str) -> Result<Stored> {
        let (mut stored, mut unfinished) = (Stored::default(), Vec::new());
        let mut listing = Listing::of(self.store().as_ref(), prefix);
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                break;
            }
            for (key, document) in &page {
                let read = TimelineDocument::decode(key, &document.value);
                let Some(document) = self.damages.noting(key, read)? else {
                    stored.unreadable.insert(key.clone());
                    continue;
                };
                if !document.removing {
                    stored.streams.insert(document.stream());
                    unfinished.extend(document.naming.pending.is_some().then(|| document.clone()));
                    self.context_or_new(&document.context).restore(document, true);
                }
            }
        }
        for timeline in &unfinished {
            let finished = self.finish_renaming_timeline(timeline).await;
            self.damages.noting(&timeline.key(), finished)?;
        }
        Ok(stored)
    }

    /// False if the context was removed: then it is forgotten.
    fn is_there(&self, seen: &Seen) -> bool {
        let first = &seen.document.active.context;
        if seen.document.removed.is_some()
            && let Some(context) = self.context(first).filter(|context| **context.first_name() == **first)
            && context.latest().is_none_or(|latest| latest.ordinal() <= seen.document.active.ordinal)
        {
            self.forget_context(&context);
        }
        seen.document.removed.is_none()
    }

    async fn finish_renaming(&self, seen: &Seen) -> Result<()> {
        let context = self.context_or_new(&seen.document.active.context);
        self.finish_renaming_context(&context, &seen.document.naming).await
    }

    fn admit_active(&self, seen: &Seen) {
        let context = self.context_or_new(&seen.document.active.context);
        self.call(&context, &seen.document.naming);
        context.restore(seen.document.active.clone(), false);
        *context.listed() = Some((seen.document.changes, seen.document.active.ordinal));
        context.set_seen(seen.clone());
    }

    fn watched_timelines(&self) -> Vec<Arc<Timeline>> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let mut timelines: Vec<_> = watched.iter().filter_map(Weak::upgrade).collect();
        timelines.retain(|timeline| timeline.is_watched());
        timelines.sort_unstable_by_key(|timeline| Arc::as_ptr(timeline).addr());
        timelines.dedup_by(|one, other| Arc::ptr_eq(one, other));
        *watched = timelines.iter().map(Arc::downgrade).collect();
        timelines
    }
}

fn read(key: &str, document: &Document) -> Result<Seen> {
    let version = document.version;
    Ok(Seen { version, document: ContextDocument::decode(key, &document.value)? })
}
