//! The tables, and bringing them to the version that this code knows.
//!
//! Servers that start at the same moment agree by the one row of `upto_layout`: whoever writes into
//! it until when it works on the tables, does; the others wait. That needs nothing but a row that is
//! changed atomically: neither advisory locks nor definitions in transactions, which not all of the
//! engines have. Every step can be repeated, so one that died in the middle harms nothing.

use std::time::Duration;

use sqlx::Row;
use tokio::time::sleep;

use super::failure::Failure;
use super::session::{Database, Session, Work};
use super::{counters, hold};

/// The version of the layout that this code reads and writes.
pub(super) const LAYOUT: i64 = 1;

/// How long one that works on the tables keeps the others waiting at most, should it die.
const HOLD: Duration = Duration::from_secs(60);

/// How often those who wait look again.
const PAUSE: Duration = Duration::from_millis(50);

/// How often the first table is tried for: some engines fail to create it when two do so at once.
const TRIES: u32 = 20;

const LAYOUT_TABLE: Table = Table {
    definition: "CREATE TABLE IF NOT EXISTS upto_layout (\
        id BIGINT NOT NULL, version BIGINT NOT NULL, held_until BIGINT NOT NULL, PRIMARY KEY (id)",
    index: None,
};

const TABLES: &[Table] = &[
    Table {
        definition: "CREATE TABLE IF NOT EXISTS upto_counters (\
            spread {hash} NOT NULL, name {bytes} NOT NULL, last BIGINT NOT NULL, PRIMARY KEY (spread)",
        index: None,
    },
    Table {
        definition: "CREATE TABLE IF NOT EXISTS upto_blocks (\
            spread {hash} NOT NULL, sequence BIGINT NOT NULL, \
            parts BIGINT NOT NULL, bytes {bytes} NOT NULL, PRIMARY KEY (spread, sequence)",
        index: None,
    },
    Table {
        definition: "CREATE TABLE IF NOT EXISTS upto_documents (\
            spread {hash} NOT NULL, head {head} NOT NULL, name {bytes} NOT NULL, version BIGINT NOT NULL, \
            parts BIGINT NOT NULL, bytes {bytes} NOT NULL, PRIMARY KEY (spread)",
        index: Some(Index { name: "upto_documents_by_head", table: "upto_documents", columns: "head" }),
    },
    Table {
        definition: "CREATE TABLE IF NOT EXISTS upto_tasks (\
            spread {hash} NOT NULL, task BIGINT NOT NULL, claimed BIGINT NOT NULL, \
            attempt BIGINT NOT NULL, held_until BIGINT NOT NULL, \
            parts BIGINT NOT NULL, bytes {bytes} NOT NULL, PRIMARY KEY (spread, task)",
        index: Some(Index {
            name: "upto_tasks_by_claim",
            table: "upto_tasks",
            columns: "spread, claimed, task",
        }),
    },
    Table {
        definition: "CREATE TABLE IF NOT EXISTS upto_leases (\
            spread {hash} NOT NULL, name {bytes} NOT NULL, owner {bytes} NOT NULL, token BIGINT NOT NULL, \
            held_until BIGINT NOT NULL, PRIMARY KEY (spread)",
        index: None,
    },
    Table {
        definition: "CREATE TABLE IF NOT EXISTS upto_parts (\
            spread {hash} NOT NULL, number BIGINT NOT NULL, part BIGINT NOT NULL, \
            bytes {bytes} NOT NULL, PRIMARY KEY (spread, number, part)",
        index: None,
    },
];

/// A table; the closing parenthesis is left to the dialect.
struct Table {
    definition: &'static str,
    index: Option<Index>,
}

struct Index {
    name: &'static str,
    table: &'static str,
    columns: &'static str,
}

