//! Sweeping: rounds in which timelines that are over the limits of their contexts are removed.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::limits::{Kept, PREFIX, Retention, is_older, over};
use super::measure::{Allowance, Measures};
use super::{removal, removed_contexts};
use crate::catalog::document::{self, Listing, escaped};
use crate::catalog::{Catalog, Context, Damages, Timeline};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::rounds::Rounds;
use crate::store::{Lease, Result, Store};

/// What is leased.
const LEASE: &str = "retention";
/// How long the lease of a server that is gone keeps the others from sweeping.
const HOLD: Duration = Duration::from_secs(300);
/// Contexts that a round looks at, at most.
const CONTEXTS: usize = 1_000;
/// Timelines that a round removes, at most.
const REMOVALS: usize = 256;
/// Bytes of blocks that a round reads to measure timelines, at most, and a page.
const READ_BYTES: u64 = 256 << 20;

/// Removes what is over the limits.
pub(crate) struct Sweeper {
    catalog: Arc<Catalog>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    /// For contexts that have no limits of their own.
    defaults: Retention,
    period: Duration,
    owner: String,
    /// The context that the last round ended with.
    place: Option<Arc<str>>,
    measures: Measures,
}

/// The limits of all contexts that have some of their own, by their escaped names; `None` where they can't be read.
type OwnLimits = HashMap<String, Option<Retention>>;

/// What a round may still do.
struct Round {
    now: i64,
    lease: Lease,
    own: OwnLimits,
    removals: usize,
    allowance: Allowance,
}

impl Sweeper {
    pub(crate) fn new(
        catalog: Arc<Catalog>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        defaults: Retention,
        period: Duration,
    ) -> Self {
        // Random, so that no two servers have the same.
        let owner = format!("{:016x}", RandomState::new().hash_one(clock.now()));
        Sweeper {
            catalog,
            clock,
            metrics,
            defaults,
            period,
            owner,
            place: None,
            measures: Measures::default(),
        }
    }

    /// The limits of contexts that have none of their own.
    pub(crate) fn defaults(&self) -> Retention {
        self.defaults
    }

    /// A round every period, until `stop` is told.
    pub(crate) async fn run(mut self, stop: watch::Receiver<bool>) {
        let mut rounds = Rounds::every(self.period, stop);
        while rounds.begin().await {
            // What a store that fails leaves undone is done in another round.
            rounds.work(self.round()).await;
        }
    }

    /// One round; how many timelines it removed.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn round(&mut self) -> Result<usize> {
        let store = Arc::clone(self.catalog.store());
        let own = own_limits(store.as_ref(), self.catalog.damages()).await?;
        let has_limits = !self.defaults.is_unlimited() || !own.is_empty();
        // Several may do that at once, so nobody has to wait for the lease of a server that is gone.
        removed_contexts::finish(store.as_ref(), self.catalog.damages(), self.clock.now()).await?;
        if !has_limits && !removal::is_unfinished(store.as_ref()).await? {
            return Ok(0);
        }
        let Some(lease) = store.acquire(LEASE, &self.owner, HOLD).await? else {
            // Another server sweeps: what it removes need not be remembered here.
            self.measures = Measures::default();
            return Ok(0);
        };
        for context in removal::finish(store.as_ref(), self.catalog.damages()).await? {
            self.catalog.tell_change(&context).await?;
        }
        let (removals, allowance) = (REMOVALS, Allowance::of(READ_BYTES));
        let mut round = Round { now: self.clock.now(), lease, own, removals, allowance };
        self.sweep(&mut round).await?;
        Ok(REMOVALS - round.removals)
    }

    async fn sweep(&mut self, round: &mut Round) -> Result<()> {
        let contexts = self.catalog.contexts_after(self.place.as_deref(), CONTEXTS);
        // The next round goes on behind the last context, or begins anew behind the last of all.
        let mut place = None;
        let is_last_page = contexts.len() < CONTEXTS;
        for context in contexts {
            // Where nobody can read what is to be kept, everything is.
            let own = round.own.get(&escaped(context.first_name())).copied();
            let retention = own.map_or(self.defaults, Option::unwrap_or_default);
            if !retention.is_unlimited() && !self.sweep_context(&context, &retention, round).await? {
                // Where this one ended, the next one begins.
                self.place = place.or(self.place.take());
                return Ok(());
            }
            place = Some(context.name().clone());
        }
        self.place = place.filter(|_| !is_last_page);
        Ok(())
    }

    /// False if the round may do no more.
    async fn sweep_context(
        &mut self,
        context: &Context,
        retention: &Retention,
        round: &mut Round,
    ) -> Result<bool> {
        let mut timelines = context.older(None, usize::MAX);
        timelines.reverse();
        timelines.retain(|timeline| !timeline.is_pinned());
        let mut kept = Vec::with_capacity(timelines.len());
        for timeline in &timelines {
            match self.measured(timeline, retention, round).await? {
                Some(measured) => kept.push(measured),
                None => return Ok(false),
            }
        }
        let active = context.latest().map_or(0, |active| active.ordinal());
        let removable = timelines.partition_point(|timeline| timeline.ordinal() < active);
        let mut over = over(retention, &kept, removable, round.now);
        let is_all = over.len() <= round.removals;
        over.truncate(round.removals);
        let removed = self.remove(over.iter().filter_map(|index| timelines.get(*index)), round).await;
        if !matches!(removed, Ok(0)) {
            self.catalog.tell_change(context.name()).await?;
        }
        removed.map(|_| is_all)
    }

    /// What has to be known of a timeline; `None` if the round may not find that out.
    async fn measured(
        &mut self,
        timeline: &Timeline,
        retention: &Retention,
        round: &mut Round,
    ) -> Result<Option<Kept>> {
        let opened = timeline.document().opened;
        // What was opened lately is too young, whatever happened in it.
        let may_be_old = retention.age.is_some_and(|age| is_older(opened, age, round.now));
        if !may_be_old && !retention.needs_sizes() {
            return Ok(Some(Kept { last: opened, bytes: 0 }));
        }
        self.measures.of(self.catalog.store().as_ref(), timeline, &mut round.allowance).await
    }

    /// Removes these, as long as the lease is held; how many.
    async fn remove(
        &mut self,
        timelines: impl Iterator<Item = &Arc<Timeline>>,
        round: &mut Round,
    ) -> Result<usize> {
        let store = Arc::clone(self.catalog.store());
        let mut removed = 0;
        // One in which something happens just now is let alone.
        for timeline in timelines.filter(|timeline| !timeline.is_busy()) {
            if !store.renew(&round.lease, HOLD).await? {
                round.removals = 0;
                return Ok(removed);
            }
            if removal::remove(store.as_ref(), timeline.document()).await? {
                self.measures.forget(timeline);
                self.catalog.forget(timeline);
                self.metrics.timelines_removed.inc();
                round.removals = round.removals.saturating_sub(1);
                removed += 1;
            }
        }
        Ok(removed)
    }
}

async fn own_limits(store: &dyn Store, damages: &Damages) -> Result<OwnLimits> {
    let (mut own, mut listing) = (OwnLimits::new(), Listing::of(store, PREFIX));
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            return Ok(own);
        }
        for (key, stored) in page {
            let retention = damages.noting(&key, document::decode(&key, &stored.value))?;
            own.insert(key.trim_start_matches(PREFIX).to_owned(), retention);
        }
    }
}
