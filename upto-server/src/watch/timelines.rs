//! Timelines that somebody is told of: an event that runs too long, and a timeline that takes longer than it used to.
//!
//! The configuration says which contexts these are. Their newest timelines are looked at every few seconds; one that did
//! not change, and in which nothing is open, is not looked at again. What was told of a context is a document, so it is
//! told once, whichever server looks and however often that is killed: what is stored comes after what is told, and what is
//! told twice has the same id.

mod settings;
mod standing;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub use self::settings::TimelineRule;
use self::standing::{Late, Standing, Subject};
use super::Watch;
use super::notice::{Notice, Source};
use super::shard::Haste;
use crate::catalog::document::{self, escaped};
use crate::catalog::{Catalog, Context, EARLIER, FoldVersion, Timeline, Unanswered, WantedAnswer};
use crate::rounds::Rounds;
use crate::store::{Result, StoreErrorKind};
use crate::timeline::Times;
use crate::timeline::stuck::{Limit, stuck};
use crate::timeline::table::Table;

/// Documents of what was told begin with this. Then follows the context, escaped.
const PREFIX: &str = "told-of-timelines/";
/// Who of several servers looks.
const LEASE: &str = "told-of-timelines";
/// How often timelines are looked at.
const PERIOD: Duration = Duration::from_secs(5);
/// How long it takes until another server looks when one is gone.
const HOLD: Duration = Duration::from_secs(20);
/// A timeline in which nothing is open and nothing has happened for so long has ended; so has one that is followed by
/// another.
const SETTLED: i64 = 30_000_000_000;
/// Contexts that are taken from the catalog at a time.
const PAGE: usize = 256;

/// Looks at timelines, and has told what is to be told of them.
pub(crate) struct Timelines {
    watch: Arc<Watch>,
    catalog: Arc<Catalog>,
    owner: String,
    /// The newest timelines that have ended and were judged, at this version.
    done: HashMap<Arc<str>, (u64, FoldVersion)>,
}

impl Timelines {
    /// Ready to look at what the settings of `watch` name.
    pub(crate) fn new(watch: Arc<Watch>, catalog: Arc<Catalog>) -> Self {
        let mut bytes = [0; 8];
        // Without random numbers, two servers may look at once: what they tell has the same ids.
        let _ = getrandom::fill(&mut bytes);
        let owner = format!("{:016x}", u64::from_ne_bytes(bytes));
        Timelines { watch, catalog, owner, done: HashMap::new() }
    }

    /// Looks until `stop` is told.
    pub(crate) async fn run(mut self, stop: watch::Receiver<bool>) {
        if self.watch.settings().timelines.is_empty() {
            return;
        }
        let mut rounds = Rounds::every(PERIOD, stop);
        while rounds.begin().await {
            // Where the store does not answer, the next round does it.
            let _ = rounds.work(self.round()).await;
        }
    }

    /// Looks at all of them once.
    pub(super) async fn round(&mut self) -> Result<()> {
        let store = self.watch.store();
        if store.is_shared() && store.acquire(LEASE, &self.owner, HOLD).await?.is_none() {
            return Ok(());
        }
        let mut after: Option<Arc<str>> = None;
        loop {
            let page = self.catalog.contexts_after(after.as_deref(), PAGE);
            let Some(last) = page.last() else { return self.forget_removed().await };
            after = Some(last.name().clone());
            for context in page {
                self.look_at(&context).await?;
            }
        }
    }

    /// Nobody is reminded of what was wrong in contexts that are gone.
    async fn forget_removed(&self) -> Result<()> {
        let is_removed = |notice: &Notice| {
            matches!(notice.source, Source::Event | Source::Timeline)
                && self.catalog.context(&notice.subject).is_none()
        };
        self.watch.alerts().forget_incidents(is_removed).await
    }

