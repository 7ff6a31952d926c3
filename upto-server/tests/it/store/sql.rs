//! What the stores on SQL databases have to do beside what all have to: together with other servers
//! on the same database, and when that fails.

pub(super) mod failing;
pub(super) mod tls;
pub(super) mod together;

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::OnceCell;
use upto_server::clock::ManualClock;
use upto_server::store::{HoldClock, SqlStore, SqlUrl, Store, StoreUrl};

use self::tls::Certificate;
use super::backend::Backend;
#[cfg(any(feature = "mysql", feature = "postgres"))]
use super::backend::Place;
use super::database_server::Server;

/// A kind of database server.
pub(super) trait Engine {
    /// What tables are kept apart in, as SQL calls it.
    const PLACE: &str;

    /// The place that is always there.
    const ADMINISTRATION: &str;

    /// One server for all tests of a process; each test has a place of its own.
    fn shared() -> &'static OnceCell<Server>;

    /// The parameters of a URL that ask for TLS with whatever certificate.
    const ENCRYPTED: &str;

    /// Those that ask for the right certificate, which the authority in the file added vouches for.
    const VERIFIED: &str;

    /// Starts one that is reached by a socket in its folder.
    fn launch() -> Server;

    /// Starts one that is also reached at an address, and there by TLS only.
    fn launch_with_tls(address: SocketAddr, certificate: &Certificate) -> Server;

    /// The URL of a place on the server in this folder.
    fn address(folder: &Path, place: &str) -> String;

    async fn execute(address: &str, statement: &str) -> sqlx::Result<()>;

    /// The one number that a query gives.
    async fn number(address: &str, query: &str) -> sqlx::Result<i64>;

    /// The name of fixtures of such a server.
    const DUMP: &str;

    /// The program that writes a place, and everything in it, as statements.
    fn dump(folder: &Path, place: &str) -> Command;

    async fn start() -> Server {
        let mut server = Self::launch();
        Self::ready(&mut server).await;
        server
    }

    async fn ready(server: &mut Server) {
        let address = Self::address(server.folder(), Self::ADMINISTRATION);
        Self::answers(server, &address).await;
    }

    async fn answers(server: &mut Server, address: &str) {
        server.ready(async || Self::execute(address, "SELECT 1").await).await;
    }

    /// The URL of the place that is always there, at an address.
    fn remote(address: SocketAddr, parameters: &str) -> String;

    async fn create(server: &Server, place: &str) {
        let address = Self::address(server.folder(), Self::ADMINISTRATION);
        let statement = format!("CREATE {} {place}", Self::PLACE);
        Self::execute(&address, &statement).await.expect("a new place");
    }
}

/// A fresh database on the shared server.
pub(super) struct Fresh<E> {
    name: String,
    created: OnceCell<()>,
    engine: PhantomData<E>,
}

/// A back end whose rows can be got at directly.
pub(super) trait Database: Backend {
    /// The URL of the database, which is created first if it is not there.
    async fn address(&self) -> String;

    async fn execute(&self, statement: &str);

    /// How many rows a table has.
    async fn rows(&self, table: &str) -> i64;
}

impl<E: Engine> Database for Fresh<E> {
    async fn address(&self) -> String {
        let server = E::shared().get_or_init(E::start).await;
        self.created.get_or_init(|| E::create(server, &self.name)).await;
        E::address(server.folder(), &self.name)
    }

    async fn execute(&self, statement: &str) {
        E::execute(&self.address().await, statement).await.expect("a statement");
    }

    async fn rows(&self, table: &str) -> i64 {
        let query = format!("SELECT COUNT(*) FROM {table}");
        E::number(&self.address().await, &query).await.expect("a number")
    }
}

impl<E: Engine> Backend for Fresh<E> {
    fn fresh() -> Self {
        static DATABASES: AtomicU32 = AtomicU32::new(0);
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        Fresh { name: format!("upto{number}"), created: OnceCell::new(), engine: PhantomData }
    }

    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        open(&self.address().await, clock).await
    }
}

#[cfg(any(feature = "mysql", feature = "postgres"))]
impl<E: Engine> Place for Fresh<E> {
    async fn url(&self) -> String {
        self.address().await
    }
}

pub(super) async fn open(address: &str, clock: Arc<ManualClock>) -> Arc<dyn Store> {
    Arc::new(SqlStore::open(&sql_url(address), HoldClock::Given(clock)).await.expect("a store"))
}

pub(super) fn sql_url(address: &str) -> SqlUrl {
    match address.parse() {
        Ok(StoreUrl::Sql(url)) => url,
        other => panic!("{address} is {other:?}"),
    }
}

/// What every SQL database has to do.
macro_rules! together {
    ($name:ident, $backend:ty) => {
        mod $name {
            use crate::store::backend::Backend;

            together! { $backend:
                eight_servers_may_start_at_the_same_moment,
                readers_of_another_server_skip_nothing,
                what_one_server_did_the_other_one_sees,
                dropped_streams_never_use_a_cursor_again,
                keys_that_differ_late_are_listed_in_order,
                values_may_become_long_and_short_again,
                nothing_is_left_of_what_is_over,
                a_newer_layout_is_refused,
                tables_of_somebody_else_are_damaged,
                a_start_that_was_interrupted_is_finished,
            }
        }
    };
    ($backend:ty: $($behaviour:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                crate::store::sql::together::$behaviour(<$backend>::fresh()).await;
            }
        )+
    };
}

/// What a database that is a server has to do when it fails.
macro_rules! failing {
    ($name:ident, $engine:ty) => {
        mod $name {
            use crate::store::backend::Backend;
            use crate::store::sql::{Database, Fresh, failing, tls};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
                failing::nothing_acknowledged_is_lost_when_the_server_is_killed::<$engine>().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn leases_end_by_the_clock_of_the_database() {
                let address = Fresh::<$engine>::fresh().address().await;
                failing::leases_end_by_the_clock_of_the_database::<$engine>(&address).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn credentials_are_in_no_error() {
                let address = Fresh::<$engine>::fresh().address().await;
                failing::credentials_are_in_no_error::<$engine>(&address).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_url_may_ask_for_tls() {
                tls::a_url_may_ask_for_tls::<$engine>().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn tls_that_is_not_there_is_not_done_without() {
                let address = Fresh::<$engine>::fresh().address().await;
                tls::tls_that_is_not_there_is_not_done_without::<$engine>(&address).await;
            }
        }
    };
}
