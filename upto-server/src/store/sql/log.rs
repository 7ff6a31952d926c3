//! Streams of blocks: the table `upto_blocks`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::failure::Failure;
use super::key::{Key, Kind};
use super::parts::{self, Stored};
use super::rows::{Value, bind_all, pieces, tuples};
use super::session::{Session, Work};
use super::{SqlStore, counters, limit_of, number_of};
use crate::store::operation::Operation;
use crate::store::{Append, Block, Cursor, Log, Result};

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

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        let operation = Operation::on("drop", "stream", stream)?;
        self.writing(operation, &DropStream(Key::new(Kind::Stream, stream))).await
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
        let rows: Vec<_> = self.keys.iter().zip(&cursors).zip(self.appends).map(row).collect();
        for piece in pieces(&rows) {
            let values = tuples(piece.len(), 4);
            let query = session
                .query(&format!("INSERT INTO upto_blocks (spread, sequence, parts, bytes) VALUES {values}"));
            session.execute(bind_all(query, piece)).await?;
        }
        for ((key, &cursor), append) in self.keys.iter().zip(&cursors).zip(self.appends) {
            parts::insert(session, key, cursor, &append.block).await?;
        }
        Ok(())
    }
}

fn row<'a>(((key, &cursor), append): ((&'a Key, &i64), &'a Append)) -> [Value<'a>; 4] {
    let stored = Stored::new(&append.block);
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