    async fn look_at(&mut self, context: &Context) -> Result<()> {
        let rules = self.watch.settings();
        let Some(rule) = rules.timelines.iter().find(|rule| rule.is_about(context.name())).cloned() else {
            return Ok(());
        };
        let Some(timeline) = context.latest() else { return Ok(()) };
        let version = timeline.version();
        let is_done = self.done.get(context.name()) == Some(&(timeline.ordinal(), version));
        if is_done && !self.watch.store().is_shared() {
            return Ok(());
        }
        match self.tell_of(context, &timeline, &rule).await {
            Ok(true) => drop(self.done.insert(context.name().clone(), (timeline.ordinal(), version))),
            Err(Unanswered::Store(error)) if error.is_temporary() => return Err(error),
            // It goes on; or it is damaged, or too large for this: no reason not to look at the others.
            Ok(false) | Err(_) => {}
        }
        Ok(())
    }

    /// Tells what is to be told of a context; true if there will be no more before something changes.
    async fn tell_of(
        &self,
        context: &Context,
        timeline: &Timeline,
        rule: &TimelineRule,
    ) -> Result<bool, Unanswered> {
        let key = format!("{PREFIX}{}", escaped(context.first_name()));
        let stored = self.watch.store().get(&key).await?;
        let before: Standing = match &stored {
            Some(stored) => document::decode(&key, &stored.value)?,
            None => Standing::default(),
        };
        let mut standing = before.clone();
        let numbers = timeline.numbers(self.catalog.store().as_ref(), WantedAnswer::Recent).await?;
        let summary = *numbers.summary(Times::Corrected);
        let now = self.watch.now();
        let subject =
            Subject { key: context.first_name(), context: context.name(), timeline: timeline.name(), now };
        let mut notices = standing.begin(&subject, timeline.ordinal());
        if summary.open > 0 || standing.has_late() {
            let late = self.late(context, timeline, rule, now).await?;
            notices.extend(standing.take_late(&subject, &late));
        }
        let quiet_since = summary.extent.map_or(now, |(_, last)| last);
        let has_ended = summary.open == 0 && summary.total > 0 && now.saturating_sub(quiet_since) >= SETTLED;
        let ended = if has_ended { Some(timeline.ordinal()) } else { earlier(context, timeline) };
        if let Some(ended) = ended.filter(|ended| rule.regressed && !standing.is_judged(*ended)) {
            let digests = self.catalog.digests(context, Some(ended.saturating_add(1)), EARLIER + 1).await?;
            let name = |timeline: &Arc<Timeline>| timeline.name().to_string();
            notices.extend(standing.take_ended(&subject, ended, &digests.runs, name));
        }
        self.note(&key, stored.map(|stored| stored.version), (&before, &standing), notices).await?;
        Ok(has_ended && !standing.has_late())
    }

    /// Events of a timeline that run too long, the worst first.
    async fn late(
        &self,
        context: &Context,
        timeline: &Timeline,
        rule: &TimelineRule,
        now: i64,
    ) -> Result<Vec<Late>, Unanswered> {
        let earlier = if rule.by_history {
            self.catalog.digests(context, Some(timeline.ordinal()), EARLIER).await?.all()
        } else {
            Vec::new()
        };
        let limit = Limit { fixed: rule.stuck_after.map(standing::nanoseconds) };
        let look = move |table: &Table| {
            let found = stuck(table, now, &earlier, limit);
            found.iter().take(standing::LATE).map(|stuck| Late::of(table, stuck)).collect()
        };
        let store = self.catalog.store().as_ref();
        timeline.ask(store, Times::Corrected, move |made| look(made.table())).await
    }

    /// Has notices published, and notes that after it.
    async fn note(
        &self,
        key: &str,
        version: Option<u64>,
        (before, standing): (&Standing, &Standing),
        notices: Vec<Notice>,
    ) -> Result<()> {
        for notice in notices {
            let ticket = self.watch.notify(notice, Haste::Now);
            self.watch.stored(ticket).await;
        }
        if before == standing {
            return Ok(());
        }
        match self.watch.store().put(key, version, document::encode(standing, key)?).await {
            // Another server looked meanwhile: the next round sees what it noted.
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
            done => done.map(drop),
        }
    }
}

/// The place in the order of the timeline before this one.
fn earlier(context: &Context, timeline: &Timeline) -> Option<u64> {
    context.older(Some(timeline.ordinal()), 1).first().map(|earlier| earlier.ordinal())
}

/// Whether a document is of what was told of timelines, and can be read; `None` if it is something else.
pub(super) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(PREFIX).then(|| document::decode::<Standing>(key, value).map(drop))
}

#[cfg(test)]
mod tests;
