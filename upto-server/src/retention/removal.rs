//! Removing a timeline, such that a server may be killed anywhere in between.
//!
//! 1. A note is made of what is to be removed, for whoever finishes it.
//! 2. The timeline's document is marked. From then on the timeline is not there for servers that start or look again; and
//!    nobody can pin it any more. One that was pinned before is left alone.
//! 3. Its marks are dropped, then its digest, its other names and its document are deleted, then the note.

use crate::catalog::Damages;
use crate::catalog::digests;
use crate::catalog::document::{self, TimelineDocument};
use crate::store::{Result, Store, StoreErrorKind};

/// Notes begin with this. Then follows the key of the timeline's document.
const NOTES: &str = "removal/";
/// Notes that are looked at in one round.
const PAGE: usize = 100;

/// Removes a timeline; false if it may not be removed any more: it was pinned, or removed and opened again.
///
/// # Errors
/// What the store says. [`finish`] goes on later.
pub(crate) async fn remove(store: &dyn Store, timeline: &TimelineDocument) -> Result<bool> {
    let note = format!("{NOTES}{}", timeline.key());
    match store.put(&note, None, timeline.encode()?).await {
        // It was noted before.
        Err(error) if error.kind() != StoreErrorKind::Conflict => return Err(error),
        _ => {}
    }
    let is_removed = mark(store, timeline, Pinned::Stays).await? && erase(store, timeline).await?;
    forget(store, &note).await?;
    Ok(is_removed)
}

/// Finishes what others began; returns the contexts in which something was removed. What can't be read is noted in
/// `damages` and left as it is.
///
/// # Errors
/// What the store says.
pub(super) async fn finish(store: &dyn Store, damages: &Damages) -> Result<Vec<String>> {
    let mut contexts = Vec::new();
    for (note, noted) in store.list(NOTES, None, PAGE).await? {
        let finished = finish_one(store, &note, &noted.value).await;
        contexts.extend(damages.noting(&note, finished)?.flatten());
    }
    Ok(contexts)
}

/// The context, if something was removed.
async fn finish_one(store: &dyn Store, note: &str, noted: &[u8]) -> Result<Option<String>> {
    let timeline = TimelineDocument::decode(note, noted)?;
    let present = present(store, &timeline).await?;
    // What was not marked was not decided: it may have been pinned since.
    let is_decided = present.is_none_or(|(_, present)| present.removing);
    if is_decided {
        erase(store, &timeline).await?;
    }
    forget(store, note).await?;
    Ok(is_decided.then_some(timeline.context))
}

/// The timeline that a note says is removed; `None` if the document is something else.
pub(crate) fn noted(key: &str, value: &[u8]) -> Option<Result<TimelineDocument>> {
    key.starts_with(NOTES).then(|| TimelineDocument::decode(key, value))
}

/// True if [`finish`] has something to do.
///
/// # Errors
/// What the store says.
pub(super) async fn is_unfinished(store: &dyn Store) -> Result<bool> {
    Ok(!store.list(NOTES, None, 1).await?.is_empty())
}

/// What becomes of a timeline that is pinned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pinned {
    Stays,
    /// All of its context is removed.
    Goes,
}

/// Removes a timeline of a context that is removed, pinned or not. Nobody else does anything to that, and whoever finishes
/// the removal of the context finishes this one.
///
/// # Errors
/// What the store says.
pub(super) async fn remove_with_context(store: &dyn Store, timeline: &TimelineDocument) -> Result<()> {
    mark(store, timeline, Pinned::Goes).await?;
    erase(store, timeline).await.map(drop)
}

/// Marks the timeline's document; false if it is pinned and stays, or another one has the name by now.
async fn mark(store: &dyn Store, timeline: &TimelineDocument, pinned: Pinned) -> Result<bool> {
    loop {
        let Some((version, present)) = present(store, timeline).await? else { return Ok(false) };
        if present.removing || (present.pinned && pinned == Pinned::Stays) {
            return Ok(present.removing);
        }
        let marked = TimelineDocument { removing: true, ..present };
        match store.put(&marked.key(), Some(version), marked.encode()?).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            done => return done.map(|_| true),
        }
    }
}

/// Drops the marks, and deletes the digest and the marked document.
async fn erase(store: &dyn Store, timeline: &TimelineDocument) -> Result<bool> {
    store.drop_stream(&timeline.stream()).await?;
    digests::remove(store, timeline).await?;
    if let Some((version, present)) = present(store, timeline).await?.filter(|(_, present)| present.removing)
    {
        for name in present.naming.reserved() {
            forget(store, &document::alias_key(&timeline.context, name)).await?;
        }
        delete(store, &timeline.key(), version).await?;
    }
    Ok(true)
}

/// Deletes a document, whatever it says.
pub(super) async fn forget(store: &dyn Store, key: &str) -> Result<()> {
    match store.get(key).await? {
        Some(stored) => delete(store, key, stored.version).await,
        None => Ok(()),
    }
}

/// The document of this very timeline, if it is there.
async fn present(store: &dyn Store, timeline: &TimelineDocument) -> Result<Option<(u64, TimelineDocument)>> {
    let key = document::timeline_key(&timeline.context, &timeline.name);
    let Some(stored) = store.get(&key).await? else { return Ok(None) };
    let present = TimelineDocument::decode(&key, &stored.value)?;
    Ok((present.ordinal == timeline.ordinal).then_some((stored.version, present)))
}

/// Deletes what another one may have deleted already.
async fn delete(store: &dyn Store, key: &str, version: u64) -> Result<()> {
    match store.delete(key, version).await {
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
        done => done,
    }
}
