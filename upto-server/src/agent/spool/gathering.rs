//! What has come in and is not on the disk yet.

use std::net::IpAddr;

use upto::wire::Batch;

use super::super::block::{Block, Entry, EntryKind, Header, write_entry};
use super::super::lost::Lost;

/// Nothing is added to a block that has so many bytes.
const BLOCK_BYTES: usize = 512 << 10;
/// Single messages of one sender are joined to one entry up to so many bytes.
const SINGLES_BYTES: usize = 4 << 10;
/// What waits for the disk at most; beyond that, it is refused.
const WAITING_BYTES: usize = 16 << 20;

/// There is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

/// Blocks that are being filled.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    /// The last one is open.
    blocks: Vec<Open>,
    /// Of all of them.
    bytes: usize,
    /// Single messages of one sender, which more may be joined to.
    singles: Option<Singles>,
    /// What was refused since the last blocks were taken.
    lost: Lost,
}

/// A block that is being filled, or was.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) header: Header,
    pub(super) entries: Vec<u8>,
}

#[derive(Debug)]
struct Singles {
    peer: IpAddr,
    received: i64,
    bytes: Vec<u8>,
    messages: u64,
}

impl Gathering {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes == 0 && self.lost.is_empty()
    }

    /// Bytes that wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether so many bytes more may be added. What is larger than the limit is taken alone.
    pub(super) fn expect_room(&self, bytes: usize) -> Result<(), NoRoom> {
        if self.bytes > 0 && self.bytes + bytes > WAITING_BYTES { Err(NoRoom) } else { Ok(()) }
    }

    /// Adds what came in at once; so many messages are in it.
    pub(super) fn add(&mut self, entry: &Entry<'_>, messages: u64) {
        self.bytes += entry.bytes.len();
        match entry.kind {
            EntryKind::Singles if entry.bytes.len() < SINGLES_BYTES => self.join(entry, messages),
            _ => {
                self.finish_singles();
                self.write(entry, messages);
            }
        }
    }

    fn join(&mut self, entry: &Entry<'_>, messages: u64) {
        let goes_with = |singles: &Singles| {
            (singles.peer, singles.received) == (entry.peer, entry.received)
                && singles.bytes.len() + entry.bytes.len() <= SINGLES_BYTES
        };
        match self.singles.as_mut().filter(|singles| goes_with(singles)) {
            Some(singles) => {
                singles.bytes.extend_from_slice(entry.bytes);
                singles.messages += messages;
            }
            None => {
                self.finish_singles();
                let Entry { peer, received, bytes, .. } = *entry;
                self.singles = Some(Singles { peer, received, bytes: bytes.to_vec(), messages });
            }
        }
    }

    fn finish_singles(&mut self) {
        if let Some(Singles { peer, received, bytes, messages }) = self.singles.take() {
            self.write(&Entry { kind: EntryKind::Singles, peer, received, bytes: &bytes }, messages);
        }
    }

    fn write(&mut self, entry: &Entry<'_>, messages: u64) {
        if self.blocks.last().is_none_or(|last| !last.has_room()) {
            self.blocks.push(Open::default());
        }
        if let Some(open) = self.blocks.last_mut() {
            open.push(entry, messages);
        }
    }

    /// Adds a block of another agent, which is stored as it is, but for its header.
    pub(super) fn add_block(&mut self, block: Open) {
        self.bytes += block.entries.len().max(1);
        self.finish_singles();
        self.blocks.push(block);
    }

    /// Counts messages that there is no room for.
    pub(super) fn lose(&mut self, batch: &Batch<'_>) {
        self.lost.add_batch(batch);
    }

    /// All that has gathered. What was lost meanwhile is told by the first block.
    pub(super) fn take(&mut self) -> Vec<Open> {
        self.finish_singles();
        let Gathering { mut blocks, lost, .. } = std::mem::take(self);
        if !lost.is_empty() && blocks.is_empty() {
            blocks.push(Open::default());
        }
        if let Some(first) = blocks.first_mut() {
            first.header.lost.add(lost);
        }
        blocks
    }
}

impl Open {
    /// A block of another agent, whose clock is behind this one's by `shift` nanoseconds.
    pub(super) fn of(block: Block<'_>, from: u64, shift: i64) -> Self {
        let (mut header, entries) = block.into_parts();
        header.path.push(from);
        header.offset = header.offset.saturating_add(shift);
        let (first, last) = header.received;
        header.received = (first.saturating_add(shift), last.saturating_add(shift));
        Open { header, entries }
    }

