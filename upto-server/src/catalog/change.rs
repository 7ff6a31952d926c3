//! Changing timelines that are there: pinning them, and telling the other servers of that and of removals.

use super::document::{self, ContextDocument, Metadata, TimelineDocument};
use super::{Catalog, Timeline};
use crate::store::{Result, StoreErrorKind};

impl Catalog {
    /// Pins a timeline, which keeps it from being removed by limits, or unpins it; false if it is being removed.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn pin(&self, timeline: &Timeline, is_pinned: bool) -> Result<bool> {
        let is_done =
            self.change(timeline, |present| TimelineDocument { pinned: is_pinned, ..present }).await?;
        if is_done {
            timeline.set_pinned(is_pinned);
            self.note_change(timeline);
        }
        Ok(is_done)
    }

    /// Replaces what people say of a timeline; false if it is being removed.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn describe(&self, timeline: &Timeline, metadata: Metadata) -> Result<bool> {
        let change = |present| TimelineDocument { metadata: metadata.clone(), ..present };
        let is_done = self.change(timeline, change).await?;
        if is_done {
            timeline.set_metadata(&metadata);
            self.note_change(timeline);
        }
        Ok(is_done)
    }

    /// What is said of it changed.
    fn note_change(&self, timeline: &Timeline) {
        self.feed.note(timeline.key(), timeline.context());
        timeline.retell();
    }

    /// Changes the document of a timeline, and tells the other servers; false if it is being removed.
    async fn change(
        &self,
        timeline: &Timeline,
        change: impl Fn(TimelineDocument) -> TimelineDocument,
    ) -> Result<bool> {
        let key = timeline.document().key();
        document::create(self.store.as_ref(), timeline.document()).await?;
        while let Some(stored) = self.store.get(&key).await? {
            let present = TimelineDocument::decode(&key, &stored.value)?;
            if present.removing || present.ordinal != timeline.ordinal() {
                return Ok(false);
            }
            let changed = change(present);
            match self.store.put(&key, Some(stored.version), changed.encode()?).await {
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                done => {
                    done?;
                    self.tell_change(timeline.context()).await?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Forgets a timeline that was removed from the store.
    pub(crate) fn forget(&self, timeline: &Timeline) {
        if let Some(context) = self.context(timeline.context()) {
            context.forget(timeline);
        }
    }

    /// Tells the other servers to list the timelines of a context again.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn tell_change(&self, context: &str) -> Result<()> {
        let context = self.context_or_new(context);
        while let Some(seen) = self.look(&context).await? {
            let document = ContextDocument { changes: seen.document.changes + 1, ..seen.document };
            match self.store.put(&document.key(), Some(seen.version), document.encode()?).await {
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                done => {
                    // What this server knows of the document is older by then; it looks again when it needs it.
                    context.forget_seen();
                    done?;
                    self.tell_others().await;
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
