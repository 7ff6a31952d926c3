//! Streams of blocks: the table `upto_blocks`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row};

use super::failure::Failure;
use super::key::{Key, Kind};
use super::parts::{self, Stored};
use super::rows::{Value, bind_all, pieces, tuples};
use super::session::{Session, Work};
use super::{SqlStore, counters, limit_of, number_of};
use crate::store::operation::Operation;
use crate::store::{Append, Block, Cursor, Log, Result, Run};

#[async_trait]
impl Log for SqlStore {
    async fn append(&self, appends: Vec<Append>) -> Result<()> {
        let operation = Operation::append(&appends)?;
        if appends.is_empty() {
            return Ok(());
        }
        let keys = appends.iter().map(|append| Key::new(Kind::Stream, &append.stream)).collect();
        self.writing(operation, &AppendAll { appends: &appends, keys }).await
    }

    async fn read(&self, stream: &str, after: Cursor, limit: usize) -> Result<Vec<Block>> {
        let operation = Operation::on("read", "stream", stream)?;
        let Some(after) = number_of(after.0) else { return Ok(Vec::new()) };
        self.reading(operation, &Read { key: Key::new(Kind::Stream, stream), after, limit }).await
    }

    async fn replace(&self, stream: &str, run: Run, block: Vec<u8>) -> Result<bool> {
        let operation = Operation::on("replace blocks of", "stream", stream)?.value("a block", &block)?;
        let (Some(after), Some(through)) = (number_of(run.after.0), number_of(run.through.0)) else {
            return Ok(false);
        };
        let key = Key::new(Kind::Stream, stream);
        self.writing(operation, &Replace { key, after, through, count: run.count, block: &block }).await
    }

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        let operation = Operation::on("drop", "stream", stream)?;
        self.writing(operation, &DropStream(Key::new(Kind::Stream, stream))).await
    }

    async fn streams(&self) -> Result<Vec<String>> {
        self.reading(Operation::on("list", "streams", "")?, &Streams).await
    }
}

struct AppendAll<'a> {
    appends: &'a [Append],
    /// Of the streams of `appends`, one by one.
    keys: Vec<Key>,
}

impl AppendAll<'_> {
    fn counts(&self) -> BTreeMap<Key, i64> {
        let mut counts = BTreeMap::new();
        for key in &self.keys {
            *counts.entry(key.clone()).or_insert(0) += 1;
        }
        counts
    }

    /// The cursor of each block, where `next` has the first of each stream.
    fn cursors(&self, mut next: BTreeMap<Key, i64>) -> Vec<i64> {
        let cursors = self.keys.iter().filter_map(|key| {
            let next = next.get_mut(key)?;
            *next += 1;
            Some(*next - 1)
        });
        cursors.collect()
    }
}

impl Work for AppendAll<'_> {
    type Output = ();

    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let cursors = self.cursors(counters::take(session, &self.counts()).await?);
        let blocks = self.appends.iter().map(|append| append.block.as_slice());
        let rows: Vec<_> = self.keys.iter().zip(&cursors).zip(blocks).map(row).collect();
        for piece in pieces(&rows) {
            let query = session.query(&insert_into_blocks(piece.len()));
            session.execute(bind_all(query, piece)).await?;
        }
        for ((key, &cursor), append) in self.keys.iter().zip(&cursors).zip(self.appends) {
            parts::insert(session, key, cursor, &append.block).await?;
        }
        Ok(())
    }
}

fn insert_into_blocks(rows: usize) -> String {
    format!("INSERT INTO upto_blocks (spread, sequence, parts, bytes) VALUES {}", tuples(rows, 4))
}

fn row<'a>(((key, &cursor), block): ((&'a Key, &i64), &'a [u8])) -> [Value<'a>; 4] {
    let stored = Stored::new(block);
    [
        Value::Bytes(key.spread()),
        Value::Number(cursor),
        Value::Number(stored.parts),
        Value::Bytes(stored.inline),
    ]
}

struct Read {
    key: Key,
    after: i64,
    limit: usize,
}

