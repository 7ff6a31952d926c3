//! Names, hosts and attribute keys of a timeline, each kept once.

use std::collections::HashMap;
use std::sync::Arc;

/// A text of one [`Texts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Text(u32);

#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    texts: Vec<Arc<str>>,
    places: HashMap<Arc<str>, Text>,
    bytes: usize,
}

/// Bytes that a text costs beside its own: two counts, and its places in the list and the map.
const OVERHEAD_BYTES: usize = 16 + 2 * size_of::<Arc<str>>() + 2 * size_of::<Text>();

impl Texts {
    pub(super) fn intern(&mut self, text: &str) -> Text {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let kept: Arc<str> = text.into();
        // A timeline would exceed every memory budget long before 2^32 different texts.
        let place = Text(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(kept.clone());
        self.places.insert(kept, place);
        self.bytes += text.len() + OVERHEAD_BYTES;
        place
    }

    pub(super) fn find(&self, text: &str) -> Option<Text> {
        self.places.get(text).copied()
    }

    /// The text itself; an empty one if it is of another `Texts`.
    pub(super) fn get(&self, text: Text) -> Arc<str> {
        self.texts.get(text.0 as usize).cloned().unwrap_or_default()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
