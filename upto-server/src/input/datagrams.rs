//! Datagrams one behind the other, as a receiver leaves them.

use std::net::IpAddr;

/// What one datagram, or one run of them, costs beside its bytes.
const ENTRY_BYTES: usize = size_of::<Entry>();

/// Datagrams in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Datagrams {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

/// One datagram, or several of one length that the system left together.
#[derive(Debug)]
struct Entry {
    length: usize,
    /// The length of each but the last, which may be shorter.
    each: usize,
    peer: IpAddr,
}

/// What a receiver has got from the system, borrowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received<'a> {
    /// One datagram, or several.
    pub(super) bytes: &'a [u8],
    /// The length of each datagram but the last, if they are several.
    pub(super) each: Option<usize>,
    pub(super) peer: IpAddr,
}

impl Received<'_> {
    /// Bytes of memory that this takes among others.
    pub(super) fn cost(&self) -> usize {
        self.bytes.len() + ENTRY_BYTES
    }

    /// The last datagram of it, alone.
    pub(super) fn last(&self) -> Self {
        let from = (self.count() - 1) * self.each.unwrap_or_default();
        Received { bytes: self.bytes.get(from..).unwrap_or_default(), each: None, peer: self.peer }
    }

    /// How many datagrams it is.
    pub(super) fn count(&self) -> usize {
        self.each.map_or(1, |each| self.bytes.len().div_ceil(each.max(1)).max(1))
    }
}

impl Datagrams {
    pub(super) fn push(&mut self, received: Received<'_>) {
        let Received { bytes, each, peer } = received;
        self.bytes.extend_from_slice(bytes);
        let each = each.unwrap_or(bytes.len()).max(1);
        self.entries.push(Entry { length: bytes.len(), each, peer });
    }

    /// Bytes of memory, as [`Received::cost`] counts them.
    pub(super) fn cost(&self) -> usize {
        self.bytes.len() + self.entries.len() * ENTRY_BYTES
    }

    /// Forgets them, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }

    /// Each datagram with its sender.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&[u8], IpAddr)> {
        let mut rest = self.bytes.as_slice();
        self.entries.iter().flat_map(move |entry| {
            let (bytes, behind) = rest.split_at_checked(entry.length).unwrap_or_default();
            rest = behind;
            // An empty datagram is one too, of which `chunks` knows nothing.
            let empty = bytes.is_empty().then_some(bytes);
            empty.into_iter().chain(bytes.chunks(entry.each)).map(|datagram| (datagram, entry.peer))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn received(bytes: &[u8], each: Option<usize>, host: u8) -> Received<'_> {
        Received { bytes, each, peer: Ipv4Addr::new(127, 0, 0, host).into() }
    }

    #[test]
    fn they_come_out_one_by_one_as_they_were_sent() {
        let mut datagrams = Datagrams::default();
        let put = [
            received(b"one", None, 1),
            received(b"", None, 2),
            received(b"aabbc", Some(2), 3),
            received(b"whole", Some(9), 4),
        ];
        assert_eq!(put.map(|each| each.count()), [1, 1, 3, 1]);
        assert_eq!(put.map(|each| each.last().bytes.to_vec()), [&b"one"[..], b"", b"c", b"whole"]);
        put.into_iter().for_each(|each| datagrams.push(each));
        let out: Vec<_> = datagrams.each().map(|(bytes, peer)| (bytes.to_vec(), peer.to_string())).collect();
        let expected = [("one", 1), ("", 2), ("aa", 3), ("bb", 3), ("c", 3), ("whole", 4)]
            .map(|(text, host)| (text.as_bytes().to_vec(), format!("127.0.0.{host}")));
        assert_eq!(out, expected);
        assert_eq!(datagrams.cost(), put.iter().map(Received::cost).sum::<usize>());
        datagrams.clear();
        assert_eq!((datagrams.each().count(), datagrams.cost()), (0, 0));
    }
}
