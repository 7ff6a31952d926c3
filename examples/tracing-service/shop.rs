//! The shop's database: a real SQLite file. Each query is a span.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};

/// Open connections: reads may overlap, writes wait for each other.
const CONNECTIONS: u32 = 4;
const GOODS: [&str; 3] = ["apple", "bread", "cheese"];

/// Goods, and what was ordered.
#[derive(Clone, Debug)]
pub(crate) struct Shop(SqlitePool);

impl Shop {
    /// Opens the file, which is made if need be, and fills it.
    ///
    /// # Errors
    /// What the database says.
    #[tracing::instrument(name = "open", skip_all, err)]
    pub(crate) async fn open(file: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10));
        let shop = Shop(SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await?);
        shop.fill().await?;
        Ok(shop)
    }

    #[tracing::instrument(name = "fill", skip_all, err)]
    async fn fill(&self) -> Result<(), sqlx::Error> {
        let tables = "CREATE TABLE goods (name TEXT PRIMARY KEY, stock INTEGER NOT NULL);
                      CREATE TABLE orders (goods TEXT NOT NULL REFERENCES goods (name))";
        sqlx::raw_sql(tables).execute(&self.0).await?;
        for name in GOODS {
            sqlx::query("INSERT INTO goods VALUES (?, 1000)").bind(name).execute(&self.0).await?;
        }
        Ok(())
    }

    /// How many there are; `None`: there is no such thing.
    ///
    /// # Errors
    /// What the database says.
    #[tracing::instrument(name = "query.stock", skip(self), err)]
    pub(crate) async fn stock(&self, goods: &str) -> Result<Option<i64>, sqlx::Error> {
        sqlx::query_scalar("SELECT stock FROM goods WHERE name = ?").bind(goods).fetch_optional(&self.0).await
    }

    /// Takes one out of the stock, and notes the order.
    ///
    /// # Errors
    /// What the database says.
    #[tracing::instrument(name = "query.order", skip(self), err)]
    pub(crate) async fn order(&self, goods: &str) -> Result<(), sqlx::Error> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let less = sqlx::query("UPDATE goods SET stock = stock - 1 WHERE name = ?").bind(goods);
        less.execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO orders VALUES (?)").bind(goods).execute(&mut *transaction).await?;
        transaction.commit().await
    }
}