impl Table {
    async fn create(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let inside = session.dialect().has_indexes_in_tables();
        let index = match &self.index {
            Some(Index { name, columns, .. }) if inside => format!(", INDEX {name} ({columns})"),
            _ => String::new(),
        };
        session.execute(session.query(&format!("{}{index}){{tail}}", self.definition))).await?;
        if let Some(Index { name, table, columns }) = self.index.as_ref().filter(|_| !inside) {
            let index = format!("CREATE INDEX IF NOT EXISTS {name} ON {table} ({columns})");
            session.execute(session.query(&index)).await?;
        }
        Ok(())
    }
}

/// Makes the tables be those of [`LAYOUT`].
pub(super) async fn prepare(database: &Database) -> Result<(), Failure> {
    match database.read(&Version).await {
        Ok(Some(LAYOUT)) => return Ok(()),
        // There may be no such table yet.
        Err(failure) if !failure.is_answer() => return Err(failure),
        Ok(_) | Err(_) => create_layout_table(database).await?,
    }
    loop {
        match database.read(&Version).await.map_err(foreign)? {
            Some(LAYOUT) => return Ok(()),
            Some(newer) if newer > LAYOUT => return Err(Failure::Newer(newer)),
            _ => {}
        }
        match database.write(&Take).await? {
            Some(until) => migrate(database, until).await?,
            None => sleep(PAUSE).await,
        }
    }
}

async fn create_layout_table(database: &Database) -> Result<(), Failure> {
    for _ in 0..TRIES {
        match database.write_each(&Bootstrap).await {
            Err(failure) if failure.is_present() => sleep(PAUSE).await,
            other => return other.map_err(foreign),
        }
    }
    database.write_each(&Bootstrap).await
}

/// What does not have our columns is not ours.
fn foreign(failure: Failure) -> Failure {
    use crate::store::StoreErrorKind::Damaged;
    match failure.kind() {
        Damaged => match failure {
            Failure::Sql(error) => Failure::Foreign(error),
            other => other,
        },
        _ => failure,
    }
}

/// Works on the tables, which nobody else does before `until`.
async fn migrate(database: &Database, until: i64) -> Result<(), Failure> {
    let done = database.write_each(&CreateTables).await;
    let version = if done.is_ok() { LAYOUT } else { 0 };
    database.write(&Give { until, version }).await?;
    done
}

/// The version of the layout; `None` before the first server wrote its row.
struct Version;

impl Work for Version {
    type Output = Option<i64>;

    async fn run(&self, session: &mut Session<'_>) -> Result<Option<i64>, Failure> {
        let row = session.row(session.query("SELECT version FROM upto_layout WHERE id = 1")).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }
}

/// Creates the table that the others are agreed on by, and its row.
struct Bootstrap;

impl Work for Bootstrap {
    type Output = ();

    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        LAYOUT_TABLE.create(session).await?;
        if Version.run(session).await?.is_none() {
            let row = "INSERT INTO upto_layout (id, version, held_until) VALUES (1, 0, ?)";
            session.execute(session.query(row).bind(i64::MIN)).await?;
        }
        Ok(())
    }
}

/// Takes the right to work on the tables, and returns until when; `None` if another one has it.
struct Take;

impl Work for Take {
    type Output = Option<i64>;

    async fn run(&self, session: &mut Session<'_>) -> Result<Option<i64>, Failure> {
        let now = session.now().await?;
        let until = hold::end(now, HOLD);
        let query = "UPDATE upto_layout SET held_until = ? WHERE id = 1 AND version < ? AND held_until <= ?";
        let query = session.query(query).bind(until).bind(LAYOUT).bind(now);
        Ok((session.execute(query).await? > 0).then_some(until))
    }
}

struct CreateTables;

impl Work for CreateTables {
    type Output = ();

    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        for table in TABLES {
            table.create(session).await?;
        }
        counters::create(session).await
    }
}

/// Gives the right back, which is known by its end, and says how far it came.
struct Give {
    until: i64,
    version: i64,
}

impl Work for Give {
    type Output = ();

    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let query = session
            .query("UPDATE upto_layout SET version = ?, held_until = ? WHERE id = 1 AND held_until = ?");
        session.execute(query.bind(self.version).bind(i64::MIN).bind(self.until)).await?;
        Ok(())
    }
}
