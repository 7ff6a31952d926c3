//! The open data file: transactions, and opening it again after the disk failed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use redb::{Database, Durability, ReadTransaction, ReadableDatabase, WriteTransaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::failure::Failure;
use super::folder::FolderLock;

/// How the data file is opened: a test has a failing disk here.
pub(super) type Opener = Box<dyn Fn(&Path) -> Result<Database, Failure> + Send + Sync>;

/// What a write transaction came to.
pub(super) enum Outcome<T> {
    /// Something changed and has to become durable.
    Changed(T),
    /// Nothing was written, so that the disk can be spared.
    Unchanged(T),
}

/// The data file of one store.
///
/// After a failed read or write redb refuses everything until the file is opened anew. That is
/// done here by the next operation, so that a disk which was full for a while needs no restart.
pub(super) struct DataFile {
    path: PathBuf,
    opener: Opener,
    database: RwLock<Option<Arc<Database>>>,
    writer: Arc<Mutex<()>>,
    /// Given up last, when the database is closed.
    _lock: FolderLock,
}

impl DataFile {
    pub(super) fn open(path: PathBuf, opener: Opener, lock: FolderLock) -> Result<Self, Failure> {
        let database = RwLock::new(Some(Arc::new(opener(&path)?)));
        Ok(DataFile { path, opener, database, writer: Arc::default(), _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for the turn to write.
    pub(super) async fn next_writer(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.writer).lock_owned().await
    }

    /// Runs `work` on a snapshot. Blocks.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with_database(|database| work(&database.begin_read()?))
    }

    /// Runs `work` in a transaction; what it changed is durable on return. Blocks, also while
    /// another one writes.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<Outcome<T>, Failure>,
    ) -> Result<T, Failure> {
        self.with_database(|database| {
            let mut transaction = database.begin_write()?;
            transaction.set_durability(Durability::Immediate)?;
            match work(&transaction)? {
                Outcome::Changed(value) => transaction.commit().map(|()| value).map_err(Failure::from),
                Outcome::Unchanged(value) => transaction.abort().map(|()| value).map_err(Failure::from),
            }
        })
    }

    /// Makes the file as small as it can be. Blocks, also all others, until that is done.
    pub(super) fn compact(&self) -> Result<(), Failure> {
        // Opens it, should it be closed since the disk failed.
        drop(self.database()?);
        let mut slot = self.database.write().unwrap_or_else(PoisonError::into_inner);
        let Some(database) = slot.take() else { return Err(Failure::Reopening) };
        match Arc::try_unwrap(database) {
            Ok(mut database) => {
                database.compact()?;
                *slot = Some(Arc::new(database));
                Ok(())
            }
            Err(in_use) => {
                *slot = Some(in_use);
                Err(Failure::InUse)
            }
        }
    }

    fn with_database<T>(&self, work: impl FnOnce(&Database) -> Result<T, Failure>) -> Result<T, Failure> {
        let database = self.database()?;
        let result = work(&database);
        if let Err(Failure::Redb(_)) = result {
            self.close(&database);
        }
        result
    }

    fn database(&self) -> Result<Arc<Database>, Failure> {
        if let Some(database) = &*self.database.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Arc::clone(database));
        }
        let mut slot = self.database.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = &*slot {
            return Ok(Arc::clone(database));
        }
        let database = Arc::new((self.opener)(&self.path).map_err(still_closing)?);
        Ok(Arc::clone(slot.insert(database)))
    }

    /// Gives up `database`, unless somebody else has opened it again meanwhile. It is closed when
    /// the last transaction on it has ended.
    fn close(&self, database: &Arc<Database>) {
        let mut slot = self.database.write().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().is_some_and(|present| Arc::ptr_eq(present, database)) {
            *slot = None;
        }
    }
}

/// The folder is ours, so whoever has the file open is a transaction of our own from before.
fn still_closing(failure: Failure) -> Failure {
    match failure {
        Failure::Redb(redb::Error::DatabaseAlreadyOpen) => Failure::Reopening,
        other => other,
    }
}

#[cfg(test)]
pub(super) mod tests;
