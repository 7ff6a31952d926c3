//! The store on SQLite.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tempfile::TempDir;
use upto_server::clock::ManualClock;
use upto_server::store::{self, Cursor, Store, StoreErrorKind};

use super::backend::{Backend, Subject, append};
use super::sql::Database;

/// A file in a folder of its own.
pub(super) struct Sqlite(TempDir);

impl Sqlite {
    fn file(&self) -> PathBuf {
        self.0.path().join("a folder/upto.db")
    }

    async fn connect(&self) -> SqliteConnection {
        fs::create_dir_all(self.0.path().join("a folder")).expect("a folder");
        let options = SqliteConnectOptions::new().filename(self.file()).create_if_missing(true);
        options.connect().await.expect("a connection")
    }
}

impl Database for Sqlite {
    async fn address(&self) -> String {
        format!("sqlite:{}", self.file().display())
    }

    async fn execute(&self, statement: &str) {
        let mut connection = self.connect().await;
        connection.execute(AssertSqlSafe(statement)).await.expect("a statement");
        connection.close().await.expect("it closes");
    }

    async fn rows(&self, table: &str) -> i64 {
        let query = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        sqlx::query_scalar(query).fetch_one(&mut self.connect().await).await.expect("a number")
    }
}

impl Backend for Sqlite {
    fn fresh() -> Self {
        Sqlite(TempDir::new().expect("a temporary folder"))
    }

    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        let url = self.address().await.parse().expect("a store's URL");
        store::open(&url, clock).await.expect("a store in a fresh file")
    }
}

/// What a crash at this moment would leave behind: the file and what is beside it, as they are.
#[tokio::test]
async fn what_was_stored_is_in_the_files_before_they_are_closed() {
    let (running, crashed) = (Sqlite::fresh(), Sqlite::fresh());
    let store = Subject::open(&running).await.store;
    store.append(vec![append("a", "1"), append("a", "2")]).await.expect("an append");
    fs::create_dir(crashed.0.path().join("a folder")).expect("a folder");
    for name in ["a folder/upto.db", "a folder/upto.db-wal"] {
        fs::copy(running.0.path().join(name), crashed.0.path().join(name)).expect("a copy");
    }
    let recovered = Subject::open(&crashed).await.store;
    assert_eq!(recovered.read("a", Cursor::START, 9).await.expect("a read").len(), 2);
}

#[tokio::test]
async fn compacting_makes_the_file_smaller_unless_others_write() {
    let place = Sqlite::fresh();
    let store = Subject::open(&place).await.store;
    // What does not become smaller by being compressed, as the file's pages are not.
    store.append((0..64).map(|_| append("a", "x".repeat(1 << 16))).collect()).await.expect("appended");
    store.append(vec![append("b", "kept")]).await.expect("appended");
    store.drop_stream("a").await.expect("dropped");
    let mut writer = place.connect().await;
    writer.execute("BEGIN IMMEDIATE").await.expect("a transaction");
    let refusal = store.compact().await.expect_err("somebody writes");
    assert!(refusal.is_temporary(), "{refusal}");
    assert!(
        refusal.to_string().ends_with("others are at work in it; try again when no server uses it)"),
        "{refusal}"
    );
    writer.execute("ROLLBACK").await.expect("the end of it");
    writer.close().await.expect("it closes");
    let size = || fs::metadata(place.file()).expect("the file").len();
    let before = size();
    store.compact().await.expect("compacted");
    assert!(before > 4 << 20 && size() < 1 << 20, "{before} became {}", size());
    let kept = store.read("b", Cursor::START, 9).await.expect("a read");
    assert_eq!(kept[0].bytes, b"kept");
    store.append(vec![append("b", "more")]).await.expect("it goes on");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged_and_left_alone() {
    let place = Sqlite::fresh();
    fs::create_dir(place.0.path().join("a folder")).expect("a folder");
    let text = "I am a text file, and longer than the header of a database would be. ".repeat(9);
    fs::write(place.file(), &text).expect("a file");
    let url = place.address().await.parse().expect("a store's URL");
    let refusal = store::open(&url, Arc::new(ManualClock::new(1))).await.err().expect("it is refused");
    assert_eq!(refusal.kind(), StoreErrorKind::Damaged, "{refusal}");
    assert_eq!(fs::read_to_string(place.file()).expect("still a text"), text);
}
