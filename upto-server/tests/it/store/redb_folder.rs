//! What a folder may hold that is not a store of ours, or not any more: it is refused with a clear
//! error and left as it is.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use redb::{Database, ReadableDatabase, ReadableTableMetadata, TableDefinition, TableHandle};
use tempfile::TempDir;
use upto_server::clock::SystemClock;
use upto_server::store::{self, Cursor, Store, StoreError, StoreErrorKind, StoreUrl};

use super::backend::append;

/// A data folder to be, in a temporary folder.
struct Folder {
    _temporary: TempDir,
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let temporary = TempDir::new().expect("a temporary folder");
        let path = temporary.path().join("data");
        Folder { _temporary: temporary, path }
    }

    /// With this as its data file.
    fn with_file(content: &[u8]) -> Self {
        let folder = Folder::new();
        fs::create_dir(&folder.path).expect("a folder");
        fs::write(folder.file(), content).expect("a file");
        folder
    }

    /// With one stream in a store that was closed.
    async fn with_store() -> Self {
        let folder = Folder::new();
        let store = folder.open().await.expect("a new store");
        store.append((0..100).map(|_| append("a", vec![7; 1000])).collect()).await.expect("an append");
        folder
    }

    fn file(&self) -> PathBuf {
        self.path.join("upto.redb")
    }

    async fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        open(&self.path).await
    }

    async fn refusal(&self) -> StoreError {
        self.open().await.err().expect("it is refused")
    }

    /// Opening fails as damaged, and leaves the file as it is.
    async fn assert_damaged(&self) {
        let before = fs::read(self.file()).expect("the file");
        let error = self.refusal().await;
        assert_eq!(error.kind(), StoreErrorKind::Damaged, "{error}");
        assert!(fs::read(self.file()).expect("the file") == before, "changed, although: {error}");
    }
}

async fn open(folder: &Path) -> Result<Arc<dyn Store>, StoreError> {
    store::open(&StoreUrl::Redb(folder.to_owned()), Arc::new(SystemClock)).await
}

async fn count(store: &Arc<dyn Store>, stream: &str) -> usize {
    store.read(stream, Cursor::START, usize::MAX).await.expect("a read").len()
}

/// Changes the layout's version, behind the store's back.
fn set_layout(file: &Path, version: u64) {
    let numbers: TableDefinition<'_, &str, u64> = TableDefinition::new("upto");
    let database = Database::open(file).expect("the store is closed");
    let transaction = database.begin_write().expect("a transaction");
    transaction.open_table(numbers).expect("the table").insert("layout", version).expect("an insert");
    transaction.commit().expect("a commit");
}

#[tokio::test]
async fn the_folder_is_created_with_its_parents() {
    let folder = Folder::new();
    let deep = folder.path.join("a b/ä/c");
    let store = open(&deep).await.expect("a new store");
    assert_eq!(store.description(), format!("redb {}", deep.display()));
    assert!(deep.join("upto.redb").is_file());
    assert!(!deep.join("upto.redb.new").exists());
}

#[tokio::test]
async fn a_folder_in_use_is_locked() {
    let folder = Folder::new();
    let store = folder.open().await.expect("a new store");
    let error = folder.refusal().await;
    assert_eq!(error.kind(), StoreErrorKind::Locked);
    assert_eq!(
        error.to_string(),
        format!(
            "cannot open redb {folder}: another upto-server has it open; \
             stop it, or choose another store than --store redb:{folder}",
            folder = folder.path.display()
        )
    );
    drop(store);
    folder.open().await.expect("it is free again");
}

#[tokio::test]
async fn a_file_in_use_is_locked() {
    let folder = Folder::with_store().await;
    let _tool = Database::open(folder.file()).expect("the store is closed");
    assert_eq!(folder.refusal().await.kind(), StoreErrorKind::Locked);
}

#[tokio::test]
async fn of_many_that_create_it_at_once_one_wins() {
    let folder = Folder::new();
    let attempts: Vec<_> = (0..8).map(|_| tokio::spawn(open_owned(folder.path.clone()))).collect();
    let mut opened = Vec::new();
    for attempt in attempts {
        match attempt.await.expect("no panic") {
            Ok(store) => opened.push(store),
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Locked, "{error}"),
        }
    }
    assert_eq!(opened.len(), 1);
}

async fn open_owned(folder: PathBuf) -> Result<Arc<dyn Store>, StoreError> {
    open(&folder).await
}

#[tokio::test]
async fn garbage_is_damaged() {
    let folder = Folder::with_file("these are my holiday notes\n".repeat(1000).as_bytes());
    folder.assert_damaged().await;
    let message = folder.refusal().await.to_string();
    assert!(message.contains("damaged or not a store of upto-server"), "{message}");
    assert!(message.contains("nothing was overwritten"), "{message}");
}

#[tokio::test]
async fn little_garbage_is_damaged() {
    for content in [&b""[..], b"x", &[0; 9], &[0; 4096], &[0xff; 320], b"redb", b"redb\x1a\x0a\xa9\x0d\x0a"] {
        Folder::with_file(content).assert_damaged().await;
    }
}

#[tokio::test]
async fn a_file_cut_short_is_damaged() {
    let whole = Folder::with_store().await;
    let bytes = fs::read(whole.file()).expect("the file");
    for length in [1, 9, 64, 320, 4095, 4096, 10_000, bytes.len() / 2, bytes.len() - 1] {
        Folder::with_file(&bytes[..length]).assert_damaged().await;
    }
    let store = Folder::with_file(&bytes).open().await.expect("the whole of it opens");
    assert_eq!(count(&store, "a").await, 100);
}

