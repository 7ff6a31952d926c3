//! Segments: a spool is one stream after the other, so that what is handed over, or too much, goes as a whole stream.

use serde::{Deserialize, Serialize};

use super::super::block::{Block, Header};
use crate::catalog::document;
use crate::store::{self, Cursor, Run, Store, StoreError, StoreErrorKind};

/// Documents of segments begin with this; the number follows.
pub(super) const SEGMENTS: &str = "spool/segment/";
/// Blocks that are read at a time: each has half a MiB, mostly less.
const PAGE: usize = 16;

/// A segment, and what of it is not acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) contents: Contents,
    /// Everything up to here is acknowledged.
    pub(super) after: Cursor,
    /// No more blocks are added to it.
    pub(super) is_sealed: bool,
    /// Its blocks were dropped; only what was lost is told.
    pub(super) is_dropped: bool,
}

/// What blocks have together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contents {
    pub(super) bytes: u64,
    pub(super) messages: u64,
    pub(super) blocks: u64,
    /// When the first and the last message were received, in nanoseconds since the epoch.
    pub(super) received: Option<(i64, i64)>,
}

/// What is stored of a segment beside its blocks.
#[derive(Debug, Default, Serialize, Deserialize)]
struct SegmentDocument {
    /// `None`: more blocks may have been added since this was written.
    contents: Option<Contents>,
}

impl Contents {
    /// Adds a block of so many bytes.
    pub(super) fn add(&mut self, header: &Header, bytes: usize) {
        self.bytes += bytes as u64;
        self.messages += header.messages;
        self.blocks += 1;
        let (first, last) = header.received;
        if header.count > 0 {
            self.received =
                Some(self.received.map_or((first, last), |known| (known.0.min(first), known.1.max(last))));
        }
    }

    /// Takes a block of so many bytes and messages away. When the rest was received stays as it is.
    pub(super) fn remove(&mut self, bytes: u64, messages: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.messages = self.messages.saturating_sub(messages);
        self.blocks = self.blocks.saturating_sub(1);
    }
}

impl Segment {
    /// A new one.
    pub(super) fn new(number: u64) -> Self {
        Segment { number, ..Segment::default() }
    }

    pub(super) fn stream(&self) -> String {
        format!("spool/{:020}", self.number)
    }

    fn key(&self) -> String {
        format!("{SEGMENTS}{:020}", self.number)
    }

    /// Says that it is there, before its first block is.
    pub(super) async fn create(&self, store: &dyn Store) -> store::Result<()> {
        let key = self.key();
        let value = document::encode(&SegmentDocument::default(), &key)?;
        match store.put(&key, None, value).await {
            // From a try whose answer was lost.
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
            done => done.map(drop),
        }
    }

    /// Says what it has, now that no more blocks are added.
    pub(super) async fn seal(&mut self, store: &dyn Store) -> store::Result<()> {
        self.is_sealed = true;
        let key = self.key();
        let value = document::encode(&SegmentDocument { contents: Some(self.contents) }, &key)?;
        let version = store.get(&key).await?.map(|document| document.version);
        store.put(&key, version, value).await.map(drop)
    }

    /// Removes all of it.
    pub(super) async fn remove(&self, store: &dyn Store) -> store::Result<()> {
        store.drop_stream(&self.stream()).await?;
        let key = self.key();
        match store.get(&key).await? {
            Some(document) => store.delete(&key, document.version).await,
            None => Ok(()),
        }
    }

    /// Reads what is not acknowledged, and puts one block in its place that says what was lost. That block has the number
    /// of the last one: who has stored that has lost nothing, and who has stored none of them knows of those behind it.
    pub(super) async fn drop_blocks(&mut self, store: &dyn Store) -> store::Result<()> {
        let received = self.contents.received.unwrap_or_default();
        let mut header = Header { received, ..Header::default() };
        let mut run = Run { after: self.after, through: self.after, count: 0 };
        loop {
            let blocks = store.read(&self.stream(), run.through, PAGE).await?;
            let Some(last) = blocks.last() else { break };
            (run.through, run.count) = (last.cursor, run.count + blocks.len());
            for block in blocks.iter().filter_map(|block| Block::decode(&block.bytes).ok()) {
                header.lost.add_block(&block);
                (header.run, header.number) = (block.header.run, block.header.number);
            }
        }
        if run.count == 0 {
            self.contents = Contents::default();
            return Ok(());
        }
        let block = Block::new(header, &[]).encode().map_err(|error| self.unwritten(error))?;
        let contents = Contents { bytes: block.len() as u64, messages: 0, blocks: 1, ..self.contents };
        if !store.replace(&self.stream(), run, block).await? {
            return Err(StoreError::new(StoreErrorKind::Conflict, "replace blocks of", self.stream()));
        }
        (self.contents, self.is_dropped) = (contents, true);
        self.seal(store).await
    }

    fn unwritten(&self, error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
        StoreError::new(StoreErrorKind::Invalid, "encode", self.stream()).because(error)
    }

    /// Finds out what it has behind `after`.
    async fn measure(&mut self, store: &dyn Store) -> store::Result<()> {
        self.contents = Contents::default();
        let mut after = self.after;
        loop {
            let blocks = store.read(&self.stream(), after, PAGE).await?;
            let Some(last) = blocks.last() else { return Ok(()) };
            after = last.cursor;
            for block in &blocks {
                // One that can't be read is counted by its bytes.
                let header = Block::decode(&block.bytes).map(|block| block.header).unwrap_or_default();
                self.contents.add(&header, block.bytes.len());
            }
        }
    }
}

/// All segments that are stored, the oldest first, none of which is open any more. Of the one that `after` is in, what
/// is behind it; those before it, which are acknowledged, are removed.
pub(super) async fn stored(store: &dyn Store, after: (u64, Cursor)) -> store::Result<Vec<Segment>> {
    let (mut segments, mut listing) = (Vec::new(), document::Listing::of(store, SEGMENTS));
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            return Ok(segments);
        }
        for (key, stored) in page {
            let Some(number) = key.strip_prefix(SEGMENTS).and_then(|number| number.parse().ok()) else {
                continue;
            };
            let known: SegmentDocument = document::decode(&key, &stored.value)?;
            let mut segment = Segment { is_sealed: true, ..Segment::new(number) };
            if number < after.0 {
                segment.remove(store).await?;
                continue;
            }
            match known.contents.filter(|_| number > after.0) {
                Some(contents) => segment.contents = contents,
                None => {
                    segment.after = if number == after.0 { after.1 } else { Cursor::START };
                    segment.measure(store).await?;
                }
            }
            segments.push(segment);
        }
    }
}
