//! Contexts and timelines as documents: what all servers on a store agree on.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::names::Naming;
use crate::store::{Document, Result, Store, StoreError, StoreErrorKind};

/// Documents of timelines begin with this. Then follow the context's and the timeline's name, escaped.
pub(crate) const TIMELINES: &str = "timeline/";
/// Documents of contexts begin with this. Then follows the name, escaped.
pub(crate) const CONTEXTS: &str = "context/";
/// Streams of marks begin with this. Then follow the context's and the timeline's name, escaped, and its ordinal.
pub(crate) const MARKS: &str = "marks/";
/// Documents of other names of timelines begin with this. Then follow the context's first name and the other name, escaped.
const ALIASES: &str = "timeline-alias/";
/// Documents of other names of contexts begin with this. Then follows the other name, escaped.
const CONTEXT_ALIASES: &str = "context-alias/";
/// How many documents are read at a time.
const PAGE: usize = 1_000;

/// What people say of a timeline: texts by keys.
pub(crate) type Metadata = BTreeMap<String, String>;

/// What is stored of a timeline beside its marks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TimelineDocument {
    /// The context's first name, whatever it is called now.
    pub(crate) context: String,
    /// The timeline's first name: it is stored under this one for good.
    pub(crate) name: String,
    /// Its place among the context's timelines; the greatest is the active one. Never used again.
    pub(crate) ordinal: u64,
    /// When it was opened, in nanoseconds since the epoch.
    pub(crate) opened: i64,
    /// It is kept whatever the limits of its context are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) pinned: bool,
    /// Its marks are being removed, and this document will be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) removing: bool,
    /// What it is called beside its first name.
    #[serde(default, skip_serializing_if = "Naming::is_plain")]
    pub(crate) naming: Naming,
    /// What people say of it.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub(crate) metadata: Metadata,
}

/// What is stored of a context. Whoever changes it by compare-and-put has opened a timeline: that one place decides
/// which one is active, and what its ordinal is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContextDocument {
    /// The active timeline. Its own document may not be there yet: whoever opens the next one sees to it.
    pub(crate) active: TimelineDocument,
    /// Grows when timelines were removed, pinned or unpinned: a server that sees another number lists them again.
    #[serde(default)]
    pub(crate) changes: u64,
    /// What it is called beside its first name.
    #[serde(default, skip_serializing_if = "Naming::is_plain")]
    pub(crate) naming: Naming,
    /// It is removed. The document stays for a while, so that who opens the context again goes on counting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) removed: Option<Removed>,
}

/// A context that somebody removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Removed {
    /// When, in nanoseconds since the epoch.
    pub(crate) time: i64,
    /// Nothing of it is left but this.
    pub(crate) is_erased: bool,
}

impl TimelineDocument {
    /// The key that it is stored under.
    pub(crate) fn key(&self) -> String {
        timeline_key(&self.context, &self.name)
    }

    /// The stream of its marks. A timeline that is opened again after it was removed has another one.
    pub(crate) fn stream(&self) -> String {
        format!("{MARKS}{}/{}/{}", escaped(&self.context), escaped(&self.name), self.ordinal)
    }

    /// The document's bytes.
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        encode(self, &self.key())
    }

    /// What [`encode`](Self::encode) wrote under `key`.
    pub(crate) fn decode(key: &str, bytes: &[u8]) -> Result<Self> {
        decode(key, bytes)
    }
}

impl ContextDocument {
    /// Nothing of it is left but this.
    pub(crate) fn is_erased(&self) -> bool {
        self.removed.is_some_and(|removed| removed.is_erased)
    }

    /// The key that it is stored under.
    pub(crate) fn key(&self) -> String {
        context_key(&self.active.context)
    }

    /// The document's bytes.
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        encode(self, &self.key())
    }

    /// What [`encode`](Self::encode) wrote under `key`.
    pub(crate) fn decode(key: &str, bytes: &[u8]) -> Result<Self> {
        decode(key, bytes)
    }
}

/// The key of a timeline's document.
pub(crate) fn timeline_key(context: &str, timeline: &str) -> String {
    format!("{}{}", timelines_of(context), escaped(timeline))
}

/// What the keys of a context's timelines begin with.
pub(crate) fn timelines_of(context: &str) -> String {
    format!("{TIMELINES}{}/", escaped(context))
}

/// The key of a context's document.
pub(crate) fn context_key(context: &str) -> String {
    format!("{CONTEXTS}{}", escaped(context))
}

/// Whether this is the key of another name of something.
pub(crate) fn is_alias_key(key: &str) -> bool {
    key.starts_with(ALIASES) || key.starts_with(CONTEXT_ALIASES)
}

/// The key of another name of a timeline; of the context, it is the first one.
pub(crate) fn alias_key(context: &str, name: &str) -> String {
    format!("{ALIASES}{}/{}", escaped(context), escaped(name))
}

/// The key of another name of a context.
pub(crate) fn context_alias_key(name: &str) -> String {
    format!("{CONTEXT_ALIASES}{}", escaped(name))
}

/// Writes a document as MessagePack, with the names of its fields.
pub(crate) fn encode(document: &impl Serialize, key: &str) -> Result<Vec<u8>> {
    let invalid =
        |error| StoreError::new(StoreErrorKind::Invalid, "encode", format!("{key:?}")).because(error);
    rmp_serde::to_vec_named(document).map_err(invalid)
}

