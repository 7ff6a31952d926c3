//! Giving a timeline or a context another name, such that a server may be killed anywhere in between.
//!
//! 1. The new name is noted in the document, as pending. Only one can be.
//! 2. A document of its own reserves the name, and points to the first one.
//! 3. It is looked whether something else has the name as its first one, which opening looks for the other way round: of
//!    two that do so at once, at least one sees the other.
//! 4. The document says the name. From then on all servers show it, once they look again.
//!
//! What is stored stays under the first name, and all names that it had lead to it: a sender that still says one of them
//! goes on in the same timeline. Whoever sees a pending name goes on where the other one was killed, which may be done by
//! several at once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::document::{self, ContextDocument, TimelineDocument, alias_key, context_alias_key};
use super::names::{Naming, Step};
use super::{Catalog, Context, Timeline};
use crate::store::{Result, StoreError, StoreErrorKind};

/// What came of renaming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renamed {
    /// It is called so.
    Done,
    /// Something else is called so.
    Taken,
    /// It is not there any more.
    Gone,
    /// It has too many names already.
    TooMany,
}

/// What is stored under a name that something has beside its first one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Alias {
    /// The first name.
    of: String,
    /// The timeline's place in the order; 0 for contexts.
    ordinal: u64,
}

/// Whether a document is another name that can be read; `None` if it is something else.
pub(crate) fn readable_alias(key: &str, value: &[u8]) -> Option<Result<()>> {
    document::is_alias_key(key).then(|| document::decode::<Alias>(key, value).map(drop))
}

impl Catalog {
    /// # Errors
    /// What the store says. Then it may have come about, or may still.
    pub(crate) async fn rename_timeline(&self, timeline: &Arc<Timeline>, name: &str) -> Result<Renamed> {
        document::create(self.store.as_ref(), timeline.document()).await?;
        timeline.set_documented();
        let renamed = self.rename_stored_timeline(timeline.document(), name).await?;
        self.take_names(timeline).await?;
        Ok(renamed)
    }

    /// Takes the names that are stored.
    async fn take_names(&self, timeline: &Arc<Timeline>) -> Result<()> {
        if let (Some((_, stored)), Some(context)) =
            (self.stored_timeline(timeline.document()).await?, self.context(timeline.context()))
        {
            context.call(timeline, &stored.naming);
        }
        Ok(())
    }

    /// Finishes what somebody began.
    pub(super) async fn finish_renaming_timeline(&self, timeline: &TimelineDocument) -> Result<()> {
        let Some(pending) = &timeline.naming.pending else { return Ok(()) };
        self.rename_stored_timeline(timeline, pending).await.map(drop)
    }

    async fn rename_stored_timeline(&self, timeline: &TimelineDocument, name: &str) -> Result<Renamed> {
        loop {
            let Some((version, stored)) = self.stored_timeline(timeline).await? else {
                self.release(&alias_key(&timeline.context, name), &alias_of(timeline)).await?;
                return Ok(Renamed::Gone);
            };
            let (naming, taken) = match stored.naming.step(&stored.name, name) {
                Step::Done => return self.tell_change(&stored.context).await.map(|()| Renamed::Done),
                Step::TooMany => return Ok(Renamed::TooMany),
                Step::Store(naming) => (naming, None),
                Step::Reserve(pending) => {
                    let is_reserved = self.reserve_timeline(&stored, &pending).await?;
                    (stored.naming.clone().settled(is_reserved), (!is_reserved).then_some(pending))
                }
            };
            let changed = TimelineDocument { naming, ..stored };
            let is_stored = self.put(&changed.key(), version, changed.encode()?).await?;
            if is_stored && taken.is_some_and(|taken| taken == name) {
                return Ok(Renamed::Taken);
            }
        }
    }

