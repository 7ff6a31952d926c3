//! Streams of blocks in redb: the table `blocks`.

use std::sync::Arc;

use async_trait::async_trait;
use redb::{AccessGuard, ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};

use super::RedbStore;
use super::failure::Failure;
use super::file::Outcome;
use super::numbers::Counter;
use crate::store::operation::Operation;
use crate::store::{Append, Block, Cursor, Log, Result};

/// By stream and cursor.
const BLOCKS: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("blocks");

#[async_trait]
impl Log for RedbStore {
    async fn append(&self, appends: Vec<Append>) -> Result<()> {
        let appends: Arc<[Append]> = appends.into();
        let operation = Operation::append(&appends)?;
        let shared = Arc::clone(&appends);
        self.writing(operation, move |transaction| append(transaction, &shared)).await
    }

    async fn read(&self, stream: &str, after: Cursor, limit: usize) -> Result<Vec<Block>> {
        let operation = Operation::on("read", "stream", stream)?;
        let stream = stream.to_owned();
        self.reading(operation, move |transaction| read(transaction, &stream, after, limit)).await
    }

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        let operation = Operation::on("drop", "stream", stream)?;
        let stream = stream.to_owned();
        self.writing(operation, move |transaction| drop_stream(transaction, &stream)).await
    }
}

pub(super) fn create(transaction: &WriteTransaction) -> Result<(), Failure> {
    transaction.open_table(BLOCKS)?;
    Ok(())
}

fn append(transaction: &WriteTransaction, appends: &[Append]) -> Result<Outcome<()>, Failure> {
    if appends.is_empty() {
        return Ok(Outcome::Unchanged(()));
    }
    let first = Counter::Cursor.take(transaction, appends.len() as u64)?;
    let mut blocks = transaction.open_table(BLOCKS)?;
    for (cursor, append) in (first..).zip(appends) {
        blocks.insert((append.stream.as_str(), cursor), append.block.as_slice())?;
    }
    Ok(Outcome::Changed(()))
}

fn read(
    transaction: &ReadTransaction,
    stream: &str,
    after: Cursor,
    limit: usize,
) -> Result<Vec<Block>, Failure> {
    let Some(first) = after.0.checked_add(1) else { return Ok(Vec::new()) };
    let blocks = transaction.open_table(BLOCKS)?;
    let later = blocks.range((stream, first)..=(stream, u64::MAX))?.take(limit);
    later.map(|entry| entry.map(block).map_err(Failure::from)).collect()
}

type BlockEntry<'a> = (AccessGuard<'a, (&'static str, u64)>, AccessGuard<'a, &'static [u8]>);

fn block(entry: BlockEntry<'_>) -> Block {
    let (key, bytes) = entry;
    Block { cursor: Cursor(key.value().1), bytes: bytes.value().to_vec() }
}

fn drop_stream(transaction: &WriteTransaction, stream: &str) -> Result<Outcome<()>, Failure> {
    let mut blocks = transaction.open_table(BLOCKS)?;
    let all = (stream, 0)..=(stream, u64::MAX);
    if blocks.range(all.clone())?.next().is_none() {
        return Ok(Outcome::Unchanged(()));
    }
    blocks.retain_in(all, |_, _| false)?;
    Ok(Outcome::Changed(()))
}
