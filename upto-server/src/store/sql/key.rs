//! Names as keys.

use sha2::{Digest, Sha256};

/// How many bytes of a document's key are in the index that lists go by. Indexes limit the length
/// of what is in them, at about 2700 bytes in the strictest engine.
pub(super) const HEAD_LENGTH: usize = 512;

/// What a name is the name of: a stream and a queue of the same name are two things.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Stream,
    Document,
    Queue,
    Lease,
    /// What is numbered throughout the database.
    Number,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Stream => "stream",
            Kind::Document => "document",
            Kind::Queue => "queue",
            Kind::Lease => "lease",
            Kind::Number => "number",
        }
    }
}

/// The leading key of all rows about one named thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// SHA-256 of the qualified name: as short as an index wants it, unlike a name, and spread
    /// evenly over the nodes of a distributed engine.
    spread: Vec<u8>,
    qualified: Vec<u8>,
}

impl Key {
    pub(super) fn new(kind: Kind, name: &str) -> Self {
        let kind = kind.word();
        let qualified = format!("{kind}:{name}").into_bytes();
        Key { spread: Sha256::digest(&qualified).to_vec(), qualified }
    }

    /// The name within what [`qualified`](Self::qualified) gives, if it is the name of such a thing.
    pub(super) fn name_of(kind: Kind, qualified: &[u8]) -> Option<&str> {
        str::from_utf8(qualified).ok()?.strip_prefix(kind.word())?.strip_prefix(':')
    }

    pub(super) fn spread(&self) -> &[u8] {
        &self.spread
    }

    /// Kind and name, so that people can see what a hash is of.
    pub(super) fn qualified(&self) -> &[u8] {
        &self.qualified
    }
}

/// As much of a document's key as is indexed.
pub(super) fn head(key: &[u8]) -> &[u8] {
    &key[..key.len().min(HEAD_LENGTH)]
}

/// The keys that begin with `prefix` and come after `after`: from the first inclusively to the
/// second exclusively.
pub(super) fn range(prefix: &str, after: Option<&str>) -> (Vec<u8>, Vec<u8>) {
    let from = match after {
        // The key right after a key is the same with a zero byte behind.
        Some(after) if after >= prefix => [after.as_bytes(), &[0]].concat(),
        _ => prefix.as_bytes().to_vec(),
    };
    // No byte of UTF-8 is 255, so the last one can always be raised, and 255 is behind everything.
    let mut to = prefix.as_bytes().to_vec();
    match to.last_mut() {
        Some(last) => *last += 1,
        None => to.push(u8::MAX),
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_keyed_apart() {
        assert_ne!(Key::new(Kind::Stream, "a"), Key::new(Kind::Queue, "a"));
        assert_eq!(Key::new(Kind::Stream, "a").qualified(), b"stream:a");
        assert_eq!(Key::new(Kind::Stream, "a").spread().len(), 32);
    }

    #[test]
    fn a_range_holds_its_prefix_only() {
        assert_eq!(range("ab", None), (b"ab".to_vec(), b"ac".to_vec()));
        assert_eq!(range("", None), (b"".to_vec(), vec![255]));
        assert_eq!(range("a", Some("ab")), (b"ab\0".to_vec(), b"b".to_vec()));
        assert_eq!(range("b", Some("a")), (b"b".to_vec(), b"c".to_vec()));
        assert!(range("\u{10ffff}", None).1 > "\u{10ffff}\u{10ffff}".as_bytes().to_vec());
    }
}
