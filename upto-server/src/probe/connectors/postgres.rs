//! PostgreSQL, or what speaks its protocol: one connection, which is kept, that may only read.

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::sync::Mutex;

use super::super::connector::{Connector, ProbeError};
use super::super::model::Probe;
use super::Timing;
use crate::watch::alerts::Hidden;

/// What is asked of every server. What one of them does not know is left out.
const USUAL: [(&str, &str); 5] = [
    ("connections", "SELECT count(*) FROM pg_stat_activity"),
    ("connections_max", "SELECT current_setting('max_connections')::int"),
    ("database_bytes", "SELECT pg_database_size(current_database())"),
    (
        "oldest_transaction_seconds",
        "SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0) FROM pg_stat_activity WHERE xact_start IS NOT NULL",
    ),
    ("is_standby", "SELECT pg_is_in_recovery()::int"),
];

pub(super) struct Postgres {
    options: PgConnectOptions,
    queries: Vec<(String, String)>,
    /// The connection, if there is one: only one that answered is kept.
    connection: Mutex<Option<PgConnection>>,
    timing: Timing,
}

impl Postgres {
    /// # Errors
    /// The URL is none.
    pub(super) fn new(
        url: &str,
        login: Option<&(String, Hidden)>,
        queries: Vec<(String, String)>,
        timing: Timing,
    ) -> Result<Self, ProbeError> {
        let options = PgConnectOptions::from_str(url);
        let options = options.map_err(|_| ProbeError::Malformed("the URL is none of PostgreSQL".into()))?;
        let limit = timing.timeout.as_millis().max(1).to_string();
        let options = options
            .application_name("upto-server")
            .options([("default_transaction_read_only", "on"), ("statement_timeout", limit.as_str())])
            .disable_statement_logging();
        let options = match login {
            Some((name, password)) => options.username(name).password(password.reveal()),
            None => options,
        };
        Ok(Postgres { options, queries, connection: Mutex::default(), timing })
    }

    async fn ask(&self, connection: &mut PgConnection) -> Result<Probe, sqlx::Error> {
        connection.ping().await?;
        let mut probe = Probe::up();
        for (figure, query) in USUAL {
            if let Some(value) = one(connection, query).await.or_else(only_refused)? {
                probe = probe.with(figure, value);
            }
        }
        for (figure, query) in &self.queries {
            probe = match one(connection, query).await {
                Ok(Some(value)) => probe.with(figure, value),
                Ok(None) => probe.but(format!("{figure}: there is no number")),
                Err(sqlx::Error::Database(error)) => probe.but(format!("{figure}: {}", error.message())),
                Err(error) => return Err(error),
            };
        }
        Ok(probe)
    }
}

/// The number that a query gives. What is asked is what whoever configures the server wrote.
async fn one(connection: &mut PgConnection, query: &str) -> Result<Option<f64>, sqlx::Error> {
    let wrapped = format!("SELECT (({query})::float8)");
    let row: Option<(Option<f64>,)> =
        sqlx::query_as(AssertSqlSafe(wrapped)).fetch_optional(connection).await?;
    Ok(row.and_then(|(value,)| value))
}

/// Nothing, where the server refused this one query.
fn only_refused(error: sqlx::Error) -> Result<Option<f64>, sqlx::Error> {
    if matches!(error, sqlx::Error::Database(_)) { Ok(None) } else { Err(error) }
}

#[async_trait]
impl Connector for Postgres {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let unreachable = |error: sqlx::Error| ProbeError::Unreachable(error.to_string());
        let mut kept = self.connection.lock().await;
        // Taken out while it is asked: one that is left in the midst of an answer is not used again.
        if let Some(mut connection) = kept.take() {
            // One that the server has closed since says nothing about the server.
            if let Ok(probe) = self.ask(&mut connection).await {
                *kept = Some(connection);
                return Ok(probe);
            }
        }
        let mut connection = self.options.connect().await.map_err(unreachable)?;
        let probe = self.ask(&mut connection).await.map_err(unreachable)?;
        *kept = Some(connection);
        Ok(probe)
    }

    super::timed!("postgres");
}
