//! Removing a context with all its timelines, such that a server may be killed anywhere in between.
//!
//! 1. Its document says so. From then on it is not there for servers that look again, and nothing is opened in it.
//! 2. Its timelines are removed, pinned or not, then its limits and its other names.
//!    Those that were opened later are of a context that was opened again, and stay.
//! 3. Its document says that nothing is left. It stays for an hour, so that a context that is opened again by this name goes on
//!    counting its timelines: what a slow server still drops is never of a new one.

use std::time::Duration;

use super::limits::PREFIX;
use super::removal::{forget, remove_with_context};
use crate::catalog::Damages;
use crate::catalog::document::{
    self, CONTEXTS, ContextDocument, Listing, Removed, TimelineDocument, context_alias_key, escaped,
    timelines_of,
};
use crate::store::{Result, Store, StoreErrorKind};

/// How long the document stays after that.
const STAYS: Duration = Duration::from_secs(3_600);

/// Removes the context of this first name; false if there is none. `now` is in nanoseconds since the epoch.
///
/// # Errors
/// What the store says. [`finish`] goes on later, if it was begun.
pub(crate) async fn remove(store: &dyn Store, context: &str, now: i64) -> Result<bool> {
    let begun = |present: ContextDocument| ContextDocument {
        removed: Some(Removed { time: now, is_erased: false }),
        changes: present.changes + 1,
        ..present
    };
    if !change(store, context, |present| present.removed.is_none().then(|| begun(present))).await? {
        return Ok(false);
    }
    erase(store, context).await?;
    Ok(true)
}

/// Finishes what others began, and deletes documents that have stayed long enough. What can't be read is noted in
/// `damages` and left as it is.
///
/// # Errors
/// What the store says.
pub(super) async fn finish(store: &dyn Store, damages: &Damages, now: i64) -> Result<()> {
    for (key, version, document) in due(store, now).await? {
        let finished = match document.is_erased() {
            true => delete(store, &key, version).await,
            false => erase(store, &document.active.context).await,
        };
        damages.noting(&key, finished)?;
    }
    Ok(())
}

/// The documents of contexts for which something is to be done.
async fn due(store: &dyn Store, now: i64) -> Result<Vec<(String, u64, ContextDocument)>> {
    let (mut due, mut listing) = (Vec::new(), Listing::of(store, CONTEXTS));
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            return Ok(due);
        }
        for (key, stored) in page {
            // One that can't be read is let alone.
            let Ok(document) = ContextDocument::decode(&key, &stored.value) else { continue };
            if document.removed.is_some_and(|removed| is_due(removed, now)) {
                due.push((key, stored.version, document));
            }
        }
    }
}

fn is_due(removed: Removed, now: i64) -> bool {
    let stays = i64::try_from(STAYS.as_nanos()).unwrap_or(i64::MAX);
    !removed.is_erased || now.saturating_sub(removed.time) > stays
}

/// Removes everything of a context but its document, and says so there.
async fn erase(store: &dyn Store, context: &str) -> Result<()> {
    let key = document::context_key(context);
    let Some(stored) = store.get(&key).await? else { return Ok(()) };
    let ContextDocument { active, naming, .. } = ContextDocument::decode(&key, &stored.value)?;
    let mut timelines = Listing::of(store, timelines_of(context));
    loop {
        let page = timelines.next().await?;
        if page.is_empty() {
            break;
        }
        for (key, stored) in page {
            let timeline = TimelineDocument::decode(&key, &stored.value)?;
            if timeline.ordinal <= active.ordinal {
                remove_with_context(store, &timeline).await?;
            }
        }
    }
    // The active one need not have a document of its own.
    store.drop_stream(&active.stream()).await?;
    forget(store, &format!("{PREFIX}{}", escaped(context))).await?;
    for name in naming.reserved() {
        forget(store, &context_alias_key(name)).await?;
    }
    let erased = |present: ContextDocument| {
        let removed = present.removed.map(|removed| Removed { is_erased: true, ..removed });
        ContextDocument { removed, ..present }
    };
    change(store, context, |present| present.removed.is_some().then(|| erased(present))).await.map(drop)
}

/// Changes a context's document; false if it is not there, or is not to be changed.
async fn change(
    store: &dyn Store,
    context: &str,
    change: impl Fn(ContextDocument) -> Option<ContextDocument>,
) -> Result<bool> {
    let key = document::context_key(context);
    while let Some(stored) = store.get(&key).await? {
        let Some(changed) = change(ContextDocument::decode(&key, &stored.value)?) else { return Ok(false) };
        match store.put(&key, Some(stored.version), changed.encode()?).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            done => return done.map(|_| true),
        }
    }
    Ok(false)
}

/// Deletes a document that nobody has changed since.
async fn delete(store: &dyn Store, key: &str, version: u64) -> Result<()> {
    match store.delete(key, version).await {
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
        done => done,
    }
}