    /// Blocks of other agents are whole.
    fn has_room(&self) -> bool {
        self.entries.len() < BLOCK_BYTES && self.header.path.is_empty()
    }

    fn push(&mut self, entry: &Entry<'_>, messages: u64) {
        let Header { received: (first, last), count, .. } = &mut self.header;
        (*first, *last) = match *count {
            0 => (entry.received, entry.received),
            _ => ((*first).min(entry.received), (*last).max(entry.received)),
        };
        *count += 1;
        self.header.messages += messages;
        write_entry(entry, &mut self.entries);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use upto::wire::{Kind, Message};

    use super::*;

    fn entry(kind: EntryKind, host: u8, received: i64, bytes: &[u8]) -> Entry<'_> {
        Entry { kind, peer: Ipv4Addr::new(10, 0, 0, host).into(), received, bytes }
    }

    /// Who sent an entry, when it was received, and its bytes.
    type Read = (String, i64, Vec<u8>);

    /// The messages and the entries of each block.
    fn read(blocks: &[Open]) -> Vec<(u64, Vec<Read>)> {
        let entries = |open: &Open| {
            let of = |entry: Entry<'_>| (entry.peer.to_string(), entry.received, entry.bytes.to_vec());
            let block = Block::new(open.header.clone(), &open.entries);
            block.entries().map(|entry| of(entry.expect("an entry"))).collect()
        };
        blocks.iter().map(|open| (open.header.messages, entries(open))).collect()
    }

    #[test]
    fn singles_of_one_sender_and_time_are_joined_and_the_order_stays() {
        let mut gathering = Gathering::default();
        let (packet, singles) = (EntryKind::Packet, EntryKind::Singles);
        for (kind, host, received, bytes) in [
            (singles, 1, 5, &b"a"[..]),
            (singles, 1, 5, b"b"),
            (singles, 2, 5, b"c"),
            (packet, 2, 5, b"d"),
            (singles, 2, 6, b"e"),
        ] {
            gathering.add(&entry(kind, host, received, bytes), 1);
        }
        let blocks = gathering.take();
        let is = |host: u8, received: i64, bytes: &[u8]| (format!("10.0.0.{host}"), received, bytes.to_vec());
        let expected = vec![is(1, 5, b"ab"), is(2, 5, b"c"), is(2, 5, b"d"), is(2, 6, b"e")];
        assert_eq!(read(&blocks), [(5, expected)]);
        assert_eq!(blocks[0].header.received, (5, 6));
        assert!(gathering.is_empty() && gathering.take().is_empty());
    }

    #[test]
    fn blocks_are_filled_one_after_the_other_until_there_is_no_room() {
        let mut gathering = Gathering::default();
        let bytes = vec![7; BLOCK_BYTES / 2];
        let mut count = 0;
        while gathering.expect_room(bytes.len()).is_ok() {
            gathering.add(&entry(EntryKind::Packet, 1, 1, &bytes), 2);
            count += 1;
        }
        assert_eq!(count, WAITING_BYTES / bytes.len());
        let message = Message { kind: Kind::Point, context: "c", name: "n", ..Message::default() };
        gathering.lose(&Batch { messages: vec![message], ..Batch::default() });
        let blocks = gathering.take();
        assert_eq!(blocks.len(), count / 2);
        assert_eq!((blocks[0].header.lost.messages, blocks[1].header.lost.messages), (1, 0));
        assert!(gathering.expect_room(WAITING_BYTES).is_ok());
    }

    #[test]
    fn what_is_larger_than_the_room_is_taken_alone_and_loss_is_told_without_anything_else() {
        let mut gathering = Gathering::default();
        assert!(gathering.expect_room(2 * WAITING_BYTES).is_ok());
        gathering.add(&entry(EntryKind::Singles, 1, 1, &vec![0; 2 * WAITING_BYTES]), 1);
        assert_eq!(gathering.expect_room(1), Err(NoRoom));
        gathering.take();
        gathering.lose(&Batch { unknown: 3, ..Batch::default() });
        assert!(!gathering.is_empty());
        let blocks = gathering.take();
        assert_eq!((blocks.len(), blocks[0].header.lost.messages, blocks[0].header.count), (1, 3, 0));
    }
}
