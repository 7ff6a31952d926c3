//! Where the servers that are killed keep their data, and the databases that are killed as well.

#[cfg(feature = "_sql")]
use std::marker::PhantomData;

use tempfile::TempDir;
#[cfg(feature = "_sql")]
use tokio::runtime::Runtime;

#[cfg(feature = "_sql")]
use crate::store::database_server::Server;
#[cfg(feature = "_sql")]
use crate::store::sql::Engine;

/// What keeps the data of the servers of one test.
pub(in crate::store) trait Keeper {
    fn start() -> Self;

    /// The text that `--store` takes.
    fn url(&self) -> String;

    /// Kills the database, if this is one.
    fn leave(&mut self) {}

    /// Has it serve again what it has kept.
    fn come_back(&mut self) {}
}

/// A folder in which a server keeps everything in a file of redb.
pub(in crate::store) struct RedbFolder(pub(in crate::store) TempDir);

impl Keeper for RedbFolder {
    fn start() -> Self {
        RedbFolder(TempDir::new().expect("a temporary folder"))
    }

    fn url(&self) -> String {
        format!("redb:{}", self.0.path().display())
    }
}

/// A file of SQLite.
#[cfg(feature = "sqlite")]
pub(in crate::store) struct SqliteFile(pub(in crate::store) TempDir);

#[cfg(feature = "sqlite")]
impl Keeper for SqliteFile {
    fn start() -> Self {
        SqliteFile(TempDir::new().expect("a temporary folder"))
    }

    fn url(&self) -> String {
        format!("sqlite:{}/upto.db", self.0.path().display())
    }
}

/// A database on a server of its own.
#[cfg(feature = "_sql")]
pub(in crate::store) struct SqlServer<E> {
    pub(in crate::store) runtime: Runtime,
    pub(in crate::store) server: Server,
    engine: PhantomData<E>,
}

/// Where its tables are.
#[cfg(feature = "_sql")]
pub(in crate::store) const DATABASE: &str = "upto";

#[cfg(feature = "_sql")]
impl<E: Engine> Keeper for SqlServer<E> {
    fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(async {
            let server = E::start().await;
            E::create(&server, DATABASE).await;
            server
        });
        SqlServer { runtime, server, engine: PhantomData }
    }

    fn url(&self) -> String {
        E::address(self.server.folder(), DATABASE)
    }

    fn leave(&mut self) {
        self.server.kill();
    }

    fn come_back(&mut self) {
        self.server.restart();
        self.runtime.block_on(E::ready(&mut self.server));
    }
}
