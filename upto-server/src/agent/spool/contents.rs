//! What is on the disk: segments, how far they are acknowledged, and what is on its way.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::super::block::Block;
use super::super::delivery::Backlog;
use super::Place;
use super::segment::{self, Segment};
use crate::catalog::document;
use crate::store::{self, Append, Cursor, Store};

/// The document that says how far the spool is acknowledged.
const ACKNOWLEDGED: &str = "spool/acknowledged";
/// Blocks that are read at a time.
const PAGE: usize = 4;
/// A segment that has so many bytes is sealed, unless the spool may not have many more.
pub(super) const SEGMENT_BYTES: u64 = 4 << 20;

/// All blocks that are on the disk.
#[derive(Debug, Default)]
pub(super) struct Spooled {
    /// The oldest one first.
    segments: VecDeque<Segment>,
    /// Blocks that were given to somebody who has not acknowledged them, in order.
    outstanding: VecDeque<Outstanding>,
    next_segment: u64,
    next_block: u64,
}

#[derive(Debug)]
struct Outstanding {
    place: Place,
    segment: u64,
    cursor: Cursor,
    bytes: u64,
    messages: u64,
    /// When the last of it was received.
    received: i64,
}

/// The last block that is acknowledged.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Acknowledged {
    segment: u64,
    cursor: u64,
}

impl Spooled {
    /// Reads what an earlier run left.
    pub(super) async fn open(store: &dyn Store) -> store::Result<Self> {
        let known = store.get(ACKNOWLEDGED).await?;
        let acknowledged = match &known {
            Some(known) => document::decode(ACKNOWLEDGED, &known.value)?,
            None => Acknowledged::default(),
        };
        let Acknowledged { segment, cursor } = acknowledged;
        let segments = VecDeque::from(segment::stored(store, (segment, Cursor(cursor))).await?);
        let last = segments.back().map_or(segment, |last| last.number.max(segment));
        Ok(Spooled { segments, outstanding: VecDeque::new(), next_segment: last + 1, next_block: 1 })
    }

    /// Nothing is left to hand over.
    pub(super) fn is_empty(&self) -> bool {
        self.segments.iter().all(|segment| segment.contents.blocks == 0)
    }

    pub(super) fn backlog(&self) -> Backlog {
        let sum = |of: fn(&Segment) -> u64| self.segments.iter().map(of).sum();
        let mut filled = self.segments.iter().filter(|segment| segment.contents.messages > 0);
        Backlog {
            bytes: sum(|segment| segment.contents.bytes),
            messages: sum(|segment| segment.contents.messages),
            oldest: filled.find_map(|segment| segment.contents.received).map(|(first, _)| first),
        }
    }

    /// What is neither acknowledged nor on its way.
    pub(super) fn backlog_behind(&self) -> Backlog {
        let Backlog { bytes, messages, oldest } = self.backlog();
        let sum = |of: fn(&Outstanding) -> u64| self.outstanding.iter().map(of).sum::<u64>();
        let messages = messages.saturating_sub(sum(|block| block.messages));
        // What is behind the last one that is on its way came later.
        let later = self.outstanding.back().map(|last| last.received).or(oldest);
        Backlog {
            bytes: bytes.saturating_sub(sum(|block| block.bytes)),
            messages,
            oldest: later.filter(|_| messages > 0),
        }
    }

    /// The number of the next block that this run writes.
    pub(super) fn take_number(&mut self) -> u64 {
        let number = self.next_block;
        self.next_block += 1;
        number
    }

    /// Appends blocks; all of them are durable when it returns.
    pub(super) async fn append(&mut self, store: &dyn Store, blocks: Vec<Vec<u8>>) -> store::Result<()> {
        self.open_segment(store).await?;
        let Some(open) = self.segments.back_mut() else { return Ok(()) };
        let mut contents = open.contents;
        for bytes in &blocks {
            let header = Block::decode(bytes).map(|block| block.header).unwrap_or_default();
            contents.add(&header, bytes.len());
        }
        let append = |block| Append { stream: open.stream(), block };
        store.append(blocks.into_iter().map(append).collect()).await?;
        open.contents = contents;
        Ok(())
    }

    /// Sees to it that the last segment is open.
    async fn open_segment(&mut self, store: &dyn Store) -> store::Result<()> {
        if self.segments.back().is_none_or(|last| last.is_sealed) {
            let segment = Segment::new(self.next_segment);
            segment.create(store).await?;
            self.next_segment += 1;
            self.segments.push_back(segment);
        }
        Ok(())
    }

