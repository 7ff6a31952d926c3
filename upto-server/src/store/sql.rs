//! A store in an SQL database: PostgreSQL, MariaDB or MySQL, SQLite. One code for all; what differs
//! is in `dialect.rs`.
//!
//! # The tables, version 1
//!
//! | table | key | other columns |
//! |---|---|---|
//! | `upto_layout` | `id`: always 1 | `version` of all this; `held_until`: somebody works on the tables |
//! | `upto_counters` | `spread` | `name`; `last` number given out |
//! | `upto_blocks` | `spread`, `sequence` | `parts`, `bytes`: the block |
//! | `upto_documents` | `spread`; indexed: `head` | `name`: the key; `version`; `parts`, `bytes`: the value |
//! | `upto_tasks` | `spread`, `task`; indexed: `spread`, `claimed`, `task` | `attempt`: how often it was claimed; `claimed`: 1 while it is; `held_until`; `parts`, `bytes`: the payload |
//! | `upto_leases` | `spread` | `name`, `owner`, `token`, `held_until` |
//! | `upto_parts` | `spread`, `number`, `part` | `bytes`: up to 1 MiB of the value of that cursor, version or task |
//!
//! `spread` is SHA-256 of the kind and the name of a stream, document, queue or lease: `stream:a`.
//! Names may be longer than an index takes. `head` is the first 512 bytes of a document's key, for
//! lists. `held_until` is in nanoseconds since the epoch. `bytes` is empty where `parts` is not 0: the
//! value is in that many rows of `upto_parts` then.
//!
//! # Distributed engines
//!
//! What speaks PostgreSQL's protocol will do: CockroachDB, YugabyteDB, Citus. Nothing is used that one
//! of them lacks: no sequences, advisory locks, triggers, notifications, arrays, or definitions in
//! transactions; statements that fail since others ran at the same time are repeated here.
//!
//! All rows of one stream, document, queue or lease begin with the same `spread`, so they lie
//! together, and different ones lie anywhere: appends to different streams have no row in common and
//! meet on no node but by chance. An append concerns the nodes of its streams; a list of documents
//! goes by the index on `head` and asks all nodes. Two rows are shared: the counter of the leases'
//! tokens, used when a lease changes hands, and the one that remembers the highest cursor of dropped
//! streams. On Citus, distribute all tables but `upto_layout` by `spread`.
//!
//! # Time
//!
//! Claims and leases end by the database's clock, which is one for all servers; with SQLite by that
//! of this machine.

mod counters;
mod dialect;
mod documents;
mod failure;
mod key;
mod lease;
mod log;
mod parts;
mod queue;
mod rows;
mod schema;
mod session;
mod url;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

pub(super) use self::dialect::Dialect;
use self::failure::Failure;
use self::session::{Database, Work};
pub use self::url::SqlUrl;
use super::operation::Operation;
use super::{Result, Store, StoreError, hold};
use crate::clock::Clock;

/// What claims and leases end by.
#[derive(Clone)]
pub enum HoldClock {
    /// The database's own: right for several servers on one database. SQLite has none.
    Database,
    /// This one: for a database that only this machine uses, and for tests.
    Given(Arc<dyn Clock>),
}

impl HoldClock {
    /// The database's, if it has one; else `own`.
    pub(super) fn of(url: &SqlUrl, own: Arc<dyn Clock>) -> Self {
        match url.dialect() {
            Dialect::Postgres | Dialect::MySql => HoldClock::Database,
            Dialect::Sqlite => HoldClock::Given(own),
        }
    }
}

impl fmt::Debug for HoldClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            HoldClock::Database => "Database",
            HoldClock::Given(_) => "Given",
        })
    }
}

/// The store that `postgres:`, `mysql:` and `sqlite:` URLs name.
///
/// Dropping it closes its connections after what is running on them.
#[derive(Debug)]
pub struct SqlStore {
    url: SqlUrl,
    database: Database,
}

impl SqlStore {
    /// Opens the store at `url`, and creates its tables if they are missing; several servers may do
    /// so at once. An SQLite file and its folder are created too.
    ///
    /// # Errors
    /// As [`open`](super::open).
    pub async fn open(url: &SqlUrl, clock: HoldClock) -> Result<Self> {
        let description = url.description();
        let opened = async {
            create_folder(url)?;
            let database = Database::connect(url, clock).await?;
            schema::prepare(&database).await?;
            Ok(database)
        };
        match opened.await {
            Ok(database) => Ok(SqlStore { url: url.clone(), database }),
            Err(failure) => {
                let failure: Failure = failure;
                Err(StoreError::new(failure.kind(), "open", description).because(failure.to_string()))
            }
        }
    }

    async fn reading<W: Work>(&self, operation: Operation<'_>, work: &W) -> Result<W::Output> {
        self.database.read(work).await.map_err(|failure| failure.of(operation))
    }

    async fn writing<W: Work>(&self, operation: Operation<'_>, work: &W) -> Result<W::Output> {
        self.database.write(work).await.map_err(|failure| failure.of(operation))
    }
}

#[async_trait]
impl Store for SqlStore {
    fn description(&self) -> String {
        self.url.description()
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn is_networked(&self) -> bool {
        self.url.file().is_none()
    }

    async fn compact(&self) -> Result<()> {
        let done = self.database.maintain(self.url.dialect().compaction()).await;
        done.map_err(|failure| {
            StoreError::new(failure.kind(), "compact", self.description()).because(failure)
        })
    }
}

/// The folder of a database that is a file.
fn create_folder(url: &SqlUrl) -> Result<(), Failure> {
    match url.file().and_then(std::path::Path::parent) {
        Some(folder) => std::fs::create_dir_all(folder).map_err(|error| Failure::Sql(error.into())),
        None => Ok(()),
    }
}

/// A number as it is stored; `None` for one that can't have been.
fn number_of(number: u64) -> Option<i64> {
    i64::try_from(number).ok()
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
