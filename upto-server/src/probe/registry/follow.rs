//! What is done again and again beside storing: looking what other servers stored, keeping the right to ask clusters, which
//! one of several servers has, and removing what is too old.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::sync::watch;
use tokio::time::timeout;

use super::Registry;
use super::cluster::Cluster;
use super::log::nanoseconds;
use crate::catalog::document::escaped;
use crate::rounds::Rounds;
use crate::store::{Lease, Result};

/// How often it is looked what is too old.
const SWEEP: Duration = Duration::from_secs(60);
/// How often it is looked what other servers stored.
const LOOK: Duration = Duration::from_secs(1);
/// How many looks there are from one for clusters that others registered to the next.
const LOOKS: u32 = 10;
/// For how long a server has the right to ask a cluster and to write its log, where several share a store.
const HOLD: Duration = Duration::from_secs(15);
/// How often it makes sure of that, however seldom it asks.
const RENEW: Duration = Duration::from_secs(5);
/// For how long it is certain of it then, in nanoseconds.
const CERTAIN: i64 = 6_000_000_000;
/// How long a probe waits at most until it is known whose it is to make.
const PATIENCE: Duration = Duration::from_secs(1);
/// Rights that are taken or given back at once.
const AT_ONCE: usize = 64;
/// How long giving them back may take when the server ends.
const LAST: Duration = Duration::from_secs(1);

/// Removes what is too old until `stop` is told.
pub(super) async fn sweep(registry: Arc<Registry>, stop: watch::Receiver<bool>) {
    let mut rounds = Rounds::every(SWEEP, stop);
    while rounds.begin().await {
        // Where the store does not answer, it is asked again in a minute.
        let _ = rounds.work(registry.sweep()).await;
    }
}

/// Reads what other servers stored until `stop` is told, where there may be some.
pub(super) async fn follow(registry: Arc<Registry>, stop: watch::Receiver<bool>) {
    if !registry.store.is_shared() {
        return;
    }
    let (mut rounds, mut count) = (Rounds::every(LOOK, stop), 0_u32);
    while rounds.begin().await {
        if count.is_multiple_of(LOOKS) {
            let _ = rounds.work(registry.load()).await;
        }
        count = count.wrapping_add(1);
        let _ = rounds.work(registry.look()).await;
    }
}

/// Keeps the right to ask the clusters that this server asks, until `stop` is told.
pub(super) async fn hold(registry: Arc<Registry>, stop: watch::Receiver<bool>) {
    if !registry.store.is_shared() {
        return;
    }
    let mut rounds = Rounds::every(RENEW, stop);
    while rounds.begin().await {
        rounds.work(registry.hold()).await;
    }
}

impl Registry {
    /// Reads what other servers stored of the clusters that are theirs.
    async fn look(&self) -> Result<()> {
        for cluster in self.all() {
            if !self.is_owned(&cluster) {
                let read = self.damages.noting(cluster.name(), cluster.refresh(self.ground()).await);
                let read = read.inspect_err(|_| self.note_away())?;
                self.tell(&cluster, read.unwrap_or_default());
            }
        }
        self.feed.flush();
        Ok(())
    }

    fn is_owned(&self, cluster: &Cluster) -> bool {
        cluster.owned().as_ref().is_some_and(|(_, since)| self.clock.monotonic() < since + CERTAIN)
    }

    /// Notes that the store does not answer.
    pub(super) fn note_away(&self) {
        self.away.store(self.clock.monotonic(), Ordering::Relaxed);
    }

    /// Whether this server is to ask the cluster: one of those that share a store does. Where the store does not answer,
    /// the one that did goes on, and what it finds out waits for the store.
    pub(crate) async fn asks(&self, cluster: &Cluster) -> bool {
        // Who has it makes sure of that beside asking.
        if cluster.owned().is_some() && self.is_away() {
            return true;
        }
        match timeout(PATIENCE, self.own(cluster)).await {
            Ok(owns) => owns.unwrap_or_else(|_| cluster.owned().is_some()),
            Err(_) => {
                self.note_away();
                cluster.owned().is_some()
            }
        }
    }

    /// Whether the store did not answer a moment ago.
    fn is_away(&self) -> bool {
        self.clock.monotonic() < self.away.load(Ordering::Relaxed).saturating_add(nanoseconds(HOLD))
    }

    /// Whether this server writes the cluster's log: one of those that share a store does.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn own(&self, cluster: &Cluster) -> Result<bool> {
        if !self.store.is_shared() || self.is_owned(cluster) {
            return Ok(true);
        }
        if self.leaves_to_another(cluster) { Ok(false) } else { self.acquire(cluster).await }
    }

    /// When the store is back, whoever asked the cluster before, and has what it found out meanwhile, comes first.
    fn leaves_to_another(&self, cluster: &Cluster) -> bool {
        let is_asked = cluster.about().collector.is_none();
        is_asked && cluster.owned().is_none() && self.is_away()
    }

    async fn acquire(&self, cluster: &Cluster) -> Result<bool> {
        let now = self.clock.monotonic();
        let lease = format!("probes/{}", escaped(cluster.name()));
        let held = self.store.acquire(&lease, &self.owner, HOLD).await;
        let held = held.inspect_err(|_| self.note_away())?;
        let token = held.as_ref().map(|lease| lease.token);
        let before = std::mem::replace(&mut *cluster.owned(), held.map(|lease| (lease, now)));
        if token.is_some() && token != before.map(|(lease, _)| lease.token) {
            // Somebody else may have written meanwhile.
            cluster.log.lock().await.is_certain = false;
        }
        Ok(token.is_some())
    }

    /// Makes sure of the right to ask each cluster that this server asks.
    async fn hold(&self) {
        let all = self.all().into_iter();
        let own = all.filter(|cluster| cluster.about().collector.is_none() && cluster.owned().is_some());
        let own: Vec<_> = own.collect();
        let renewed = stream::iter(&own).for_each_concurrent(AT_ONCE, |cluster| async move {
            // Where the store does not answer, the next round asks it.
            let _ = self.acquire(cluster).await;
        });
        renewed.await;
    }

    /// Leaves the clusters to the other servers, once all that this one found out is stored.
    pub(super) async fn leave(&self) {
        let held = self.all().into_iter().filter_map(|cluster| cluster.owned().take());
        let held: Vec<Lease> = held.map(|(lease, _)| lease).collect();
        let releases = stream::iter(&held).for_each_concurrent(AT_ONCE, |lease| async move {
            // One that is not released ends by itself.
            let _ = self.store.release(lease).await;
        });
        let _ = timeout(LAST, releases).await;
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;
