//! Names, hosts and attribute keys of a timeline, each kept once.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

/// A text of one [`Texts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Text(u32);

#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    texts: Vec<Arc<str>>,
    places: HashTable<Text>,
    /// Seeded at random: nobody who chooses names can choose those that collide.
    hasher: DefaultHashBuilder,
    bytes: usize,
}

/// Bytes that a text costs beside its own: two counts, and its places in the list and the table.
const OVERHEAD_BYTES: usize = 16 + size_of::<Arc<str>>() + 2 * (size_of::<Text>() + 1);

impl Texts {
    pub(super) fn intern(&mut self, text: &str) -> Text {
        let hash = self.hasher.hash_one(text);
        let Texts { texts, places, hasher, .. } = self;
        if let Some(place) = places.find(hash, |place| *texts[place.index()] == *text) {
            return *place;
        }
        // A timeline would exceed every memory budget long before 2^32 different texts.
        let place = Text(u32::try_from(texts.len()).unwrap_or(u32::MAX));
        texts.push(text.into());
        places.insert_unique(hash, place, |place| hasher.hash_one(&*texts[place.index()]));
        self.bytes += text.len() + OVERHEAD_BYTES;
        place
    }

    pub(super) fn find(&self, text: &str) -> Option<Text> {
        let hash = self.hasher.hash_one(text);
        self.places.find(hash, |place| *self.texts[place.index()] == *text).copied()
    }

    /// The text itself; an empty one if it is of another `Texts`.
    pub(super) fn get(&self, text: Text) -> Arc<str> {
        self.texts.get(text.index()).cloned().unwrap_or_default()
    }

    /// The same, borrowed.
    pub(super) fn text(&self, text: Text) -> &str {
        self.texts.get(text.index()).map_or("", |text| text)
    }

    /// All of them, in the order in which they were first heard of.
    pub(super) fn all(&self) -> impl Iterator<Item = (Arc<str>, Text)> {
        self.texts.iter().cloned().zip((0..).map(Text))
    }

    pub(super) fn count(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Text {
    /// Its place among the texts of its fold, in the order in which they were first heard of.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}
