//! A store in a folder of this machine, in one [redb](https://www.redb.org) file.
//!
//! # The folder
//!
//! | file | what it is |
//! |---|---|
//! | `upto.redb` | the data |
//! | `upto.lock` | empty; locked as long as a store has the folder open |
//! | `upto.redb.new` | a data file that is being created; it gets its name when it is complete |
//!
//! # The layout, version 1
//!
//! Tables of redb; `name` is UTF-8, numbers are little-endian. In a key of two parts redb writes
//! the length of the name (one byte up to 253; above, the byte 254 and two bytes, or 255 and four),
//! the name, then the number. Keys are ordered by the bytes of the name, then by the number,
//! so a name that begins with another one is never in between.
//!
//! | table | key | value |
//! |---|---|---|
//! | `upto` | name | u64: `layout` is the version of all this, `cursor`, `task` and `token` the last one given out |
//! | `blocks` | stream, u64 cursor | a piece of a block: a byte, 1 if the next one continues it and 0 if not, then the bytes |
//! | `documents` | key | u64 version, the value |
//! | `tasks` | queue, u64 task | the payload, until the task is acknowledged |
//! | `ready` | queue, u64 task | u32: how often it was claimed; the tasks nobody holds |
//! | `held` | queue, u64 task | u32: how often it was claimed, i64: end of the claim in nanoseconds since the epoch |
//! | `leases` | lease | u64 token, i64 end in nanoseconds since the epoch, the owner |
//!
//! Cursors, tasks and tokens come from one counter each for the whole file: they grow within
//! every stream, queue and lease, and a stream that was dropped leaves nothing behind that would
//! have to be remembered to keep its cursors from being used again.
//!
//! A file that has no `layout` or a higher one is refused and left as it is.

mod documents;
mod failure;
mod file;
mod folder;
mod lease;
mod log;
mod numbers;
mod pieces;
mod queue;
mod together;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::redb::{ReadTransaction, WriteTransaction};
use async_trait::async_trait;
use tokio::task::spawn_blocking;

use self::failure::Failure;
use self::file::{DataFile, Outcome};
use self::together::Waiting;
use super::operation::Operation;
use super::{Store, StoreError};
use crate::clock::Clock;

/// The store that `redb:DIR` names.
///
/// Dropping it closes the file, which writes to the disk and so takes a moment.
pub struct RedbStore {
    folder: PathBuf,
    file: Arc<DataFile>,
    waiting: Arc<Waiting>,
    clock: Arc<dyn Clock>,
}

impl RedbStore {
    /// Opens the store in `folder`; creates both if they are missing. After a crash it first
    /// checks the whole file, which takes time in proportion to its size: 2 s for each GiB or so.
    ///
    /// # Errors
    /// As [`open`](super::open).
    pub async fn open(folder: &Path, clock: Arc<dyn Clock>) -> super::Result<Self> {
        // `set_quick_repair` would make that some milliseconds, but every commit would wait for the disk twice: 8 ms
        // instead of 4, measured with files of 0.5 and 2 GB.
        let folder = folder.to_owned();
        let place = folder.clone();
        match blocking(move || folder::open(&place)).await {
            Ok(file) => Ok(RedbStore { folder, file: Arc::new(file), waiting: Arc::default(), clock }),
            Err(failure) => {
                let error = StoreError::new(failure.kind(), "open", describe(&folder));
                Err(failure.describe(error, &folder))
            }
        }
    }

    /// Runs `work` on a snapshot.
    async fn reading<T: Send + 'static>(
        &self,
        operation: Operation<'_>,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Failure> + Send + 'static,
    ) -> super::Result<T> {
        let file = Arc::clone(&self.file);
        let done = blocking(move || file.read(work)).await;
        done.map_err(|failure| self.error(operation, &failure))
    }

    /// Runs `work`, and makes what it changed durable, together with what others write at the same time. It may run
    /// more than once, and only the last run counts. When the future is dropped before it is done, the change may happen
    /// or not.
    async fn writing<T: Send + 'static>(
        &self,
        operation: Operation<'_>,
        work: impl Fn(&WriteTransaction) -> Result<Outcome<T>, Failure> + Send + 'static,
    ) -> super::Result<T> {
        let mut told = self.waiting.add(work);
        // Writers wait here rather than inside redb, where each would occupy a thread.
        let turn = self.file.next_writer().await;
        // Whoever had the turn before may have written it.
        if told.is_empty() {
            let (file, waiting) = (Arc::clone(&self.file), Arc::clone(&self.waiting));
            let written = blocking(move || {
                let _turn = turn;
                waiting.write(&file);
                Ok(())
            });
            written.await.map_err(|failure| self.error(operation, &failure))?;
        }
        // Nobody tells when what should have written panicked.
        let written = told.try_recv().unwrap_or_else(|_| Err(Arc::new(Failure::Panicked)));
        written.map_err(|failure| self.error(operation, &failure))
    }

    fn error(&self, operation: Operation<'_>, failure: &Failure) -> StoreError {
        failure.describe(operation.failed(failure.kind()), self.file.path())
    }
}

#[async_trait]
impl Store for RedbStore {
    fn description(&self) -> String {
        describe(&self.folder)
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn compact(&self) -> super::Result<()> {
        let turn = self.file.next_writer().await;
        let file = Arc::clone(&self.file);
        let done = blocking(move || {
            let _turn = turn;
            file.compact()
        });
        done.await.map_err(|failure| {
            let error = StoreError::new(failure.kind(), "compact", describe(&self.folder));
            failure.describe(error, self.file.path())
        })
    }
}

/// The file of the store in `folder`.
pub(super) fn data_file(folder: &Path) -> PathBuf {
    folder.join(folder::DATA)
}

fn describe(folder: &Path) -> String {
    format!("redb {}", folder.display())
}

/// redb waits for the disk, which no thread of the runtime may do.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    spawn_blocking(work).await.unwrap_or_else(|stopped| Err(Failure::stopped(&stopped)))
}
