//! Telling the other servers on a store that documents of a kind changed, and seeing that they did, without listing them.
//!
//! All servers share one empty document for each kind, whose version is what counts: whoever has opened a timeline, say, or
//! removed or pinned one, puts it once more. Who sees another version than before lists the contexts. That it is put after
//! the change, and looked at before the listing, is what makes sure that nothing is missed.

use std::time::{Duration, Instant};

use crate::store::{Result, Store, StoreErrorKind};

/// The key of the document for contexts and timelines.
pub(super) const CONTEXTS: &str = "changes";
/// Documents are listed so often whatever the document says: a server may have been killed between a change and telling
/// it, and an older one tells nothing.
const ANYWAY: Duration = Duration::from_secs(10);

/// Tells by the document `key` that something changed, which is in the store already.
///
/// # Errors
/// What the store says.
pub(crate) async fn tell(store: &dyn Store, key: &str) -> Result<()> {
    let version = version(store, key).await?;
    match store.put(key, version, Vec::new()).await {
        // Another server has put it since it was looked at here, and so after this change, too.
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
        done => done.map(drop),
    }
}

/// The number of changes that were told by the document `key`.
///
/// # Errors
/// What the store says.
pub(crate) async fn version(store: &dyn Store, key: &str) -> Result<Option<u64>> {
    Ok(store.get(key).await?.map(|document| document.version))
}

/// What was seen of the document when those that it stands for were listed last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Listed(Option<(Option<u64>, Instant)>);

impl Listed {
    /// They were listed, `version` having been seen before that.
    pub(crate) fn at(version: Option<u64>, now: Instant) -> Self {
        Listed(Some((version, now)))
    }

    /// Whether they have to be listed again, `version` being seen now.
    pub(crate) fn is_old(self, version: Option<u64>, now: Instant) -> bool {
        self.0.is_none_or(|(seen, at)| seen != version || now.duration_since(at) >= ANYWAY)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::store::MemoryStore;

    #[tokio::test]
    async fn every_change_makes_another_version() {
        let store = MemoryStore::new(Arc::new(SystemClock));
        let mut seen = vec![version(&store, CONTEXTS).await.expect("none yet")];
        for _ in 0..3 {
            tell(&store, CONTEXTS).await.expect("told");
            let next = version(&store, CONTEXTS).await.expect("a version");
            assert!(!seen.contains(&next));
            seen.push(next);
        }
    }

    #[test]
    fn they_are_listed_when_something_changed_and_now_and_then() {
        let now = Instant::now();
        let listed = Listed::at(Some(3), now);
        assert!(Listed::default().is_old(None, now));
        assert!(!listed.is_old(Some(3), now + Duration::from_secs(9)));
        assert!(listed.is_old(Some(4), now) && listed.is_old(None, now));
        assert!(listed.is_old(Some(3), now + ANYWAY));
    }
}
