//! The kinds of stores that there are fixtures of: taking out what one has, and putting it back.

use std::fs;
use std::sync::Arc;

use indicatif::ProgressBar;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteConnectOptions;
#[cfg(feature = "sqlite")]
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::runtime::Runtime;
use upto_server::clock::SystemClock;
use upto_server::maintenance::{export, import};
use upto_server::store::{self, Store, StoreUrl};

#[cfg(feature = "_sql")]
use crate::store::kills::SqlServer;
#[cfg(feature = "sqlite")]
use crate::store::kills::SqliteFile;
#[cfg(feature = "_sql")]
use crate::store::kills::keeper::DATABASE;
use crate::store::kills::{Keeper, RedbFolder};
#[cfg(feature = "_sql")]
use crate::store::sql::Engine;

/// A store that no server has open at the moment.
pub(in crate::store) trait Kept: Keeper + Sized {
    /// The name of its fixtures.
    const FILE: &str;

    /// Everything in it.
    fn save(&self) -> Vec<u8>;

    /// Puts everything that was saved into this empty one.
    fn load(&self, saved: &[u8]);

    fn restore(saved: &[u8]) -> Self {
        let kept = Self::start();
        kept.load(saved);
        kept
    }
}

impl Kept for RedbFolder {
    const FILE: &str = "upto.redb";

    fn save(&self) -> Vec<u8> {
        fs::read(self.0.path().join("upto.redb")).expect("the file of the store")
    }

    fn load(&self, saved: &[u8]) {
        fs::write(self.0.path().join("upto.redb"), saved).expect("written");
    }
}

/// An export of a store, whatever kind that is.
pub(in crate::store) struct Export(RedbFolder);

impl Export {
    async fn open(&self) -> Arc<dyn Store> {
        let url: StoreUrl = self.url().parse().expect("a store's URL");
        store::open(&url, Arc::new(SystemClock)).await.expect("a store")
    }
}

impl Keeper for Export {
    fn start() -> Self {
        Export(RedbFolder::start())
    }

    fn url(&self) -> String {
        self.0.url()
    }
}

impl Kept for Export {
    const FILE: &str = "export";

    fn save(&self) -> Vec<u8> {
        let mut saved = Vec::new();
        runtime().block_on(async {
            let store = self.open().await;
            export(store.as_ref(), &mut saved, &ProgressBar::hidden()).await.expect("an export");
        });
        saved
    }

    fn load(&self, mut saved: &[u8]) {
        runtime().block_on(async {
            let store = self.open().await;
            import(store.as_ref(), &mut saved, &ProgressBar::hidden()).await.expect("an import");
        });
    }
}

#[cfg(feature = "sqlite")]
impl Kept for SqliteFile {
    const FILE: &str = "upto.sqlite";

    /// A copy, because the newest may be in a file beside the first one.
    fn save(&self) -> Vec<u8> {
        let copy = self.0.path().join("copy.db");
        let options = SqliteConnectOptions::new().filename(self.0.path().join("upto.db"));
        runtime().block_on(async {
            let mut connection = options.connect().await.expect("a connection");
            let statement = format!("VACUUM INTO '{}'", copy.display());
            connection.execute(AssertSqlSafe(statement)).await.expect("a copy");
            connection.close().await.expect("it closes");
        });
        fs::read(copy).expect("the copy")
    }

    fn load(&self, saved: &[u8]) {
        fs::write(self.0.path().join("upto.db"), saved).expect("written");
    }
}

#[cfg(feature = "_sql")]
impl<E: Engine> Kept for SqlServer<E> {
    const FILE: &str = E::DUMP;

    /// The statements, without the lines that only the engine's own command understands, or only its latest version.
    fn save(&self) -> Vec<u8> {
        let output = E::dump(self.server.folder(), DATABASE).output().expect("the program that dumps");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        let is_sql = |line: &&str| {
            !["\\", "/*M!", "SET transaction_timeout"].iter().any(|other| line.starts_with(other))
        };
        text.lines().filter(is_sql).flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
    }

    fn load(&self, saved: &[u8]) {
        let address = E::address(self.server.folder(), E::ADMINISTRATION);
        let statements = str::from_utf8(saved).expect("text");
        self.runtime.block_on(async {
            // It is created by what was saved.
            E::execute(&address, &format!("DROP {} {DATABASE}", E::PLACE)).await.expect("dropped");
            E::execute(&address, statements).await.expect("restored");
        });
    }
}

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}
