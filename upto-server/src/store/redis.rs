//! A store on [Redis](https://redis.io) 5 or newer, on Valkey, or on a cluster of them.
//!
//! # What is promised
//!
//! Every operation is one script, or one command, so it happens wholly or not at all, in one round
//! trip; appending to several shards of a cluster takes five (see `log/spanning.rs`).
//!
//! What was confirmed is on the disk of the master: a server is refused that has not set
//! `appendonly yes`, `appendfsync always` and `no-appendfsync-on-rewrite no`, or that throws keys
//! away when it is full, unless the URL says `durability=relaxed`. That is asked of a server at
//! every connection, and of the masters of a cluster when the store is opened. A copy that is
//! promoted in place of its master may lack what was confirmed last, as Redis copies afterwards:
//! to lose nothing, let the master come back.
//!
//! After an error nothing is sent again by itself. While a slot moves to another master of a
//! cluster, its operations fail as unavailable.
//!
//! # The layout, version 1
//!
//! `{upto}layout` is `VERSION SHARDS`; `upto` is the URL's `prefix`. All other names are spread over
//! shards by the first two bytes of their SHA-256: one shard on a single server, 64 on a cluster.
//! The keys of shard 3 begin with `{upto:3}`, its hash tag, so they are together in a cluster:
//!
//! | key | kind | what is in it |
//! |---|---|---|
//! | `numbers` | hash | `cursor`, `task`, `token`, `batch`: the last one given out |
//! | `stream:`STREAM | stream | a block each, in the field `b` of the entry CURSOR`-0` |
//! | `replaced:`STREAM | hash | by the name of an entry, the block that stands for it and for what was before it |
//! | `versions`, `values` | hashes | version and value of a document, by key |
//! | `names` | sorted set | the keys of the documents, for lists in their order |
//! | `tasks:`QUEUE | hash | payload by task, until it is acknowledged |
//! | `ready:`QUEUE | sorted set | the tasks that nobody holds, by number |
//! | `held:`QUEUE | sorted set | end of the claim and task, of those somebody holds |
//! | `claims:`QUEUE | hash | how often a task was claimed and, while it is held, the end of the claim |
//! | `leases` | hash | token, end and owner, by lease |
//! | `staged`, `part:`BATCH, `committed` | hash, list, hash | batches that span shards, while they come about |
//!
//! An end is seconds and nanoseconds since the epoch, 11 and 9 digits, by the clock of Redis.
//! Numbers come from one counter each for the whole shard: a stream that was dropped leaves
//! nothing behind that would have to be remembered to keep its cursors from being used again.
//!
//! # Why like this
//!
//! - **Streams rather than lists**: a cursor is the name of an entry, which Redis finds in
//!   logarithmic time and keeps from shrinking; an element of a list has only a place, found by
//!   walking there. Consumer groups are not used: their state would be one more truth.
//! - **Own counters rather than the names Redis gives**: those are 128 bits, and go back with the clock.
//! - **Scripts rather than transactions**: what is put depends on what is there, and a script does
//!   it without a second round trip and without repeating what collided.
//! - **The crate `redis` rather than `fred`**: both are complete. This one lets us switch off all
//!   repetition by itself, which could append twice.

mod address;
mod connection;
mod documents;
mod durability;
mod failure;
mod layout;
mod lease;
mod log;
mod queue;
mod script;
mod shard;
mod time;

use std::sync::Arc;

use ::redis::FromRedisValue;

pub use self::address::RedisUrl;
use self::connection::Link;
use self::failure::Failure;
use self::script::Call;
use self::shard::Shard;
use self::time::Time;
use super::{Result, Store, StoreError};
use crate::clock::Clock;

/// The store that `redis://`, `rediss://`, `redis+cluster://` and `rediss+cluster://` name.
pub struct RedisStore {
    link: Link,
    time: Time,
}

impl RedisStore {
    /// Connects to the store at `url`, whose claims and leases end by the clock of Redis; a place
    /// that is empty becomes one.
    ///
    /// # Errors
    /// As [`open`](super::open); and [`StoreErrorKind::Invalid`](super::StoreErrorKind::Invalid)
    /// where a server does not write as needed to keep what it confirms.
    pub async fn open(url: &RedisUrl) -> Result<Self> {
        Self::connect(url, Time::OfRedis).await
    }

    /// The same with claims and leases that end by `clock`. All who share the store need the same one.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with_clock(url: &RedisUrl, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::connect(url, Time::Given(clock)).await
    }

    async fn connect(url: &RedisUrl, time: Time) -> Result<Self> {
        let opened = async {
            let store = RedisStore { link: Link::open(url.clone()).await?, time };
            store.sweep().await?;
            Ok(store)
        };
        opened.await.map_err(|failure: Failure| {
            StoreError::new(failure.kind(), "open", url.to_string()).because(failure)
        })
    }

    /// Runs the script that `call` makes for the shard of `name`.
    async fn in_shard_of<'a, T: FromRedisValue>(
        &self,
        name: &str,
        call: impl FnOnce(&Shard) -> Call<'a> + Send,
    ) -> Result<T, Failure> {
        let present = self.link.present().await?;
        let call = call(&present.shards.of(name));
        self.link.run(&present, &call).await
    }
}

impl Store for RedisStore {
    fn description(&self) -> String {
        self.link.url().to_string()
    }

    fn is_shared(&self) -> bool {
        true
    }
}