    /// Seals the last segment if it is as large or as old as this.
    pub(super) async fn seal(&mut self, store: &dyn Store, bytes: u64, before: i64) -> store::Result<()> {
        let is_due = |open: &&mut Segment| {
            let is_old = open.contents.received.is_some_and(|(first, _)| first < before);
            !open.is_sealed && (open.contents.bytes >= bytes || is_old)
        };
        match self.segments.back_mut().filter(is_due) {
            Some(open) => open.seal(store).await,
            None => Ok(()),
        }
    }

    /// Blocks that are not acknowledged, up to about so many bytes, and the place of the last one.
    pub(super) async fn next(
        &mut self,
        store: &dyn Store,
        bytes: usize,
    ) -> store::Result<(Vec<Vec<u8>>, Option<Place>)> {
        self.outstanding.clear();
        let (mut blocks, mut sum) = (Vec::new(), 0);
        for segment in &self.segments {
            let mut after = segment.after;
            while sum < bytes {
                let page = store.read(&segment.stream(), after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.cursor;
                for block in page {
                    sum += block.bytes.len();
                    self.outstanding.push_back(outstanding(segment.number, &block));
                    blocks.push(block.bytes);
                    if sum >= bytes {
                        break;
                    }
                }
            }
        }
        Ok((blocks, self.outstanding.back().map(|last| last.place)))
    }

    /// Forgets everything up to this block, if it is outstanding.
    pub(super) async fn acknowledge(&mut self, store: &dyn Store, place: Place) {
        let Some(last) = self.outstanding.iter().position(|block| block.place == place) else { return };
        let mut acknowledged = Acknowledged::default();
        for block in self.outstanding.drain(..=last) {
            acknowledged = Acknowledged { segment: block.segment, cursor: block.cursor.0 };
            let of_block = |segment: &&mut Segment| segment.number == block.segment;
            if let Some(segment) = self.segments.iter_mut().find(of_block) {
                segment.after = block.cursor;
                segment.contents.remove(block.bytes, block.messages);
            }
        }
        // What can't be noted is handed over once more after a crash, which does no harm.
        if note(store, &acknowledged).await.is_ok() {
            self.remove_acknowledged(store).await;
        }
    }

    /// Nothing is outstanding any more.
    pub(super) fn take_back(&mut self) {
        self.outstanding.clear();
    }

    /// Removes segments that are acknowledged as a whole. What can't be removed is, when the spool is opened next.
    async fn remove_acknowledged(&mut self, store: &dyn Store) {
        while let Some(first) = self.segments.front()
            && first.is_sealed
            && first.contents.blocks == 0
        {
            if first.remove(store).await.is_err() {
                return;
            }
            self.segments.pop_front();
        }
    }

    /// Drops the oldest segment of which nothing is on its way, and that `is_due`; false: there is none.
    pub(super) async fn drop_oldest(
        &mut self,
        store: &dyn Store,
        is_due: impl Fn(&Segment) -> bool,
    ) -> store::Result<bool> {
        let on_its_way = self.outstanding.back().map_or(0, |last| last.segment);
        let may_go = |segment: &Segment| segment.is_sealed && segment.number > on_its_way && is_due(segment);
        let Some(at) = self.segments.iter().position(may_go) else { return Ok(false) };
        let Some(oldest) = self.segments.get_mut(at) else { return Ok(false) };
        if oldest.is_dropped {
            oldest.remove(store).await?;
            self.segments.remove(at);
        } else {
            oldest.drop_blocks(store).await?;
        }
        Ok(true)
    }
}

fn outstanding(segment: u64, block: &store::Block) -> Outstanding {
    let header = Block::decode(&block.bytes).map(|block| block.header).unwrap_or_default();
    Outstanding {
        place: Place::of(&header),
        segment,
        cursor: block.cursor,
        bytes: block.bytes.len() as u64,
        messages: header.messages,
        received: header.received.1,
    }
}

async fn note(store: &dyn Store, acknowledged: &Acknowledged) -> store::Result<()> {
    let value = document::encode(acknowledged, ACKNOWLEDGED)?;
    let version = store.get(ACKNOWLEDGED).await?.map(|known| known.version);
    store.put(ACKNOWLEDGED, version, value).await.map(drop)
}
