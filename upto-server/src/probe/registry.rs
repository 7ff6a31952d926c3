//! The clusters that are watched, and what was found out about each: the latest in memory, the rest in the store.
//!
//! A `log` has the probes of a cluster, in segments that are dropped whole when they are over the limits. The `writer` stores
//! what came, all clusters together; only what is stored has a number and is told to anybody, so a number means the same
//! probe for good. A `ring` has the newest of them, `reading` gets them from there or from the log, `feed` tells who
//! watches.

mod cluster;
mod feed;
mod follow;
mod log;
mod reading;
mod ring;
mod writer;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

pub(crate) use self::cluster::{About, Cluster, Taken};
pub(crate) use self::feed::{Feed, News, Reader, Told};
use self::log::Ground;
pub(crate) use self::reading::{Limits, Unread};
use self::writer::Writer;
use super::model::Origin;
use crate::catalog::Damages;
use crate::catalog::document::{self, Listing};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::store::{Result, Store};

/// Clusters at most.
pub(crate) const CLUSTERS: usize = 10_000;

/// All clusters of a server.
pub(crate) struct Registry {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    /// What can't be read.
    damages: Arc<Damages>,
    /// Names this server where several share a store.
    owner: String,
    /// When the store did not answer last, by the monotonic clock.
    away: AtomicI64,
    /// How many probes this server made so far.
    made: AtomicU64,
    clusters: RwLock<BTreeMap<String, Arc<Cluster>>>,
    writer: Writer,
    feed: Feed,
}

/// There are [`CLUSTERS`] already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are {CLUSTERS} clusters already")]
pub(crate) struct TooMany;

/// Whether a document is of a cluster, and can be read; `None` if it is something else.
pub(crate) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    log::readable(key, value).or_else(|| super::grpc::readable(key, value))
}

/// Whether a block of a stream can be read, if it is one of probes; `None` if it is something else.
pub(crate) fn readable_block(stream: &str, block: &[u8]) -> Option<Result<()>> {
    is_stream(stream).then(|| log::records(stream, block).map(drop))
}

/// Whether a stream has probes.
pub(crate) fn is_stream(stream: &str) -> bool {
    stream.starts_with(log::PREFIX)
}

/// The streams that have probes, in the order of their names, also where the document of a cluster can't be read.
///
/// # Errors
/// What the store says.
pub(crate) async fn streams(store: &dyn Store) -> Result<Vec<String>> {
    let mut streams = store.streams().await?;
    streams.retain(|stream| is_stream(stream));
    streams.sort_unstable();
    Ok(streams)
}

impl Registry {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        damages: Arc<Damages>,
    ) -> Self {
        let owner = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0_u8);
        Registry {
            store,
            clock,
            metrics,
            damages,
            owner: format!("{owner:016x}"),
            away: AtomicI64::new(i64::MIN),
            made: AtomicU64::new(0),
            clusters: RwLock::default(),
            writer: Writer::default(),
            feed: Feed::default(),
        }
    }

    /// Registers the clusters that collectors brought before, as far as something of them is kept.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn load(&self) -> Result<()> {
        let mut listing = Listing::of(self.store.as_ref(), log::PREFIX);
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for (key, stored) in page {
                let decoded = document::decode::<log::ClusterDocument>(&key, &stored.value);
                let Some(document) = self.damages.noting(&key, decoded)? else { continue };
                let is_known = self.find(&document.name).is_some();
                if !is_known && document.collector.is_some() && !document.is_over(self.clock.now()) {
                    let about = About::of(&document);
                    // More than may be are not loaded.
                    let registered = self.register(&document.name, about).await;
                    let _ = self.damages.noting(&key, registered)?;
                }
            }
        }
    }

    /// Registers a cluster, or changes what is known about one.
    ///
    /// # Errors
    /// What the store says; or, within, [`TooMany`].
    pub(crate) async fn register(&self, name: &str, about: About) -> Result<Result<Arc<Cluster>, TooMany>> {
        if let Some(known) = self.find(name) {
            known.set_about(about);
            return Ok(Ok(known));
        }
        if self.count() >= CLUSTERS {
            return Ok(Err(TooMany));
        }
        let cluster = Arc::new(Cluster::open(self.ground(), name, about).await?);
        let mut clusters = self.clusters.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been faster.
        Ok(Ok(clusters.entry(name.to_owned()).or_insert(cluster).clone()))
    }

    /// Forgets a cluster. What is stored of it stays until it is too old.
    pub(crate) fn unregister(&self, name: &str) {
        self.clusters.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<Cluster>> {
        self.clusters.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Up to `limit` clusters behind the name `after` that `is_visible` says, in the order of their names.
    pub(crate) fn after(
        &self,
        after: Option<&str>,
        limit: usize,
        is_visible: impl Fn(&str) -> bool,
    ) -> Vec<Arc<Cluster>> {
        use std::ops::Bound;
        let clusters = self.clusters.read().unwrap_or_else(PoisonError::into_inner);
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = clusters.range::<str, _>((from, Bound::Unbounded)).map(|(_, cluster)| cluster);
        behind.filter(|cluster| is_visible(cluster.name())).take(limit).cloned().collect()
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Arc<Cluster>> {
        self.after(None, usize::MAX, |_| true)
    }

    pub(crate) fn count(&self) -> usize {
        self.clusters.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Names a probe of this server: where it is not known whether it was stored, it is looked for by that.
    pub(crate) fn origin(&self) -> Origin {
        Origin { collector: self.owner.clone(), number: self.made.fetch_add(1, Ordering::Relaxed) + 1 }
    }

    /// Where logs are.
    fn ground(&self) -> Ground<'_> {
        Ground { store: self.store.as_ref(), damages: &self.damages, now: self.clock.now() }
    }

    /// What can't be read of what is stored.
    pub(crate) fn damages(&self) -> &Damages {
        &self.damages
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Who watches.
    pub(crate) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Removes what is over the limits, of all clusters, also of those that nobody watches any more.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn sweep(&self) -> Result<()> {
        let now = self.clock.now();
        for cluster in self.all() {
            let trimmed = cluster.trim(self.store.as_ref(), now).await;
            self.damages.noting(cluster.name(), trimmed)?;
        }
        let mut listing = Listing::of(self.store.as_ref(), log::PREFIX);
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for (key, stored) in page {
                let Ok(document) = document::decode::<log::ClusterDocument>(&key, &stored.value) else {
                    continue;
                };
                if self.find(&document.name).is_none() {
                    let name = document.name.clone();
                    if log::trim_left(self.ground(), document, stored.version).await? {
                        super::grpc::forget_taken(self.store.as_ref(), &name).await?;
                    }
                }
            }
        }
    }

    /// Does what has to be done again and again until `stop` is told; stores the rest then.
    pub(crate) async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let sweeping = follow::sweep(self.clone(), stop.clone());
        let following = follow::follow(self.clone(), stop.clone());
        let holding = follow::hold(self.clone(), stop.clone());
        tokio::join!(self.write(stop), sweeping, following, holding);
        self.leave().await;
    }
}

#[cfg(test)]
mod tests;
