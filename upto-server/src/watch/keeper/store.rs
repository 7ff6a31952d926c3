//! The shards in the store.

use super::{SHARDS, WHENEVER, Watch};
use crate::catalog::{changes, document};
use crate::store::{Result, StoreErrorKind};
use crate::watch::heartbeat::Key;
use crate::watch::shard::{Moment, Saving, ShardDocument};

/// Documents of shards begin with this. Then follows the number.
const PREFIX: &str = "heartbeats/";
/// The document that tells that heartbeats changed.
pub(super) const CHANGES: &str = "changes-of-heartbeats";
/// How long after a refusal the store is asked again, in nanoseconds.
const RETRY: i64 = 500_000_000;
/// So often a shard is tried to be stored before others have their turn.
const TRIES: usize = 8;
/// Services that a line of the journal names.
const NAMED: usize = 10;

/// Whether a document is a shard that can be read; `None` if it is something else.
pub(crate) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(PREFIX).then(|| document::decode::<ShardDocument>(key, value).map(drop))
}

impl Watch {
    /// Reads all shards, and arms once more what came due while no server ran.
    pub(super) async fn begin(&self) -> Result<()> {
        self.refresh().await?;
        self.rearm_all();
        // What a server that was killed decided on.
        self.publishing.notify_one();
        Ok(())
    }

    /// Gives those their time once more that came due while nobody could be heard, and tells of it.
    pub(super) fn rearm_all(&self) {
        let now = self.moment();
        let armed: Vec<_> = (0..SHARDS).flat_map(|number| self.rearm(number, now)).collect();
        self.tell_of_armed(&armed);
    }

    fn rearm(&self, number: usize, now: Moment) -> Vec<Key> {
        let mut shard = self.shard(number);
        if self.store.is_shared() {
            // Other servers may be watching, and declare dead who is. Who only waits here has nothing to store.
            return shard.arm(now);
        }
        let armed = shard.rearm(now);
        if !armed.is_empty() {
            shard.store_by(now.monotonic);
        }
        armed
    }

    fn tell_of_armed(&self, armed: &[Key]) {
        if armed.is_empty() {
            return;
        }
        let names: Vec<_> = armed.iter().take(NAMED).map(Key::label).collect();
        let more =
            if armed.len() > NAMED { format!(" and {} more", armed.len() - NAMED) } else { String::new() };
        let text = format!(
            "{} heartbeats came due while this server did not run, and get their time once more: {}{more}",
            armed.len(),
            names.join(", ")
        );
        // Where there is no room for it, it is not told.
        let _ = self.journal.add("upto-server", 1, &text, false);
    }

    /// Reads a shard, if it changed in the store.
    pub(super) async fn reload(&self, number: usize) -> Result<()> {
        let key = key(number);
        let stored = self.store.get(&key).await?;
        let version = stored.as_ref().map(|stored| stored.version);
        if self.shard(number).version() == version {
            return Ok(());
        }
        let document = match stored {
            Some(stored) => document::decode(&key, &stored.value)?,
            None => ShardDocument::default(),
        };
        self.replace(number, version, document);
        Ok(())
    }

    /// Takes what is stored of a shard.
    pub(super) fn replace(&self, number: usize, version: Option<u64>, document: ShardDocument) {
        let now = self.moment();
        let mut shard = self.shard(number);
        let before = shard.len();
        shard.reload(version, document, now);
        self.recount(before, shard.len());
    }

    /// Stores what changed in a shard, and what other servers did to it.
    pub(super) async fn store_shard(&self, number: usize) {
        for _ in 0..TRIES {
            match self.try_store(number).await {
                Ok(()) => return self.publishing.notify_one(),
                Err(error) if error.kind() == StoreErrorKind::Conflict => {
                    if self.reload(number).await.is_err() {
                        break;
                    }
                }
                Err(_) => break,
            }
        }
        let later = self.clock.monotonic().saturating_add(RETRY);
        self.shard(number).store_by(later);
    }

    async fn try_store(&self, number: usize) -> Result<()> {
        let key = key(number);
        let Saving { bytes, version, through, has_news } = self.shard(number).begin_saving(&key)?;
        let version = self.store.put(&key, version, bytes).await?;
        self.shard(number).end_saving(version, through);
        if let Some(saved) = self.saved.get(number) {
            saved.send_replace(through);
        }
        if has_news && self.store.is_shared() {
            // Others list the shards now and then anyway.
            let _ = changes::tell(self.store.as_ref(), CHANGES).await;
        }
        Ok(())
    }

    /// Notes that notices of a shard were published.
    pub(in crate::watch) fn end_publishing(&self, number: usize, ids: &[String]) {
        let by = self.clock.monotonic().saturating_add(WHENEVER);
        let mut shard = self.shard(number);
        ids.iter().for_each(|id| shard.end_publishing(id));
        shard.store_by(by);
    }
}

fn key(number: usize) -> String {
    format!("{PREFIX}{number:02}")
}

/// The number of the shard that is stored under this key.
pub(super) fn number_of(key: &str) -> Option<usize> {
    key.strip_prefix(PREFIX)?.parse().ok().filter(|number| *number < SHARDS)
}

/// All documents of shards have keys that begin with this.
pub(super) const fn prefix() -> &'static str {
    PREFIX
}