    /// The document of this very timeline, if it is there and stays.
    async fn stored_timeline(&self, timeline: &TimelineDocument) -> Result<Option<(u64, TimelineDocument)>> {
        let key = timeline.key();
        let Some(stored) = self.store.get(&key).await? else { return Ok(None) };
        let document = TimelineDocument::decode(&key, &stored.value)?;
        let is_same = document.ordinal == timeline.ordinal && !document.removing;
        Ok(is_same.then_some((stored.version, document)))
    }

    /// Reserves a name for a timeline; false: another one has it.
    async fn reserve_timeline(&self, timeline: &TimelineDocument, name: &str) -> Result<bool> {
        let (key, alias) = (alias_key(&timeline.context, name), alias_of(timeline));
        if !self.reserve(&key, &alias, &timeline.context).await? {
            return Ok(false);
        }
        // Whoever opens a timeline changes the context's document. Who looked for aliases before this one was there
        // fails there now, or was earlier, and is seen.
        self.tell_change(&timeline.context).await?;
        let context = self.context_or_new(&timeline.context);
        let active = self.look(&context).await?.map(|seen| seen.document.active);
        let is_active =
            active.is_some_and(|active| active.name == name && active.ordinal != timeline.ordinal);
        let is_taken =
            is_active || self.store.get(&document::timeline_key(&timeline.context, name)).await?.is_some();
        if is_taken {
            self.release(&key, &alias).await?;
        }
        Ok(!is_taken)
    }

    /// The timeline that has this name beside its first one.
    pub(super) async fn find_alias(&self, context: &Context, name: &str) -> Result<Option<TimelineDocument>> {
        let key = alias_key(context.first_name(), name);
        let Some(stored) = self.store.get(&key).await? else { return Ok(None) };
        let alias: Alias = document::decode(&key, &stored.value)?;
        let (context, name_of, ordinal) = (context.first_name().to_string(), alias.of, alias.ordinal);
        let wanted = TimelineDocument { context, name: name_of, ordinal, ..TimelineDocument::default() };
        let found = self.stored_timeline(&wanted).await?.map(|(_, document)| document);
        Ok(found.filter(|document| document.naming.means(name)))
    }

    /// # Errors
    /// What the store says. Then it may have come about, or may still.
    pub(crate) async fn rename_context(&self, context: &Arc<Context>, name: &str) -> Result<Renamed> {
        self.rename_stored_context(context, name).await
    }

    /// Finishes what somebody began.
    pub(super) async fn finish_renaming_context(
        &self,
        context: &Arc<Context>,
        naming: &Naming,
    ) -> Result<()> {
        let Some(pending) = &naming.pending else { return Ok(()) };
        self.rename_stored_context(context, pending).await.map(drop)
    }

    async fn rename_stored_context(&self, context: &Arc<Context>, name: &str) -> Result<Renamed> {
        let first = context.first_name();
        loop {
            let seen = self.look(context).await?.filter(|seen| seen.document.removed.is_none());
            let Some(seen) = seen else {
                self.release(&context_alias_key(name), &Alias { of: first.to_string(), ordinal: 0 }).await?;
                return Ok(Renamed::Gone);
            };
            let stored = seen.document;
            let (naming, taken) = match stored.naming.step(first, name) {
                Step::Done => {
                    self.call(context, &stored.naming);
                    return Ok(Renamed::Done);
                }
                Step::TooMany => return Ok(Renamed::TooMany),
                Step::Store(naming) => (naming, None),
                Step::Reserve(pending) => {
                    let is_reserved = self.reserve_context(context, &pending).await?;
                    (stored.naming.clone().settled(is_reserved), (!is_reserved).then_some(pending))
                }
            };
            let changed = ContextDocument { naming, ..stored };
            let is_stored = self.put(&changed.key(), seen.version, changed.encode()?).await?;
            context.forget_seen();
            self.tell_others().await;
            if is_stored && taken.is_some_and(|taken| taken == name) {
                return Ok(Renamed::Taken);
            }
        }
    }

