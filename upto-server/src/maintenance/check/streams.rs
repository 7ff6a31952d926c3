//! The streams of marks that there are, and which of them documents speak of.

use std::collections::BTreeMap;

use crate::catalog::document::MARKS;
use crate::store::{Result, Store};

/// Streams of marks, and whether a document speaks of each.
#[derive(Default)]
pub(super) struct Streams {
    known: BTreeMap<String, bool>,
}

impl Streams {
    /// Those that there are now.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn of(store: &dyn Store) -> Result<Self> {
        let streams = store.streams().await?.into_iter().filter(|stream| stream.starts_with(MARKS));
        Ok(Streams { known: streams.map(|stream| (stream, false)).collect() })
    }

    /// A document speaks of this one.
    pub(super) fn know(&mut self, stream: &str) {
        if let Some(is_known) = self.known.get_mut(stream) {
            *is_known = true;
        }
    }

    /// One speaks of a timeline of these names, escaped, and can't be read: of whichever of this name.
    pub(super) fn know_all(&mut self, names: &str) {
        let first = format!("{MARKS}{names}/");
        let streams =
            self.known.range_mut(first.clone()..).take_while(|(stream, _)| stream.starts_with(&first));
        streams.for_each(|(_, is_known)| *is_known = true);
    }

    /// Those that no document speaks of.
    pub(super) fn unknown(&self) -> Vec<String> {
        self.known.iter().filter(|(_, is_known)| !**is_known).map(|(stream, _)| stream.clone()).collect()
    }
}