#[tokio::test]
async fn a_header_with_flipped_bits_never_opens_as_something_else() {
    let whole = Folder::with_store().await;
    let bytes = fs::read(whole.file()).expect("the file");
    // The fixed part of the header wholly, the two commit slots behind it here and there.
    for position in (0..64).chain((64..320).step_by(7)) {
        let mut flipped = bytes.clone();
        flipped[position] ^= 0x55;
        match Folder::with_file(&flipped).open().await {
            Ok(store) => assert_eq!(count(&store, "a").await, 100, "byte {position}"),
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Damaged, "byte {position}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_database_of_somebody_else_is_damaged() {
    let folder = Folder::new();
    fs::create_dir(&folder.path).expect("a folder");
    drop(Database::create(folder.file()).expect("an empty database"));
    folder.assert_damaged().await;
    let theirs: TableDefinition<'_, u64, &str> = TableDefinition::new("upto");
    let database = Database::open(folder.file()).expect("their database");
    let transaction = database.begin_write().expect("a transaction");
    transaction.open_table(theirs).expect("their table").insert(1, "theirs").expect("an insert");
    transaction.commit().expect("a commit");
    drop(database);
    folder.assert_damaged().await;
    let message = folder.refusal().await.to_string();
    assert!(message.contains("it is a redb file, but not of upto-server"), "{message}");
}

#[tokio::test]
async fn a_newer_layout_is_refused() {
    let folder = Folder::with_store().await;
    set_layout(&folder.file(), 2);
    let before = fs::read(folder.file()).expect("the file");
    let error = folder.refusal().await;
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    let message = error.to_string();
    assert!(message.contains("its layout is version 2, of a newer upto-server"), "{message}");
    assert!(fs::read(folder.file()).expect("the file") == before, "changed");
    set_layout(&folder.file(), 1);
    assert_eq!(count(&folder.open().await.expect("ours again"), "a").await, 100);
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_unavailable() {
    let folder = Folder::new();
    fs::write(&folder.path, "I am a file").expect("a file");
    let error = folder.refusal().await;
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().contains(&folder.path.display().to_string()), "{error}");
    assert_eq!(fs::read(&folder.path).expect("still a file"), b"I am a file");
}

#[tokio::test]
async fn a_folder_below_a_file_is_unavailable() {
    let folder = Folder::new();
    fs::write(&folder.path, "I am a file").expect("a file");
    let error = open(&folder.path.join("below")).await.err().expect("it is refused");
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    assert!(error.is_temporary());
}

#[tokio::test]
async fn a_data_file_that_is_a_folder_is_unavailable() {
    let folder = Folder::new();
    fs::create_dir_all(folder.file()).expect("a folder");
    assert_eq!(folder.refusal().await.kind(), StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn a_creation_that_was_interrupted_starts_over() {
    let folder = Folder::new();
    fs::create_dir(&folder.path).expect("a folder");
    let unfinished = File::create(folder.path.join("upto.redb.new")).expect("a file");
    unfinished.set_len(100_000).expect("space");
    let store = folder.open().await.expect("a new store");
    store.append(vec![append("a", "1")]).await.expect("an append");
    assert!(!folder.path.join("upto.redb.new").exists());
}

#[tokio::test]
async fn what_was_stored_is_in_the_file_before_it_is_closed() {
    let running = Folder::new();
    let store = running.open().await.expect("a new store");
    store.append(vec![append("a", "1"), append("a", "2")]).await.expect("an append");
    store.put("key", None, b"value".to_vec()).await.expect("a put");
    // What a crash at this moment would leave behind.
    let crashed = Folder::with_file(&fs::read(running.file()).expect("the file"));
    let recovered = crashed.open().await.expect("it is repaired");
    assert_eq!(count(&recovered, "a").await, 2);
    assert!(recovered.get("key").await.expect("a get").is_some());
}

#[tokio::test]
async fn what_is_over_leaves_nothing_behind() {
    let folder = Folder::new();
    let store = folder.open().await.expect("a new store");
    let hold = Duration::from_secs(60);
    store.append(vec![append("a", "1")]).await.expect("an append");
    store.drop_stream("a").await.expect("a drop");
    store.put("key", None, b"value".to_vec()).await.expect("a put");
    store.delete("key", 1).await.expect("a delete");
    store.push("q", b"task".to_vec()).await.expect("a push");
    let claims = store.claim("q", 1, hold).await.expect("a claim");
    assert!(store.acknowledge("q", &claims[0]).await.expect("an acknowledgement"));
    let lease = store.acquire("sweep", "one", hold).await.expect("an acquire").expect("it is free");
    store.release(&lease).await.expect("a release");
    drop(store);
    assert_eq!(rows(&folder.file()), [("upto".to_owned(), 4)], "the layout and three counters");
}

/// The tables that have rows, and how many.
fn rows(file: &Path) -> Vec<(String, u64)> {
    let database = Database::open(file).expect("the store is closed");
    let transaction = database.begin_read().expect("a transaction");
    let tables = transaction.list_tables().expect("a list");
    let counts = tables.map(|table| {
        let name = table.name().to_owned();
        let rows = transaction.open_untyped_table(table).expect("a table").len().expect("a count");
        (name, rows)
    });
    counts.filter(|&(_, rows)| rows > 0).collect()
}
