//! Datagrams that are sent by one system call.

/// Datagrams one behind the other, of one length but for the last, which may be shorter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    pub(crate) bytes: Vec<u8>,
    /// The length of each but the last.
    pub(crate) each: usize,
    /// Messages in all of them.
    pub(crate) messages: u64,
}

/// What the system takes at once: less than a datagram's greatest length,
const MOST_BYTES: usize = 64_000;
/// and of so many pieces.
const MOST: usize = 64;

impl Run {
    /// An empty one, of datagrams of this length.
    pub(crate) fn of(each: usize) -> Self {
        Run { bytes: Vec::new(), each, messages: 0 }
    }

    /// Adds a datagram with so many messages, which must not be longer than the others.
    pub(crate) fn push(&mut self, datagram: &[u8], messages: u64) {
        self.bytes.extend_from_slice(datagram);
        self.messages += messages;
    }

    /// Whether another datagram may be added: the last one is as long as the others, and there is room.
    pub(crate) fn is_open(&self) -> bool {
        let full = self.bytes.len() + self.each > MOST_BYTES || self.count() >= MOST as u64;
        !full && self.bytes.len().is_multiple_of(self.each)
    }

    /// How many datagrams it is.
    pub(crate) fn count(&self) -> u64 {
        self.bytes.len().div_ceil(self.each.max(1)) as u64
    }

    /// One by one.
    pub(crate) fn datagrams(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks(self.each.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_open_until_it_is_full_or_has_a_shorter_datagram() {
        let mut run = Run::of(1_400);
        while run.is_open() {
            run.push(&[0; 1_400], 2);
        }
        assert_eq!((run.count(), run.messages), (45, 90));
        let mut run = Run::of(10);
        while run.is_open() {
            run.push(&[0; 10], 1);
        }
        assert_eq!(run.count(), 64);
        let mut run = Run::of(4);
        run.push(b"abcd", 1);
        run.push(b"ef", 1);
        assert!(!run.is_open());
        assert_eq!(run.datagrams().collect::<Vec<_>>(), [&b"abcd"[..], b"ef"]);
    }
}
