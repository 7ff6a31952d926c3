//! The data file on a disk that fails for a while.

use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use redb::backends::FileBackend;
use redb::{BackendError, Builder, StorageBackend};
use tempfile::TempDir;

use super::*;
use crate::store::StoreErrorKind;
use crate::store::redb::numbers::{self, Counter};

/// A disk on which nothing can be written while `full` is set, and that counts how often it is waited for.
#[derive(Debug)]
struct Disk {
    file: FileBackend,
    full: Arc<AtomicBool>,
    syncs: Arc<AtomicUsize>,
}

impl Disk {
    fn open(path: &Path, full: &Arc<AtomicBool>, syncs: &Arc<AtomicUsize>) -> Result<Database, Failure> {
        let file = std::fs::File::options().read(true).write(true).create(true).truncate(false).open(path);
        let file = FileBackend::new(file.map_err(Failure::Io)?)?;
        let disk = Disk { file, full: Arc::clone(full), syncs: Arc::clone(syncs) };
        Ok(Builder::new().create_with_backend(disk)?)
    }

    fn check(&self) -> io::Result<()> {
        if self.full.load(Ordering::SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()?;
        self.syncs.fetch_add(1, Ordering::SeqCst);
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        self.file.write(offset, data)
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}

pub(in crate::store::redb) struct Fixture {
    pub(in crate::store::redb) file: DataFile,
    pub(in crate::store::redb) full: Arc<AtomicBool>,
    /// How often the disk was waited for.
    pub(in crate::store::redb) syncs: Arc<AtomicUsize>,
    _folder: TempDir,
}

pub(in crate::store::redb) fn fixture() -> Fixture {
    let folder = TempDir::new().expect("a temporary folder");
    let (full, syncs) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (disk, count) = (Arc::clone(&full), Arc::clone(&syncs));
    let opener = Box::new(move |path: &Path| Disk::open(path, &disk, &count));
    let lock = FolderLock::take(folder.path()).expect("nobody else is here");
    let file = DataFile::open(folder.path().join("data"), opener, lock).expect("a new file");
    file.write(|transaction| numbers::create(transaction).map(Outcome::Changed)).expect("space");
    Fixture { file, full, syncs, _folder: folder }
}

impl Fixture {
    pub(in crate::store::redb) fn count(&self) -> Result<u64, Failure> {
        self.file.write(|transaction| Counter::Task.next(transaction).map(Outcome::Changed))
    }
}

#[test]
fn a_full_disk_is_reported_as_such_as_long_as_it_is() {
    let fixture = fixture();
    fixture.full.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let failure = fixture.count().expect_err("a full disk");
        assert_eq!(failure.kind(), StoreErrorKind::Full, "{failure}");
    }
}

#[test]
fn it_goes_on_by_itself_when_there_is_space_again() {
    let fixture = fixture();
    assert_eq!(fixture.count().expect("space"), 1);
    fixture.full.store(true, Ordering::SeqCst);
    assert!(fixture.count().is_err());
    fixture.full.store(false, Ordering::SeqCst);
    assert_eq!(fixture.count().expect("space again"), 2, "nothing lost, nothing half done");
}

#[test]
fn a_reader_from_before_the_failure_holds_it_up_only_while_it_reads() {
    let fixture = fixture();
    let reader = fixture.file.database().expect("it is open");
    fixture.full.store(true, Ordering::SeqCst);
    assert!(fixture.count().is_err());
    fixture.full.store(false, Ordering::SeqCst);
    let failure = fixture.count().expect_err("the old handle has the file locked");
    assert_eq!(failure.kind(), StoreErrorKind::Unavailable, "{failure}");
    drop(reader);
    assert_eq!(fixture.count().expect("space again"), 1);
}

#[test]
fn what_did_not_change_leaves_no_trace() {
    let fixture = fixture();
    let number = fixture.file.write(|transaction| Counter::Task.next(transaction).map(Outcome::Unchanged));
    assert_eq!(number.expect("space"), 1);
    assert_eq!(fixture.count().expect("space"), 1);
}
