//! The streams that there are: of marks, and which of them documents speak of, and all others.

use std::collections::BTreeMap;

use crate::catalog::document::MARKS;
use crate::store::{Result, Store};

/// All streams.
#[derive(Default)]
pub(super) struct Streams {
    /// Those of marks, and whether a document speaks of each.
    known: BTreeMap<String, bool>,
    /// Those of something else.
    others: Vec<String>,
}

impl Streams {
    /// Those that there are now.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn of(store: &dyn Store) -> Result<Self> {
        let is_of_marks = |stream: &String| stream.starts_with(MARKS);
        let (of_marks, others) = store.streams().await?.into_iter().partition::<Vec<_>, _>(is_of_marks);
        Ok(Streams { known: of_marks.into_iter().map(|stream| (stream, false)).collect(), others })
    }

    /// Takes those that are not of marks.
    pub(super) fn take_others(&mut self) -> Vec<String> {
        std::mem::take(&mut self.others)
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