/// Reads what [`encode`] wrote.
pub(crate) fn decode<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T> {
    let damaged =
        |error| StoreError::new(StoreErrorKind::Damaged, "decode", format!("{key:?}")).because(error);
    rmp_serde::from_slice(bytes).map_err(damaged)
}

/// Bytes of an escaped name at most: with two of them, and what stands beside them, a key is within what stores take.
const ESCAPED_BYTES: usize = 24 << 10;

/// `/` and `%` as `%2F` and `%25`, so that `/` separates. Of a name that would become too long by that, what no other name
/// becomes: `%!` and its SHA-256.
pub(crate) fn escaped(name: &str) -> String {
    let text = written_out(name);
    if text.len() <= ESCAPED_BYTES {
        return text;
    }
    let digits = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("%!{digits}")
}

fn written_out(name: &str) -> String {
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

/// All documents whose keys begin with a prefix, page by page.
pub(crate) struct Listing<'a> {
    store: &'a dyn Store,
    prefix: String,
    after: Option<String>,
}

impl<'a> Listing<'a> {
    /// From the first one on.
    pub(crate) fn of(store: &'a dyn Store, prefix: impl Into<String>) -> Self {
        Listing { store, prefix: prefix.into(), after: None }
    }

    /// From the first one behind the key `after` on.
    pub(crate) fn after(mut self, after: Option<String>) -> Self {
        self.after = after;
        self
    }

    /// The next page; an empty one is behind the last.
    pub(crate) async fn next(&mut self) -> Result<Vec<(String, Document)>> {
        let page = self.store.list(&self.prefix, self.after.as_deref(), PAGE).await?;
        if let Some((last, _)) = page.last() {
            self.after = Some(last.clone());
        }
        Ok(page)
    }
}

/// Stores a timeline's document unless it is there already.
pub(crate) async fn create(store: &dyn Store, document: &TimelineDocument) -> Result<()> {
    match store.put(&document.key(), None, document.encode()?).await {
        Err(error) if error.kind() != StoreErrorKind::Conflict => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use upto::wire::limits;

    use super::*;
    use crate::fixtures;

    fn document(context: &str, name: &str) -> TimelineDocument {
        let (context, name) = (context.into(), name.into());
        TimelineDocument { context, name, ..TimelineDocument::default() }
    }

    #[test]
    fn no_two_pairs_of_names_share_a_key() {
        let key = |context: &str, name: &str| document(context, name).key();
        assert_ne!(key("a/b", "c"), key("a", "b/c"));
        assert_ne!(key("a%2Fb", "c"), key("a/b", "c"));
        assert_ne!(key("", "/"), key("/", ""));
    }

    #[test]
    fn a_timeline_that_is_opened_again_has_another_stream() {
        let (first, again) = (document("c", "t"), TimelineDocument { ordinal: 7, ..document("c", "t") });
        assert_eq!(first.key(), again.key());
        assert_ne!(first.stream(), again.stream());
    }

    #[test]
    fn a_document_reads_back() {
        let timeline = TimelineDocument { pinned: true, ..document("c", "t") };
        let removed = Some(Removed { time: 5, is_erased: true });
        let naming = Naming { present: Some("d".into()), ..Naming::default() };
        let context = ContextDocument { active: timeline.clone(), changes: 3, naming, removed };
        let bytes = timeline.encode().expect("bytes");
        assert_eq!(TimelineDocument::decode("k", &bytes).expect("a timeline"), timeline);
        let bytes = context.encode().expect("bytes");
        assert_eq!(ContextDocument::decode("k", &bytes).expect("a context"), context);
    }

    /// Timelines in a document that has every field.
    fn with_all_fields() -> TimelineDocument {
        let [present, alias, pending] = ["present", "former", "next"].map(str::to_owned);
        let naming = Naming { present: Some(present), aliases: vec![alias], pending: Some(pending) };
        let metadata = Metadata::from([("git.revision".to_owned(), "0123abc".to_owned())]);
        let (opened, ordinal) = (1_767_571_200_000_000_001, 7);
        TimelineDocument {
            ordinal,
            opened,
            pinned: true,
            removing: true,
            naming,
            metadata,
            ..document("c/\u{202e}", "t%")
        }
    }

    fn context_with_all_fields() -> ContextDocument {
        let active = with_all_fields();
        let removed = Some(Removed { time: active.opened, is_erased: true });
        ContextDocument { naming: active.naming.clone(), active, changes: 3, removed }
    }

    #[test]
    fn what_every_release_wrote_is_kept() {
        fixtures::assert_kept::<TimelineDocument>("timeline");
        fixtures::assert_kept::<ContextDocument>("context");
    }

    #[test]
    #[ignore = "a command, not a test: `make fixtures` runs it once for each release"]
    fn write_the_fixture_of_this_release() {
        fixtures::write("timeline", &with_all_fields());
        fixtures::write("context", &context_with_all_fields());
    }

    #[test]
    fn keys_of_the_longest_names_fit_and_differ() {
        let longest = |last: &str| "/".repeat(limits::NAME_BYTES - 1) + last;
        let key = |timeline: &str| timeline_key(&longest("/"), timeline);
        assert!(
            key(&longest("/")).len() < 60_000,
            "stores take 65,536 bytes, and streams have more than this"
        );
        assert_ne!(key(&longest("/")), key(&longest("%")));
        assert_eq!(escaped("%!"), "%25!");
    }
}
