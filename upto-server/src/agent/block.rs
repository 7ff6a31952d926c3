//! Blocks of a spool: what came in, and what of it was lost. `HANDOVER.md` has the format.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_bytes::Bytes;
use thiserror::Error;

use super::lost::Lost;

/// A block as it is stored and handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block<'a> {
    pub(crate) header: Header,
    /// [`Header::count`] entries, one after the other.
    #[serde(borrow, with = "serde_bytes")]
    entries: Cow<'a, [u8]>,
}

/// What is known of a block without reading its entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Header {
    /// The run of the agent that wrote it: a random number.
    pub(crate) run: u64,
    /// Its place among the blocks of that run, from 1 on.
    pub(crate) number: u64,
    /// The agents that had it before the one that wrote it, the first one first.
    pub(crate) path: Vec<u64>,
    /// What has to be added to the times of its entries to get times of the writer's clock, in nanoseconds.
    pub(crate) offset: i64,
    /// How many entries there are.
    pub(crate) count: u32,
    /// Messages in them.
    pub(crate) messages: u64,
    /// When the first and the last of them were received, by the clock of the agent that wrote this block, in
    /// nanoseconds since the epoch.
    pub(crate) received: (i64, i64),
    /// What was lost where this block is.
    pub(crate) lost: Lost,
}

/// What came in at once from one sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) kind: EntryKind,
    /// Who sent it.
    pub(crate) peer: IpAddr,
    /// When it was received, by the clock of the first agent, in nanoseconds since the epoch.
    pub(crate) received: i64,
    pub(crate) bytes: &'a [u8],
}

/// What the bytes of an entry are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A packet, as it came.
    Packet,
    /// Single messages, one after the other.
    Singles,
}

impl EntryKind {
    fn number(self) -> u8 {
        match self {
            EntryKind::Packet => 0,
            EntryKind::Singles => 1,
        }
    }

    fn of(number: u8) -> Option<Self> {
        [EntryKind::Packet, EntryKind::Singles].into_iter().find(|kind| kind.number() == number)
    }
}

/// An entry as it is written: kind, address, time, bytes.
#[derive(Serialize, Deserialize)]
struct WrittenEntry<'a>(u8, #[serde(borrow)] &'a Bytes, i64, #[serde(borrow)] &'a Bytes);

/// Bytes that are not what they should be.
#[derive(Debug, Error)]
#[error("malformed {what}: {detail}")]
pub(crate) struct Malformed {
    what: &'static str,
    detail: String,
}

impl Malformed {
    pub(crate) fn new(what: &'static str, detail: impl Into<String>) -> Self {
        Malformed { what, detail: detail.into() }
    }
}

impl<'a> Block<'a> {
    /// A block of entries that [`write_entry`] wrote.
    pub(crate) fn new(header: Header, entries: &'a [u8]) -> Self {
        Block { header, entries: Cow::Borrowed(entries) }
    }

    /// Reads what [`encode`](Self::encode) wrote. The entries are not looked at.
    ///
    /// # Errors
    /// It is not a block.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        rmp_serde::from_slice(bytes).map_err(|error| Malformed::new("block", error.to_string()))
    }

    /// The header, and the entries as they are written.
    pub(crate) fn into_parts(self) -> (Header, Vec<u8>) {
        (self.header, self.entries.into_owned())
    }

    /// # Errors
    /// None in practice: a `Vec` takes everything.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Malformed> {
        rmp_serde::to_vec_named(self).map_err(|error| Malformed::new("block", error.to_string()))
    }

    /// The entries; the first one that can't be read is the last one.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Result<Entry<'_>, Malformed>> {
        let mut reader = rmp_serde::Deserializer::from_read_ref(self.entries.as_ref());
        let mut is_broken = false;
        (0..self.header.count).map_while(move |_| {
            let entry = (!is_broken).then(|| {
                let written = WrittenEntry::deserialize(&mut reader);
                written.map_err(|error| Malformed::new("entry", error.to_string())).and_then(Entry::of)
            });
            is_broken = matches!(entry, Some(Err(_)));
            entry
        })
    }
}

impl<'a> Entry<'a> {
    fn of(WrittenEntry(kind, peer, received, bytes): WrittenEntry<'a>) -> Result<Self, Malformed> {
        let kind = EntryKind::of(kind).ok_or_else(|| Malformed::new("entry", "its kind is unknown"))?;
        let peer = address(peer).ok_or_else(|| Malformed::new("entry", "its address is none"))?;
        Ok(Entry { kind, peer, received, bytes })
    }
}

/// An IPv4 address has 4 bytes, one of IPv6 16.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// Writes an entry behind what `entries` holds.
pub(super) fn write_entry(entry: &Entry<'_>, entries: &mut Vec<u8>) {
    let octets = match entry.peer {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let written =
        WrittenEntry(entry.kind.number(), Bytes::new(&octets), entry.received, Bytes::new(entry.bytes));
    // Writing into a Vec can't fail.
    let _ = rmp_serde::encode::write(entries, &written);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'b>(bytes: &'b [u8], peer: &str) -> Entry<'b> {
        let kind = if bytes.is_empty() { EntryKind::Packet } else { EntryKind::Singles };
        Entry { kind, peer: peer.parse().expect("an address"), received: -5, bytes }
    }

    fn written(entries: &[Entry<'_>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        entries.iter().for_each(|entry| write_entry(entry, &mut bytes));
        bytes
    }

    #[test]
    fn a_block_reads_back() {
        let entries = [entry(b"", "10.0.0.1"), entry(b"some", "::1"), entry(&[7; 70_000], "127.0.0.1")];
        let bytes = written(&entries);
        let header = Header {
            run: u64::MAX,
            number: 7,
            path: vec![1, u64::MAX],
            offset: i64::MIN,
            count: 3,
            received: (-1, 5),
            ..Header::default()
        };
        let encoded = Block::new(header.clone(), &bytes).encode().expect("bytes");
        let block = Block::decode(&encoded).expect("a block");
        assert_eq!(block.header, header);
        let read: Vec<_> = block.entries().map(|entry| entry.expect("an entry")).collect();
        assert_eq!(read, entries);
    }

    #[test]
    fn what_is_no_entry_ends_the_entries_with_an_error() {
        for broken in
            [&b"\xc1"[..], b"\x94\x07\xc4\x00", b"\x94\x09\xc4\x04\x01\x02\x03\x04\x00\xc4\x00", b""]
        {
            let bytes = [&written(&[entry(b"good", "::1")]), broken].concat();
            let header = Header { count: 5, ..Header::default() };
            let block = Block::new(header, &bytes);
            let read: Vec<_> = block.entries().map(|entry| entry.is_ok()).collect();
            assert_eq!(read, [true, false], "{broken:?}");
        }
    }

    #[test]
    fn what_is_no_block_is_refused_and_what_a_later_version_adds_is_ignored() {
        for broken in [&b""[..], b"\x93", b"\xc0", &[0xff; 100]] {
            assert!(Block::decode(broken).is_err());
        }
        let later = serde_json::json!({"header": {"run": 1, "colour": "red"}, "entries": []});
        let bytes = rmp_serde::to_vec_named(&later).expect("bytes");
        assert!(Block::decode(&bytes).is_ok_and(|block| block.header.run == 1));
    }
}
