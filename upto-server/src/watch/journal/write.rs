//! Lines on their way to the store.

use std::collections::BTreeMap;

use super::hours::{Hour, Size};
use super::{Entry, Journal, WAITING_BYTES, lock};
use crate::catalog::document;
use crate::store::{Append, Result};

/// Bytes of the lines in one block, about: a reader takes several at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// Lines that wait for the store.
#[derive(Default)]
pub(super) struct Waiting {
    entries: Vec<Entry>,
    bytes: usize,
    /// How many there were so far.
    count: u64,
}

/// Lines that are being stored.
pub(super) struct Batch {
    entries: Vec<Entry>,
    /// The number of the last of them.
    pub(super) through: u64,
}

impl Waiting {
    pub(super) fn push(&mut self, entry: Entry) -> Option<u64> {
        let bytes = self.bytes + entry.bytes();
        if bytes > WAITING_BYTES {
            return None;
        }
        self.bytes = bytes;
        self.entries.push(entry);
        self.count += 1;
        Some(self.count)
    }

    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        self.bytes + bytes <= WAITING_BYTES
    }

    pub(super) fn take(&mut self) -> Batch {
        self.bytes = 0;
        Batch { entries: std::mem::take(&mut self.entries), through: self.count }
    }

    pub(super) fn put_back(&mut self, batch: Batch) {
        self.bytes += batch.entries.iter().map(Entry::bytes).sum::<usize>();
        self.entries.splice(0..0, batch.entries);
    }
}

impl Journal {
    pub(super) async fn append(&self, batch: &Batch) -> Result<()> {
        if batch.entries.is_empty() {
            return Ok(());
        }
        let (mut appends, mut sizes) = (Vec::new(), BTreeMap::<Hour, Size>::new());
        for entries in blocks(&batch.entries) {
            let Some(first) = entries.first() else { continue };
            let hour = Hour::of(first.time);
            let stream = hour.stream();
            let block = document::encode(&entries, &stream)?;
            sizes.entry(hour).or_default().add(entries.len(), block.len());
            appends.push(Append { stream, block });
        }
        for hour in sizes.keys() {
            self.expect_hour(*hour).await?;
        }
        self.store.append(appends).await?;
        let mut hours = lock(&self.hours);
        sizes.into_iter().for_each(|(hour, size)| hours.grow(hour, size));
        Ok(())
    }
}

/// The lines in parts that are each of one hour and not too large.
fn blocks(entries: &[Entry]) -> Vec<&[Entry]> {
    let (mut found, mut rest) = (Vec::new(), entries);
    while let Some(first) = rest.first() {
        let (hour, mut bytes) = (Hour::of(first.time), 0);
        let fits = |entry: &&Entry| {
            bytes += entry.bytes();
            Hour::of(entry.time) == hour && bytes <= BLOCK_BYTES
        };
        let length = rest.iter().take_while(fits).count().max(1);
        let (block, others) = rest.split_at(length);
        found.push(block);
        rest = others;
    }
    found
}
