//! Which key of Redis holds what. The layout is told in the module above.

use std::sync::Arc;

use sha2::{Digest, Sha256};

/// How the names of one store are spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shards {
    prefix: Arc<str>,
    count: u16,
}

/// The keys that share a hash tag, and so a slot of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shard {
    pub(super) number: u16,
    tag: String,
}

impl Shards {
    /// `count` of at least 1.
    pub(super) fn new(prefix: &str, count: u16) -> Self {
        Shards { prefix: prefix.into(), count: count.max(1) }
    }

    /// The shard that a stream, document, queue or lease of this name is in. It is the same for ever.
    pub(super) fn of(&self, name: &str) -> Shard {
        let hash = Sha256::digest(name.as_bytes());
        let number = u16::from_be_bytes([hash[0], hash[1]]) % self.count;
        self.shard(number)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Shard> {
        (0..self.count).map(|number| self.shard(number))
    }

    /// The shard of this number, if there is one.
    pub(super) fn get(&self, number: u16) -> Option<Shard> {
        (number < self.count).then(|| self.shard(number))
    }

    /// Whether a batch may span several shards.
    pub(super) fn are_many(&self) -> bool {
        self.count > 1
    }

    fn shard(&self, number: u16) -> Shard {
        Shard { number, tag: format!("{{{}:{number}}}", self.prefix) }
    }
}

impl Shard {
    /// The one key of this kind.
    pub(super) fn key(&self, kind: &str) -> Vec<u8> {
        [self.tag.as_bytes(), kind.as_bytes()].concat()
    }

    /// The key of this kind that belongs to a name, which stands last and so may be anything.
    pub(super) fn named(&self, kind: &str, name: &str) -> Vec<u8> {
        [self.tag.as_bytes(), kind.as_bytes(), b":", name.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_where_it_was_in_the_first_release() {
        let shards = Shards::new("upto", 64);
        let numbers = ["", "a", "marks/build/1234"].map(|name| shards.of(name).number);
        assert_eq!(numbers, [48, 23, 43]);
    }

    #[test]
    fn names_are_spread_over_all_shards() {
        let shards = Shards::new("upto", 64);
        let used: std::collections::BTreeSet<_> =
            (0..1000).map(|number| shards.of(&number.to_string()).number).collect();
        assert_eq!(used.len(), 64);
    }

    #[test]
    fn the_hash_tag_comes_first_whatever_the_name() {
        let shard = Shards::new("upto", 1).of("}{x}");
        assert_eq!(shard.named("stream", "}{x}"), b"{upto:0}stream:}{x}");
    }
}
