//! Streams of blocks: each is a Stream of Redis, whose entries are named by their cursors.

mod spanning;

use std::collections::BTreeSet;

use async_trait::async_trait;
use redis::cmd;

use self::spanning::{Part, parts};
use super::RedisStore;
use super::connection::Present;
use super::failure::Failure;
use super::script::{self, Call};
use super::shard::Shard;
use crate::store::operation::Operation;
use crate::store::{Append, Block, Cursor, Log, Result, Run};

/// How many blocks are asked for at first, when nobody knows how large they are.
const FIRST_PAGE: usize = 16;

/// How many blocks are asked for at most.
const LARGEST_PAGE: usize = 4096;

/// How many bytes an answer should have, so that Redis is soon there for others.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

/// How many keys one script looks at, so that Redis is soon there for others.
const KEYS_LOOKED_AT: u64 = 1_000;

/// An entry of a Stream: its name, its field and what is in it.
type Entry = (String, (Vec<u8>, Vec<u8>));

#[async_trait]
impl Log for RedisStore {
    async fn append(&self, appends: Vec<Append>) -> Result<()> {
        let operation = Operation::append(&appends)?;
        self.append_all(&appends).await.map_err(|failure| failure.of(operation))
    }

    async fn read(&self, stream: &str, after: Cursor, limit: usize) -> Result<Vec<Block>> {
        let operation = Operation::on("read", "stream", stream)?;
        self.read_pages(stream, after, limit).await.map_err(|failure| failure.of(operation))
    }

    async fn replace(&self, stream: &str, run: Run, block: Vec<u8>) -> Result<bool> {
        let operation = Operation::on("replace blocks of", "stream", stream)?.value("a block", &block)?;
        self.replace_run(stream, run, &block).await.map_err(|failure| failure.of(operation))
    }

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        let operation = Operation::on("drop", "stream", stream)?;
        self.drop_all(stream).await.map_err(|failure| failure.of(operation))
    }

    async fn streams(&self) -> Result<Vec<String>> {
        let operation = Operation::on("list", "streams", "")?;
        self.all_streams().await.map_err(|failure| failure.of(operation))
    }
}

impl RedisStore {
    async fn append_all(&self, appends: &[Append]) -> Result<(), Failure> {
        let present = self.link.present().await?;
        match &parts(&present.shards, appends)[..] {
            [] => Ok(()),
            [part] => self.link.run(&present, &append(part)).await.map(|_count: u64| ()),
            parts => spanning::append(&self.link, &present, parts).await,
        }
    }

    async fn read_pages(&self, stream: &str, mut after: Cursor, limit: usize) -> Result<Vec<Block>, Failure> {
        let present = self.link.present().await?;
        let shard = present.shards.of(stream);
        self.settle(&present, &shard).await?;
        let (mut blocks, mut count) = (Vec::new(), FIRST_PAGE);
        while blocks.len() < limit {
            let asked = count.min(limit - blocks.len());
            let (is_last, page) = self.page(&present, &shard, stream, after, asked).await?;
            after = page.last().map_or(after, |block| block.cursor);
            count = next_count(&page);
            blocks.extend(page);
            if is_last {
                break;
            }
        }
        Ok(blocks)
    }

    /// Up to `count` blocks, fewer where they are large, and whether there were no more.
    async fn page(
        &self,
        present: &Present,
        shard: &Shard,
        stream: &str,
        after: Cursor,
        count: usize,
    ) -> Result<(bool, Vec<Block>), Failure> {
        let Some(first) = after.0.checked_add(1) else { return Ok((true, Vec::new())) };
        let call = Call::new(&script::READ, [shard.named("stream", stream), shard.named("replaced", stream)]);
        let call = call.number(first).number(count as u64).number(PAGE_BYTES as u64);
        let (is_last, entries): (bool, Vec<Entry>) = self.link.run(present, &call).await?;
        let blocks = entries.into_iter().map(block).collect::<Result<_, _>>()?;
        Ok((is_last, blocks))
    }