impl Work for Read {
    type Output = Vec<Block>;

    async fn run(&self, session: &mut Session<'_>) -> Result<Vec<Block>, Failure> {
        let query = session.query(
            "SELECT sequence, parts, bytes FROM upto_blocks WHERE spread = ? AND sequence > ? \
             ORDER BY sequence LIMIT ?",
        );
        let query = query.bind(self.key.spread().to_vec()).bind(self.after).bind(limit_of(self.limit));
        let rows = session.rows(query).await?;
        let mut blocks = Vec::with_capacity(rows.len());
        for row in rows {
            match block(session, &self.key, &row).await? {
                Some(block) => blocks.push(block),
                // The stream was dropped meanwhile.
                None => break,
            }
        }
        Ok(blocks)
    }
}

async fn block(session: &mut Session<'_>, key: &Key, row: &AnyRow) -> Result<Option<Block>, Failure> {
    let sequence: i64 = row.try_get(0)?;
    let cursor = Cursor(u64::try_from(sequence).map_err(|_| Failure::Number)?);
    let bytes = parts::whole(session, key.spread(), sequence, row.try_get(1)?, row.try_get(2)?).await?;
    Ok(bytes.map(|bytes| Block { cursor, bytes }))
}

struct Replace<'a> {
    key: Key,
    after: i64,
    through: i64,
    count: usize,
    block: &'a [u8],
}

impl Work for Replace<'_> {
    type Output = bool;

    async fn run(&self, session: &mut Session<'_>) -> Result<bool, Failure> {
        // Whoever drops the stream or replaces blocks of it, too, waits for this row.
        if counters::lock(session, &self.key).await?.is_none() || !self.is_there(session).await? {
            return Ok(false);
        }
        for table in ["upto_blocks WHERE spread = ? AND sequence", "upto_parts WHERE spread = ? AND number"] {
            let query = session.query(&format!("DELETE FROM {table} BETWEEN ? AND ?"));
            session.execute(self.bound(query)).await?;
        }
        let row = row(((&self.key, &self.through), self.block));
        let query = session.query(&insert_into_blocks(1));
        session.execute(bind_all(query, &[row])).await?;
        parts::insert(session, &self.key, self.through, self.block).await?;
        Ok(true)
    }
}

impl Replace<'_> {
    /// True if the run has as many blocks as told, the last of them where it is told.
    async fn is_there(&self, session: &mut Session<'_>) -> Result<bool, Failure> {
        let query = session.query(
            "SELECT COUNT(*), MAX(sequence) FROM upto_blocks WHERE spread = ? AND sequence BETWEEN ? AND ?",
        );
        let Some(row) = session.row(self.bound(query)).await? else { return Ok(false) };
        let (count, last): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        Ok(usize::try_from(count) == Ok(self.count) && last == Some(self.through))
    }

    fn bound(&self, query: Query<'static, Any, AnyArguments>) -> Query<'static, Any, AnyArguments> {
        query.bind(self.key.spread().to_vec()).bind(self.after.saturating_add(1)).bind(self.through)
    }
}

struct DropStream(Key);

impl Work for DropStream {
    type Output = ();

    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let DropStream(key) = self;
        let Some(last) = counters::lock(session, key).await? else { return Ok(()) };
        let query = session.query("DELETE FROM upto_blocks WHERE spread = ?");
        session.execute(query.bind(key.spread().to_vec())).await?;
        parts::delete_all(session, key).await?;
        counters::forget(session, key, last).await
    }
}

/// Every stream has a counter, which goes with it.
struct Streams;

impl Work for Streams {
    type Output = Vec<String>;

    async fn run(&self, session: &mut Session<'_>) -> Result<Vec<String>, Failure> {
        let mut streams = Vec::new();
        for row in session.rows(session.query("SELECT name FROM upto_counters")).await? {
            let name: Vec<u8> = row.try_get(0)?;
            streams.extend(Key::name_of(Kind::Stream, &name).map(str::to_owned));
        }
        Ok(streams)
    }
}
