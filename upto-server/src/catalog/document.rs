//! Timelines as documents: what a server reads when it starts.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::Catalog;
use crate::store::{self, StoreError, StoreErrorKind};

/// Documents of timelines begin with this. Then follow the context's and the timeline's name, escaped.
const PREFIX: &str = "timeline/";
/// How many documents are read at a time.
const PAGE: usize = 1_000;

/// What is stored of a timeline beside its marks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TimelineDocument {
    /// The context's name.
    pub(crate) context: String,
    /// The timeline's name.
    pub(crate) name: String,
    /// Its place among the context's timelines; the greatest is the active one.
    pub(crate) ordinal: u64,
    /// When it was opened, in nanoseconds since the epoch.
    pub(crate) opened: i64,
}

impl TimelineDocument {
    /// The key that it is stored under.
    pub(crate) fn key(&self) -> String {
        format!("{PREFIX}{}", place(&self.context, &self.name))
    }

    /// The stream of its marks.
    pub(crate) fn stream(&self) -> String {
        format!("marks/{}", place(&self.context, &self.name))
    }

    /// The document's bytes.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let invalid = |error| StoreError::new(StoreErrorKind::Invalid, "encode", self.key()).because(error);
        rmp_serde::to_vec_named(self).map_err(invalid)
    }

    fn decode(key: &str, bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = |error| StoreError::new(StoreErrorKind::Damaged, "decode", key).because(error);
        rmp_serde::from_slice(bytes).map_err(damaged)
    }
}

/// Two names as one path of two segments, whatever they contain.
fn place(context: &str, timeline: &str) -> String {
    format!("{}/{}", escaped(context), escaped(timeline))
}

/// `/` and `%` as `%2F` and `%25`, so that `/` separates.
fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            // Writing into a String can't fail.
            '/' | '%' => drop(write!(text, "%{:02X}", u32::from(character))),
            _ => text.push(character),
        }
    }
    text
}

/// Fills the catalog with everything that is stored.
pub(super) async fn read_all(catalog: &Catalog) -> store::Result<()> {
    let mut after: Option<String> = None;
    loop {
        let page = catalog.store.list(PREFIX, after.as_deref(), PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for (key, document) in &page {
            let document = TimelineDocument::decode(key, &document.value)?;
            catalog.context_or_new(&document.context).restore(document);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_pairs_of_names_share_a_key() {
        let key = |context: &str, name: &str| {
            TimelineDocument { context: context.into(), name: name.into(), ordinal: 0, opened: 0 }.key()
        };
        assert_ne!(key("a/b", "c"), key("a", "b/c"));
        assert_ne!(key("a%2Fb", "c"), key("a/b", "c"));
        assert_ne!(key("", "/"), key("/", ""));
    }
}
