//! Streams of blocks in redb: the table `blocks`.

use std::ops::{Bound, RangeInclusive};
use std::sync::Arc;

use async_trait::async_trait;
use redb::{Range, ReadTransaction, ReadableTable, StorageError, Table, TableDefinition, WriteTransaction};

use super::RedbStore;
use super::failure::Failure;
use super::file::Outcome;
use super::numbers::Counter;
use super::pieces::{LAST, Piece, is_rest, pieces_of};
use crate::store::operation::Operation;
use crate::store::{Append, Block, Cursor, Log, Result, Run};

/// By stream and cursor.
const BLOCKS: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("blocks");

type Blocks<'t> = Table<'t, (&'static str, u64), &'static [u8]>;

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

    async fn replace(&self, stream: &str, run: Run, block: Vec<u8>) -> Result<bool> {
        let operation = Operation::on("replace blocks of", "stream", stream)?.value("a block", &block)?;
        let stream = stream.to_owned();
        self.writing(operation, move |transaction| replace(transaction, &stream, run, &block)).await
    }

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        let operation = Operation::on("drop", "stream", stream)?;
        let stream = stream.to_owned();
        self.writing(operation, move |transaction| drop_stream(transaction, &stream)).await
    }

    async fn streams(&self) -> Result<Vec<String>> {
        self.reading(Operation::on("list", "streams", "")?, streams).await
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
        insert(&mut blocks, stream, first, &pieces)?;
    }
    Ok(Outcome::Changed(()))
}

/// Inserts the pieces of a block under numbers from `first` on.
fn insert(
    blocks: &mut Blocks<'_>,
    stream: &str,
    first: u64,
    pieces: &[Piece<'_>],
) -> Result<(), StorageError> {
    for (cursor, piece) in (first..).zip(pieces) {
        let mut value = blocks.insert_reserve((stream, cursor), 1 + piece.bytes.len())?;
        piece.write(value.as_mut());
    }
    Ok(())
}

/// The replacement takes the last numbers of the run, which nobody else has. Where it has more pieces than the run has
/// numbers, it is stored in one.
fn replace(
    transaction: &WriteTransaction,
    stream: &str,
    run: Run,
    block: &[u8],
) -> Result<Outcome<bool>, Failure> {
    let mut blocks = transaction.open_table(BLOCKS)?;
    let Some(first) = run.after.0.checked_add(1).filter(|first| *first <= run.through.0) else {
        return Ok(Outcome::Unchanged(false));
    };
    let numbers = (stream, first)..=(stream, run.through.0);
    if ends_of(&blocks, numbers.clone())? != Some((run.count, run.through)) {
        return Ok(Outcome::Unchanged(false));
    }
    blocks.retain_in(numbers, |_, _| false)?;
    let mut pieces = pieces_of(block, stream.len(), false);
    if pieces.len() as u64 > run.through.0 - run.after.0 {
        pieces = vec![Piece::whole(block)];
    }
    insert(&mut blocks, stream, run.through.0 + 1 - pieces.len() as u64, &pieces)?;
    Ok(Outcome::Changed(true))
}

/// How many blocks end within the numbers, and where the last does.
fn ends_of(
    blocks: &Blocks<'_>,
    numbers: RangeInclusive<(&str, u64)>,
) -> Result<Option<(usize, Cursor)>, Failure> {
    let mut ends = None;
    for entry in blocks.range(numbers)? {
        let (key, value) = entry?;
        if value.value().first() == Some(&LAST) {
            let count = ends.map_or(0, |(count, _)| count);
            ends = Some((count + 1, Cursor(key.value().1)));
        }
    }
    Ok(ends)
}

/// True if the stream's last piece leaves room in its page.
fn ends_with_rest(blocks: &Blocks<'_>, stream: &str) -> Result<bool, Failure> {
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
    let first = first_piece(&blocks, stream, first)?;
    let mut pieces = blocks.range((stream, first)..=(stream, u64::MAX))?;
    let blocks = std::iter::from_fn(|| next_block(&mut pieces).transpose());
    blocks.take(limit).collect()
}

/// Where the block begins of which the piece at `number` or the next one behind it is a part. Mostly that is `number`;
/// but where blocks were replaced meanwhile, their replacement may have begun before.
fn first_piece(
    blocks: &impl ReadableTable<(&'static str, u64), &'static [u8]>,
    stream: &str,
    number: u64,
) -> Result<u64, Failure> {
    for entry in blocks.range((stream, 0)..(stream, number))?.rev() {
        let (key, value) = entry?;
        if value.value().first() == Some(&LAST) {
            return Ok(key.value().1 + 1);
        }
    }
    Ok(0)
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

/// Goes from the first block of each stream to the first of the next one.
fn streams(transaction: &ReadTransaction) -> Result<Vec<String>, Failure> {
    let blocks = transaction.open_table(BLOCKS)?;
    let mut streams: Vec<String> = Vec::new();
    loop {
        let behind = streams.last().map(|last| (last.as_str(), u64::MAX));
        let from = behind.map_or(Bound::Unbounded, Bound::Excluded);
        let next = blocks.range::<(&str, u64)>((from, Bound::Unbounded))?.next().transpose()?;
        let Some((key, _)) = next else { return Ok(streams) };
        let name = key.value().0.to_owned();
        streams.push(name);
    }
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
