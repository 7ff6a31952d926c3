//! Packets that are sent at once.

use std::ops::RangeBounds;
use std::slice::SliceIndex;

/// Packets that the system takes at once: it takes 64, in at most as many bytes as one datagram may have.
const PACKETS: usize = 46;
const BYTES: usize = 65_000;

/// Packets one behind the other, equally long but the last, which may be shorter.
#[derive(Debug)]
pub(crate) struct Batch {
    packet_bytes: usize,
    bytes: Vec<u8>,
    /// Of each packet: how many messages there are in it.
    messages: Vec<u64>,
}

impl Batch {
    /// Of packets that are mostly as long as this.
    pub(crate) fn new(packet_bytes: usize) -> Self {
        Batch { packet_bytes, bytes: Vec::new(), messages: Vec::new() }
    }

    /// Adds a packet. False: it is the last one that can be added, so send the batch. The first one is always
    /// taken, as long as it may be.
    pub(crate) fn push(&mut self, packet: &[u8], messages: u64) -> bool {
        self.bytes.extend_from_slice(packet);
        self.messages.push(messages);
        let may_have_more = self.messages.len() < PACKETS && self.bytes.len() + self.packet_bytes <= BYTES;
        packet.len() == self.packet_bytes && may_have_more
    }

    pub(crate) fn packets(&self) -> usize {
        self.messages.len()
    }

    /// How many messages are in some of the packets.
    pub(crate) fn messages(
        &self,
        packets: impl RangeBounds<usize> + SliceIndex<[u64], Output = [u64]>,
    ) -> u64 {
        self.messages.get(packets).unwrap_or_default().iter().sum()
    }

    /// Bytes of memory that it takes.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity() + self.messages.capacity() * size_of::<u64>()
    }

    /// All packets.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The length of all packets but the last.
    pub(super) fn packet_bytes(&self) -> usize {
        self.packet_bytes
    }

    /// Each packet. One alone may be longer than usual.
    pub(crate) fn each(&self) -> impl Iterator<Item = &[u8]> {
        let length = if self.messages.len() == 1 { self.bytes.len() } else { self.packet_bytes };
        self.bytes.chunks(length.max(1))
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.messages.clear();
    }
}
