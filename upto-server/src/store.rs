//! Everything durable, as four small primitives: [`Log`], [`Documents`], [`Queue`] and [`Leases`].
//!
//! A back end implements these and knows nothing of timelines or heartbeats. Names are data: a
//! back end must take any string as stream, key, queue, lease or owner, whatever it contains, up
//! to [`MAX_NAME_LENGTH`].
//!
//! When a method returns `Ok`, its effect is durable: it survives `kill -9` (the memory back end,
//! which says so, excepted). After [`StoreErrorKind::Conflict`] and [`StoreErrorKind::Invalid`]
//! nothing happened. After any other error, or when its future is dropped before it is done, the
//! effect came about wholly or not at all, and only a look tells which.
//!
//! Beside the errors they name, all methods may fail with [`StoreErrorKind::Invalid`] (a name or
//! value over its limit), [`StoreErrorKind::Unavailable`], [`StoreErrorKind::Full`] and
//! [`StoreErrorKind::Damaged`].
//!
//! One conformance suite (`tests/it/store/`) runs unchanged against every back end.

mod error;
mod hold;
mod memory;
mod operation;
mod redb;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "_sql")]
mod sql;
mod url;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::error::{StoreError, StoreErrorKind};
pub use self::memory::MemoryStore;
pub use self::operation::{MAX_NAME_LENGTH, MAX_VALUE_LENGTH};
pub use self::redb::RedbStore;
#[cfg(feature = "redis")]
pub use self::redis::{RedisStore, RedisUrl};
#[cfg(feature = "_sql")]
pub use self::sql::{HoldClock, SqlStore, SqlUrl};
pub use self::url::{InvalidStoreUrl, StoreUrl};

use crate::clock::Clock;

/// Result of a store operation.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A back end: all four primitives over one place.
#[async_trait]
pub trait Store: Log + Documents + Queue + Leases {
    /// What this is and where, for people: `memory` or `redb ./upto-data`. Never contains secrets.
    fn description(&self) -> String;

    /// Whether other processes may use the same place at the same time.
    fn is_shared(&self) -> bool;

    /// Whether programs on other machines may use it, too.
    fn is_networked(&self) -> bool {
        self.is_shared()
    }

    /// Gives back the room of what was removed, where the back end does not do so by itself. May take as long as
    /// writing everything anew.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] also when something else is being done in the store.
    async fn compact(&self) -> Result<()> {
        Ok(())
    }
}

/// Opens the back end that `url` names.
///
/// # Errors
/// [`StoreErrorKind::Locked`] when another process has it open, [`StoreErrorKind::Damaged`] when
/// what is there is not a store of ours (it is never overwritten), [`StoreErrorKind::Invalid`] when
/// a newer version wrote it, [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Full`] when it
/// can't be reached or created.
pub async fn open(url: &StoreUrl, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>> {
    open_at(url, clock).await.map_err(|error| error.of_store(url.to_string()))
}

async fn open_at(url: &StoreUrl, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>> {
    match url {
        StoreUrl::Memory => Ok(Arc::new(MemoryStore::new(clock))),
        StoreUrl::Redb(folder) => Ok(Arc::new(RedbStore::open(folder, clock).await?)),
        #[cfg(feature = "redis")]
        StoreUrl::Redis(url) => Ok(Arc::new(RedisStore::open(url).await?)),
        #[cfg(feature = "_sql")]
        StoreUrl::Sql(url) => Ok(Arc::new(SqlStore::open(url, HoldClock::of(url, clock)).await?)),
    }
}

/// A place in one stream: everything up to and including it has been read.
///
/// Grows along the stream and is never reused, also not after [`Log::drop_stream`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(pub u64);

impl Cursor {
    /// Before the first block of a stream.
    pub const START: Cursor = Cursor(0);
}

/// One block to be appended to one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The stream's name; it comes into being with its first block.
    pub stream: String,
    /// The block: opaque to the store, at most [`MAX_VALUE_LENGTH`].
    pub block: Vec<u8>,
}

/// One block that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The block's place: pass it to [`Log::read`] to go on after it.
    pub cursor: Cursor,
    /// What was appended.
    pub bytes: Vec<u8>,
}

/// Blocks of a stream that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The place before the first one.
    pub after: Cursor,
    /// The place of the last one.
    pub through: Cursor,
    /// How many there are: a run that was replaced meanwhile has fewer.
    pub count: usize,
}

