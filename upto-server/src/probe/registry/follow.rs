//! What is done again and again beside storing: looking what other servers stored, and removing what is too old.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Registry;
use super::cluster::Cluster;
use crate::catalog::document::escaped;
use crate::rounds::Rounds;
use crate::store::Result;

/// How often it is looked what is too old.
const SWEEP: Duration = Duration::from_secs(60);
/// How often it is looked what other servers stored.
const LOOK: Duration = Duration::from_secs(1);
/// How many looks there are from one for clusters that others registered to the next.
const LOOKS: u32 = 10;
/// For how long a server has the right to write a cluster's log, where several share a store.
const HOLD: Duration = Duration::from_secs(15);
/// After what time it makes sure of that again, in nanoseconds.
const RENEW: i64 = 5_000_000_000;

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

impl Registry {
    /// Reads what other servers stored of the clusters that are theirs.
    async fn look(&self) -> Result<()> {
        for cluster in self.all() {
            if !self.is_owned(&cluster) {
                let read = cluster.refresh(self.store.as_ref()).await?;
                self.tell(&cluster, read);
            }
        }
        self.feed.flush();
        Ok(())
    }

    fn is_owned(&self, cluster: &Cluster) -> bool {
        let owned = cluster.owned.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        owned.is_some_and(|(_, since)| self.clock.monotonic() < since + RENEW)
    }

    /// Whether this server writes the cluster's log: one of those that share a store does.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn own(&self, cluster: &Cluster) -> Result<bool> {
        if !self.store.is_shared() || self.is_owned(cluster) {
            return Ok(true);
        }
        let now = self.clock.monotonic();
        let lease = format!("probes/{}", escaped(cluster.name()));
        let held = self.store.acquire(&lease, &self.owner, HOLD).await?;
        let before = {
            let mut owned = cluster.owned.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            std::mem::replace(&mut *owned, held.as_ref().map(|lease| (lease.token, now)))
        };
        let Some(held) = held else { return Ok(false) };
        if before.is_none_or(|(token, _)| token != held.token) {
            // Somebody else may have written meanwhile.
            cluster.log.lock().await.is_certain = false;
        }
        Ok(true)
    }
}
