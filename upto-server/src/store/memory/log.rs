//! Streams of blocks in memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound::{Excluded, Included, Unbounded};

use async_trait::async_trait;

use super::{MemoryStore, lock};
use crate::store::operation::Operation;
use crate::store::{Append, Block, Cursor, Log, Result, Run};

/// One counter serves all streams, so that dropping one leaves nothing to remember.
#[derive(Debug, Default)]
pub(super) struct Streams {
    last: u64,
    blocks: HashMap<String, BTreeMap<Cursor, Vec<u8>>>,
}

impl Streams {
    fn append(&mut self, append: Append) {
        self.last += 1;
        self.blocks.entry(append.stream).or_default().insert(Cursor(self.last), append.block);
    }

    fn read(&self, stream: &str, after: Cursor, limit: usize) -> Vec<Block> {
        let Some(blocks) = self.blocks.get(stream) else { return Vec::new() };
        let later = blocks.range((Excluded(after), Unbounded)).take(limit);
        later.map(|(&cursor, bytes)| Block { cursor, bytes: bytes.clone() }).collect()
    }

    fn replace(&mut self, stream: &str, run: Run, block: Vec<u8>) -> bool {
        let Some(blocks) = self.blocks.get_mut(stream).filter(|_| run.after < run.through) else {
            return false;
        };
        let cursors: Vec<_> =
            blocks.range((Excluded(run.after), Included(run.through))).map(|(&cursor, _)| cursor).collect();
        if cursors.len() != run.count || cursors.last() != Some(&run.through) {
            return false;
        }
        for cursor in cursors {
            blocks.remove(&cursor);
        }
        blocks.insert(run.through, block);
        true
    }
}

#[async_trait]
impl Log for MemoryStore {
    async fn append(&self, appends: Vec<Append>) -> Result<()> {
        Operation::append(&appends)?;
        let mut streams = lock(&self.streams);
        appends.into_iter().for_each(|append| streams.append(append));
        Ok(())
    }

    async fn read(&self, stream: &str, after: Cursor, limit: usize) -> Result<Vec<Block>> {
        Operation::on("read", "stream", stream)?;
        Ok(lock(&self.streams).read(stream, after, limit))
    }

    async fn replace(&self, stream: &str, run: Run, block: Vec<u8>) -> Result<bool> {
        Operation::on("replace blocks of", "stream", stream)?.value("a block", &block)?;
        Ok(lock(&self.streams).replace(stream, run, block))
    }

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        Operation::on("drop", "stream", stream)?;
        lock(&self.streams).blocks.remove(stream);
        Ok(())
    }

    async fn streams(&self) -> Result<Vec<String>> {
        Ok(lock(&self.streams).blocks.keys().cloned().collect())
    }
}