/// Append-only streams of blocks.
#[async_trait]
pub trait Log: Send + Sync + 'static {
    /// Appends all of `appends`, in order, or none of them; durable when it returns.
    async fn append(&self, appends: Vec<Append>) -> Result<()>;

    /// The blocks of `stream` after `after`, oldest first, at most `limit`. An unknown stream is empty.
    async fn read(&self, stream: &str, after: Cursor, limit: usize) -> Result<Vec<Block>>;

    /// Replaces the blocks of `run` by one in the place of the last of them, wholly or not at all. False when the run
    /// is not there as it is told: some of it was replaced or dropped meanwhile. Nothing changed then.
    ///
    /// Appending goes on meanwhile. Who has read part of the run reads the whole replacement next: it has to be fit to
    /// be taken twice.
    async fn replace(&self, stream: &str, run: Run, block: Vec<u8>) -> Result<bool>;

    /// Removes a stream and all its blocks; an unknown one is fine.
    async fn drop_stream(&self, stream: &str) -> Result<()>;

    /// The names of all streams that have blocks, each once, in no particular order. One that comes or goes meanwhile
    /// may be among them. For tools: it takes time and memory for every stream there is.
    async fn streams(&self) -> Result<Vec<String>>;
}

/// A stored value with the version that [`Documents::put`] compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Starts at 1 and grows by 1 with every put of this key. A key that was deleted starts anew.
    pub version: u64,
    /// The value: opaque to the store, at most [`MAX_VALUE_LENGTH`].
    pub value: Vec<u8>,
}

/// Small values by key, changed by compare-and-put.
#[async_trait]
pub trait Documents: Send + Sync + 'static {
    /// The document under `key`.
    async fn get(&self, key: &str) -> Result<Option<Document>>;

    /// Stores `value` if the present version is `expected` (`None`: if there is no document), and
    /// returns the new version.
    ///
    /// # Errors
    /// [`StoreErrorKind::Conflict`] when the version is another one; nothing changed.
    async fn put(&self, key: &str, expected: Option<u64>, value: Vec<u8>) -> Result<u64>;

    /// Removes the document if its version is `expected`.
    ///
    /// # Errors
    /// [`StoreErrorKind::Conflict`] when it is not there or the version is another one.
    async fn delete(&self, key: &str, expected: u64) -> Result<()>;

    /// Up to `limit` documents whose key begins with `prefix`, in byte order of the keys, those
    /// after the key `after` only.
    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Document)>>;
}

/// A task that was claimed, and the proof of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The task; grows in the order of pushing within a queue.
    pub task: u64,
    /// How often it has been claimed, this time included: 1 for a fresh task. Serves as the fencing
    /// token: a claim with a lower attempt than the latest is void.
    pub attempt: u32,
    /// What was pushed.
    pub payload: Vec<u8>,
}

/// First in, first out, with claims that end by themselves.
#[async_trait]
pub trait Queue: Send + Sync + 'static {
    /// Adds a task of at most [`MAX_VALUE_LENGTH`] and returns its number.
    async fn push(&self, queue: &str, payload: Vec<u8>) -> Result<u64>;

    /// Takes up to `limit` unclaimed tasks, oldest first, for `hold`; nobody else gets them meanwhile,
    /// nor later before they were reclaimed.
    async fn claim(&self, queue: &str, limit: usize, hold: Duration) -> Result<Vec<Claim>>;

    /// Ends a task. False when the claim was void: the task had been reclaimed, or was ended before.
    /// A claim that ran out without being reclaimed still counts, as nobody else got the task.
    async fn acknowledge(&self, queue: &str, claim: &Claim) -> Result<bool>;

    /// Makes tasks whose claim ran out claimable again, and returns how many those were.
    async fn reclaim(&self, queue: &str) -> Result<usize>;

    /// How many tasks could be claimed at this moment.
    async fn waiting(&self, queue: &str) -> Result<u64>;
}

/// A lease that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What is leased.
    pub name: String,
    /// Who holds it.
    pub owner: String,
    /// Grows with every change of the holder: a fencing token.
    pub token: u64,
}

/// "Only one of us does this": exclusive rights that end by themselves.
#[async_trait]
pub trait Leases: Send + Sync + 'static {
    /// Takes the lease for `hold` if nobody else holds it. An owner that holds it already gets it
    /// until `hold` from now, with the same token; one that let it run out gets a new token.
    async fn acquire(&self, name: &str, owner: &str, hold: Duration) -> Result<Option<Lease>>;

    /// Prolongs a lease that is still held, to `hold` from now. False when it was lost.
    async fn renew(&self, lease: &Lease, hold: Duration) -> Result<bool>;

    /// Gives a lease back; one that was lost already is left alone.
    async fn release(&self, lease: &Lease) -> Result<()>;
}
