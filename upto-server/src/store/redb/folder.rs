//! The folder of a store: locking it, creating the data file in it, and refusing foreign ones.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use redb::{Builder, Database, DatabaseError};

use super::failure::Failure;
use super::file::DataFile;
use super::{documents, lease, log, numbers, queue};

pub(super) const DATA: &str = "upto.redb";
const UNFINISHED: &str = "upto.redb.new";
const LOCK: &str = "upto.lock";

/// Memory for pages that were read or are yet to be written, in bytes; redb would take 1 GiB. It is not part of `--memory`. What it
/// has no room for, the system has in its own cache.
const CACHE_SIZE: usize = 32 * 1024 * 1024;

/// The exclusive right to a folder, until it is dropped.
///
/// redb locks its file as well, but only this lock makes "create it if it is missing" safe when
/// two processes start at once. The empty file stays: removing it would race.
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    pub(super) fn take(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(LOCK);
        let file = File::options().create(true).append(true).open(&path).map_err(Failure::Io)?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Failure::Locked),
            Err(TryLockError::Error(error)) => Err(Failure::Io(error)),
        }
    }
}

/// Opens the data file in `folder` and holds the folder as long as it is open; creates both if
/// they are missing.
pub(super) fn open(folder: &Path) -> Result<DataFile, Failure> {
    fs::create_dir_all(folder).map_err(Failure::Io)?;
    let lock = FolderLock::take(folder)?;
    let path = folder.join(DATA);
    if !path.try_exists().map_err(Failure::Io)? {
        create(folder, &path)?;
    }
    DataFile::open(path, Box::new(open_database), lock)
}

/// Creates the data file under another name first, so that a crash never leaves half of one.
fn create(folder: &Path, path: &Path) -> Result<(), Failure> {
    let unfinished = folder.join(UNFINISHED);
    remove_leftover(&unfinished).map_err(Failure::Io)?;
    let database = builder().create(&unfinished)?;
    create_tables(&database)?;
    drop(database);
    fs::rename(&unfinished, path).and_then(|()| sync(folder)).map_err(Failure::Io)
}

fn create_tables(database: &Database) -> Result<(), Failure> {
    let transaction = database.begin_write()?;
    numbers::create(&transaction)?;
    log::create(&transaction)?;
    documents::create(&transaction)?;
    queue::create(&transaction)?;
    lease::create(&transaction)?;
    Ok(transaction.commit()?)
}

/// Opens a data file that is there already.
fn open_database(path: &Path) -> Result<Database, Failure> {
    // Opening for writing marks the file as being in use, and what is not ours is not even to be
    // marked; hence this look at it first.
    match builder().open_read_only(path) {
        Ok(database) => numbers::check_layout(&database)?,
        // Left behind by a crash: it has to be repaired before it can be looked at.
        Err(DatabaseError::RepairAborted) => {}
        Err(other) => return Err(other.into()),
    }
    let database = builder().open(path)?;
    numbers::check_layout(&database)?;
    Ok(database)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_SIZE);
    builder
}

fn remove_leftover(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Makes a new name in the folder survive a power cut.
#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder can't be opened, and the file system sees to it.
#[cfg(not(unix))]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}
