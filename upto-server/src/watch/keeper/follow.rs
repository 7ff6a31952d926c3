//! Other servers on the same store: what they changed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::store::{CHANGES, number_of, prefix};
use super::{SHARDS, Watch};
use crate::catalog::changes::{self, Listed};
use crate::catalog::document;
use crate::rounds::Rounds;
use crate::store::Result;

/// How often it is looked whether others changed something.
const PERIOD: Duration = Duration::from_millis(250);

impl Watch {
    /// Looks what other servers do until `stop` is told, where there may be some.
    pub(crate) async fn follow(self: Arc<Self>, stop: watch::Receiver<bool>) {
        if !self.store.is_shared() {
            return;
        }
        let (mut rounds, mut listed) = (Rounds::every(PERIOD, stop), Listed::default());
        while rounds.begin().await {
            // Where the store does not answer, what is known goes on, and nobody is declared dead.
            let followed = rounds.work(self.asking(self.follow_once(&mut listed))).await;
            if followed.is_some_and(|followed| followed.is_err()) {
                self.note_away();
            }
        }
    }

    async fn follow_once(&self, listed: &mut Listed) -> Result<()> {
        let now = Instant::now();
        let version = changes::version(self.store.as_ref(), CHANGES).await?;
        if listed.is_old(version, now) {
            self.refresh().await?;
            *listed = Listed::at(version, now);
            // What servers that are gone did not publish is published here.
            self.publishing.notify_one();
        }
        Ok(())
    }

    /// Reads all shards that others changed.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn refresh(&self) -> Result<()> {
        for (key, stored) in self.store.list(prefix(), None, SHARDS).await? {
            let Some(number) = number_of(&key) else { continue };
            if self.shard(number).version() != Some(stored.version) {
                self.replace(number, Some(stored.version), document::decode(&key, &stored.value)?);
            }
        }
        Ok(())
    }

    /// Sees to it that what is asked next is what all servers know.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn catch_up(&self) -> Result<()> {
        if self.store.is_shared() { self.refresh().await } else { Ok(()) }
    }
}