    async fn reserve_context(&self, context: &Context, name: &str) -> Result<bool> {
        let (key, alias) =
            (context_alias_key(name), Alias { of: context.first_name().to_string(), ordinal: 0 });
        if !self.reserve(&key, &alias, context.first_name()).await? {
            return Ok(false);
        }
        let other = document::context_key(name);
        let is_taken = match self.store.get(&other).await? {
            Some(stored) => !ContextDocument::decode(&other, &stored.value)?.is_erased(),
            None => false,
        };
        if is_taken {
            self.release(&key, &alias).await?;
        }
        Ok(!is_taken)
    }

    /// Whether a context has this name beside its first one: then no other one may be opened by it.
    pub(super) async fn is_context_alias(&self, name: &str) -> Result<bool> {
        let key = context_alias_key(name);
        let Some(stored) = self.store.get(&key).await? else { return Ok(false) };
        let alias: Alias = document::decode(&key, &stored.value)?;
        self.is_alias_of_context(&alias, name).await
    }

    async fn is_alias_of_context(&self, alias: &Alias, name: &str) -> Result<bool> {
        let key = document::context_key(&alias.of);
        let Some(stored) = self.store.get(&key).await? else { return Ok(false) };
        let document = ContextDocument::decode(&key, &stored.value)?;
        Ok(document.removed.is_none() && document.naming.means(name))
    }

    /// Puts an alias where there is none, or one that leads nowhere; false: it is somebody else's.
    async fn reserve(&self, key: &str, alias: &Alias, context: &str) -> Result<bool> {
        loop {
            let stored = self.store.get(key).await?;
            let other =
                stored.as_ref().map(|stored| document::decode::<Alias>(key, &stored.value)).transpose()?;
            if other.as_ref() == Some(alias) {
                return Ok(true);
            }
            if let Some(other) = &other
                && self.leads_somewhere(key, other, context).await?
            {
                return Ok(false);
            }
            let version = stored.map(|stored| stored.version);
            match self.store.put(key, version, document::encode(alias, key)?).await {
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                done => return done.map(|_| true),
            }
        }
    }

    async fn leads_somewhere(&self, key: &str, alias: &Alias, context: &str) -> Result<bool> {
        if alias.ordinal == 0 {
            let name = |aliases: &Naming| aliases.reserved().any(|name| context_alias_key(name) == key);
            let other = document::context_key(&alias.of);
            let Some(stored) = self.store.get(&other).await? else { return Ok(false) };
            let document = ContextDocument::decode(&other, &stored.value)?;
            return Ok(document.removed.is_none() && name(&document.naming));
        }
        let (name, ordinal) = (alias.of.clone(), alias.ordinal);
        let wanted =
            TimelineDocument { context: context.to_owned(), name, ordinal, ..TimelineDocument::default() };
        let found = self.stored_timeline(&wanted).await?;
        Ok(found
            .is_some_and(|(_, found)| found.naming.reserved().any(|name| alias_key(context, name) == key)))
    }

    /// Deletes an alias, if it is this one.
    async fn release(&self, key: &str, alias: &Alias) -> Result<()> {
        let Some(stored) = self.store.get(key).await? else { return Ok(()) };
        if document::decode::<Alias>(key, &stored.value)? != *alias {
            return Ok(());
        }
        match self.store.delete(key, stored.version).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
            done => done,
        }
    }

    /// False if another one was quicker.
    async fn put(&self, key: &str, version: u64, value: Vec<u8>) -> Result<bool> {
        match self.store.put(key, Some(version), value).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(false),
            done => done.map(|_| true),
        }
    }
}

fn alias_of(timeline: &TimelineDocument) -> Alias {
    Alias { of: timeline.name.clone(), ordinal: timeline.ordinal }
}

/// What is told who opens something by a name that is being given to something else.
pub(super) fn being_renamed(name: &str) -> StoreError {
    let short: String = name.chars().take(100).collect();
    StoreError::new(StoreErrorKind::Unavailable, "open", format!("context {short:?}"))
        .because("another one is being called so; it can be found in a moment")
}
