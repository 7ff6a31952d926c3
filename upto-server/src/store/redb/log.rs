//! Streams of blocks in redb: the table `blocks`.

use std::sync::Arc;

use async_trait::async_trait;
use redb::{Range, ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction};

use super::RedbStore;
use super::failure::Failure;
use super::file::Outcome;
use super::numbers::Counter;
use super::pieces::{LAST, is_rest, pieces_of};
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
    let mut blocks = transaction.open_table(BLOCKS)?;
    for Append { stream, block } in appends {
        let pieces = pieces_of(block, stream.len(), ends_with_rest(&blocks, stream)?);
        let first = Counter::Cursor.take(transaction, pieces.len() as u64)?;
        for (cursor, piece) in (first..).zip(pieces) {
            let mut value = blocks.insert_reserve((stream.as_str(), cursor), 1 + piece.bytes.len())?;
            piece.write(value.as_mut());
        }
    }
    Ok(Outcome::Changed(()))
}

/// True if the stream's last piece leaves room in its page.
fn ends_with_rest(blocks: &Table<'_, (&str, u64), &[u8]>, stream: &str) -> Result<bool, Failure> {
    let last = blocks.range((stream, 0)..=(stream, u64::MAX))?.next_back().transpose()?;
    Ok(last.is_some_and(|(_, piece)| is_rest(piece.value().len())))
}

fn read(
    transaction: &ReadTransaction,
    stream: &str,
    after: Cursor,
    limit: usize,
) -> Result<Vec<Block>, Failure> {
    let Some(first) = after.0.checked_add(1) else { return Ok(Vec::new()) };
    let blocks = transaction.open_table(BLOCKS)?;
    let mut pieces = blocks.range((stream, first)..=(stream, u64::MAX))?;
    let blocks = std::iter::from_fn(|| next_block(&mut pieces).transpose());
    blocks.take(limit).collect()
}

/// Puts a block together from its pieces; it has the cursor of the last one.
fn next_block(pieces: &mut Range<'_, (&'static str, u64), &'static [u8]>) -> Result<Option<Block>, Failure> {
    let mut bytes = Vec::new();
    for entry in pieces {
        let (key, value) = entry?;
        let (head, piece) = value.value().split_first().ok_or(Failure::Piece)?;
        bytes.extend_from_slice(piece);
        if *head == LAST {
            return Ok(Some(Block { cursor: Cursor(key.value().1), bytes }));
        }
    }
    if bytes.is_empty() { Ok(None) } else { Err(Failure::Piece) }
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