    async fn replace_run(&self, stream: &str, run: Run, block: &[u8]) -> Result<bool, Failure> {
        let Some(first) = run.after.0.checked_add(1) else { return Ok(false) };
        let present = self.link.present().await?;
        let shard = present.shards.of(stream);
        self.settle(&present, &shard).await?;
        let keys = [shard.named("stream", stream), shard.named("replaced", stream)];
        let call = Call::new(&script::REPLACE, keys).number(first).number(run.through.0);
        self.link.run(&present, &call.number(run.count as u64).bytes(block)).await
    }

    async fn drop_all(&self, stream: &str) -> Result<(), Failure> {
        let present = self.link.present().await?;
        let shard = present.shards.of(stream);
        self.settle(&present, &shard).await?;
        let mut command = cmd("UNLINK");
        command.arg(shard.named("stream", stream)).arg(shard.named("replaced", stream));
        self.link.command(&present, &command).await.map(|_count: u64| ())
    }

    /// Looks at all keys for every shard: Redis has no other way to tell which there are.
    async fn all_streams(&self) -> Result<Vec<String>, Failure> {
        let present = self.link.present().await?;
        // A key may be told twice.
        let mut streams = BTreeSet::new();
        for shard in present.shards.all() {
            self.settle(&present, &shard).await?;
            let mut from = b"0".to_vec();
            loop {
                let call = Call::new(&script::STREAMS, [shard.key("numbers")]).bytes(from);
                let call = call.bytes(shard.named("stream", "")).number(KEYS_LOOKED_AT);
                let (next, names): (Vec<u8>, Vec<String>) = self.link.run(&present, &call).await?;
                streams.extend(names);
                from = next;
                if from == b"0" {
                    break;
                }
            }
        }
        Ok(streams.into_iter().collect())
    }

    /// Completes what others have begun in this shard.
    async fn settle(&self, present: &Present, shard: &Shard) -> Result<(), Failure> {
        if present.shards.are_many() {
            spanning::settle(&self.link, present, shard).await?;
        }
        Ok(())
    }

    /// Completes what a server began that is gone.
    pub(super) async fn sweep(&self) -> Result<(), Failure> {
        let present = self.link.present().await?;
        if present.shards.are_many() {
            spanning::sweep(&self.link, &present).await?;
        }
        Ok(())
    }
}

/// Appends what is all in one shard.
fn append<'a>(part: &Part<'a>) -> Call<'a> {
    let streams = part.appends.iter().map(|append| part.shard.named("stream", &append.stream));
    let call = Call::new(&script::APPEND, std::iter::once(part.shard.key("numbers")).chain(streams));
    part.appends.iter().fold(call, |call, append| call.bytes(append.block.as_slice()))
}

fn block((name, (_field, bytes)): Entry) -> Result<Block, Failure> {
    let cursor = name.split_once('-').and_then(|(cursor, _)| cursor.parse().ok());
    let cursor = cursor.ok_or(Failure::Unexpected("an entry of a stream without a cursor"))?;
    Ok(Block { cursor: Cursor(cursor), bytes })
}

/// As many as fill a page if they are like the ones before.
fn next_count(page: &[Block]) -> usize {
    let bytes: usize = page.iter().map(|block| block.bytes.len()).sum();
    let average = bytes / page.len().max(1);
    (PAGE_BYTES / average.max(1)).clamp(FIRST_PAGE, LARGEST_PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(count: usize, length: usize) -> Vec<Block> {
        vec![Block { cursor: Cursor(1), bytes: vec![0; length] }; count]
    }

    #[test]
    fn pages_grow_as_long_as_blocks_are_small() {
        assert_eq!(next_count(&blocks(16, 1)), LARGEST_PAGE);
        assert_eq!(next_count(&blocks(16, 64 * 1024)), 128);
        assert_eq!(next_count(&blocks(16, 16 * 1024 * 1024)), FIRST_PAGE);
        assert_eq!(next_count(&[]), LARGEST_PAGE);
    }
}
