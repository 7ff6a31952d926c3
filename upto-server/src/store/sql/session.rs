//! Connections to the database, and work done on one of them.

use std::future::Future;
use std::time::Duration;

use sqlx::any::{AnyArguments, AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::time::{sleep, timeout};

use super::HoldClock;
use super::dialect::Dialect;
use super::failure::Failure;
use super::url::SqlUrl;

/// The most connections at once, per store.
const CONNECTIONS: u32 = 10;

/// How long to wait for a connection, a server that is starting up included.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// How long one piece of work may take, so that a server that fell silent holds nobody for ever.
const WORK_LIMIT: Duration = Duration::from_secs(60);

/// How often work that others undid is done again, a little later each time: 2 s in all.
const REPETITIONS: u32 = 10;

/// What is done on one connection. It may be run again when it was undone because of others.
pub(super) trait Work: Sync {
    type Output: Send;

    fn run(&self, session: &mut Session<'_>) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// A connection in use.
pub(super) struct Session<'c> {
    connection: &'c mut AnyConnection,
    dialect: Dialect,
    clock: &'c HoldClock,
}

impl Session<'_> {
    /// A statement of ours in the dialect, see [`Dialect::write`]. Values are bound, never written.
    pub(super) fn query(&self, statement: &str) -> Query<'static, Any, AnyArguments> {
        sqlx::query(AssertSqlSafe(self.dialect.write(statement)))
    }

    /// Runs it and returns how many rows it concerned.
    pub(super) async fn execute(&mut self, query: Query<'_, Any, AnyArguments>) -> Result<u64, Failure> {
        Ok(query.execute(&mut *self.connection).await?.rows_affected())
    }

    pub(super) async fn rows(&mut self, query: Query<'_, Any, AnyArguments>) -> Result<Vec<AnyRow>, Failure> {
        Ok(query.fetch_all(&mut *self.connection).await?)
    }

    pub(super) async fn row(
        &mut self,
        query: Query<'_, Any, AnyArguments>,
    ) -> Result<Option<AnyRow>, Failure> {
        Ok(query.fetch_optional(&mut *self.connection).await?)
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The time that claims and leases end by, in nanoseconds since the epoch.
    pub(super) async fn now(&mut self) -> Result<i64, Failure> {
        match self.clock {
            HoldClock::Given(clock) => Ok(clock.now()),
            HoldClock::Database => {
                let row = self.query("SELECT {now}").fetch_one(&mut *self.connection).await?;
                Ok(sqlx::Row::try_get(&row, 0)?)
            }
        }
    }
}

/// The connections of one store.
#[derive(Debug)]
pub(super) struct Database {
    dialect: Dialect,
    readers: AnyPool,
    /// The same pool, or where only one can write at a time, one connection: those who wait for it
    /// get it in turn.
    writers: AnyPool,
    clock: HoldClock,
}

impl Database {
    /// Connects once, to find out now what stands in the way.
    pub(super) async fn connect(url: &SqlUrl, clock: HoldClock) -> Result<Self, Failure> {
        install_drivers();
        let dialect = url.dialect();
        let address = url.for_driver().map_err(Failure::Place)?;
        let options = AnyConnectOptions::from_url(&address)?.disable_statement_logging();
        repeating(|| try_out(dialect, &options)).await?;
        let readers = pool(dialect, CONNECTIONS).connect_lazy_with(options.clone());
        let writers = match dialect {
            Dialect::Sqlite => pool(dialect, 1).connect_lazy_with(options),
            Dialect::Postgres | Dialect::MySql => readers.clone(),
        };
        Ok(Database { dialect, readers, writers, clock })
    }

    /// Does `work` statement by statement, each for itself.
    pub(super) async fn read<W: Work>(&self, work: &W) -> Result<W::Output, Failure> {
        repeating(|| async {
            let mut connection = self.readers.acquire().await?;
            work.run(&mut self.session(&mut connection)).await
        })
        .await
    }

    /// As [`read`](Self::read), for statements that write and can't be in a transaction.
    pub(super) async fn write_each<W: Work>(&self, work: &W) -> Result<W::Output, Failure> {
        repeating(|| async {
            let mut connection = self.writers.acquire().await?;
            work.run(&mut self.session(&mut connection)).await
        })
        .await
    }

    /// Does `work` in one transaction, which is durable on return, or undone after an error.
    pub(super) async fn write<W: Work>(&self, work: &W) -> Result<W::Output, Failure> {
        repeating(|| async {
            let mut connection = self.writers.acquire().await?;
            let mut transaction = connection.begin_with(self.dialect.begin()).await?;
            let done = work.run(&mut self.session(&mut transaction)).await;
            let ended = match &done {
                Ok(_) => transaction.commit().await,
                Err(_) => transaction.rollback().await,
            };
            if ended.is_err() {
                // Whether it is in a transaction is not known: SQLite ends one by itself when its disk fails.
                connection.close_on_drop();
            }
            // What failed counts, not that the server that failed it can't undo it either.
            if done.is_ok() {
                ended?;
            }
            done
        })
        .await
    }

    /// Runs these statements one by one, however long they take.
    ///
    /// # Errors
    /// [`Failure::InUse`] where one needs the database for itself, and others are at work in it.
    pub(super) async fn maintain(&self, statements: &[&'static str]) -> Result<(), Failure> {
        let mut connection = self.writers.acquire().await?;
        for &statement in statements {
            connection.execute(statement).await.map_err(Failure::Sql).map_err(Failure::or_in_use)?;
        }
        Ok(())
    }

    fn session<'c>(&'c self, connection: &'c mut AnyConnection) -> Session<'c> {
        Session { connection, dialect: self.dialect, clock: &self.clock }
    }
}

/// Runs `attempt`, and again, when it was undone because of others.
async fn repeating<T, F>(attempt: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let mut repetition = 0;
    loop {
        let done = timeout(WORK_LIMIT, attempt()).await.unwrap_or(Err(Failure::TimedOut(WORK_LIMIT)));
        match done {
            Err(failure) if failure.is_repeatable() && repetition < REPETITIONS => {
                sleep(Duration::from_millis(1 << repetition)).await;
                repetition += 1;
            }
            done => return done,
        }
    }
}

/// Connects once: a pool would tell only that it got no connection.
async fn try_out(dialect: Dialect, options: &AnyConnectOptions) -> Result<(), Failure> {
    let connected = timeout(CONNECT_LIMIT, options.connect()).await;
    let mut connection = connected.map_err(|_| Failure::TimedOut(CONNECT_LIMIT))??;
    greet(dialect, &mut connection).await?;
    Ok(connection.close().await?)
}

async fn greet(dialect: Dialect, connection: &mut AnyConnection) -> sqlx::Result<()> {
    for &statement in dialect.greeting() {
        connection.execute(statement).await?;
    }
    Ok(())
}

fn pool(dialect: Dialect, connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECT_LIMIT)
        .after_connect(move |connection, _| Box::pin(greet(dialect, connection)))
}

/// Tells the driver-independent layer which there are. That they were told already is fine: the
/// program that we are part of may use them too.
fn install_drivers() {
    drop(sqlx::any::install_drivers(&[
        #[cfg(feature = "mysql")]
        sqlx::mysql::any::DRIVER,
        #[cfg(feature = "postgres")]
        sqlx::postgres::any::DRIVER,
        #[cfg(feature = "sqlite")]
        sqlx::sqlite::any::DRIVER,
    ]));
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::failure::tests::serialization_failure;
    use super::*;

    #[tokio::test]
    async fn what_others_undid_is_done_again() {
        let attempts = Cell::new(0);
        let done = repeating(|| async {
            attempts.set(attempts.get() + 1);
            if attempts.get() < 3 { Err(serialization_failure()) } else { Ok(attempts.get()) }
        });
        assert_eq!(done.await.expect("the third time"), 3);
    }

    #[tokio::test]
    async fn what_may_have_happened_is_not_done_again() {
        let attempts = Cell::new(0);
        let done: Result<(), _> = repeating(|| async {
            attempts.set(attempts.get() + 1);
            Err(Failure::Sql(std::io::Error::other("the wire is cut").into()))
        })
        .await;
        assert!(done.is_err());
        assert_eq!(attempts.get(), 1);
    }
}
