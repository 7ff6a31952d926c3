//! Opening timelines, so that all servers on a store agree which one is active.
//!
//! A context has one document that names its active timeline. Opening one is changing that document by
//! compare-and-put: of several servers that do so at once one wins, and the others look again. The timeline's own
//! document follows with its first marks, or before the next one is opened, whichever comes first.

use std::sync::Arc;

use super::document::{self, ContextDocument, TimelineDocument};
use super::names::Naming;
use super::rename::being_renamed;
use super::{Catalog, Context, Timeline};
use crate::store::{Result, StoreError, StoreErrorKind};

/// What timeline somebody asks for that the catalog does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    /// The one of this name.
    Named(&'a str),
    /// The one that is named by its time: asking again finds it.
    OfTime,
    /// A new one, named by a time that none has yet.
    New,
    /// Whichever is active; a new one if there is none.
    Active,
}

/// A timeline that was asked for. It is not in the catalog before it is [admitted](Context::admit).
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) timeline: Arc<Timeline>,
    /// It did not exist before.
    pub(crate) is_new: bool,
}

/// A context's document as it was read or put last.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) version: u64,
    pub(super) document: ContextDocument,
}

impl Seen {
    /// Somebody removed it, and not all of it is gone yet.
    fn is_being_removed(&self) -> bool {
        self.document.removed.is_some() && !self.document.is_erased()
    }
}

impl Catalog {
    /// Finds or opens what is wanted in the store; `time` is when, in nanoseconds since the epoch.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn open_timeline(
        &self,
        context: &Context,
        wanted: Wanted<'_>,
        time: i64,
    ) -> Result<Opened> {
        loop {
            let seen = match context.seen() {
                Some(seen) => Some(seen),
                None => self.look(context).await?,
            };
            if seen.as_ref().is_some_and(Seen::is_being_removed) {
                context.forget_seen();
                return Err(being_removed(&document::context_key(context.first_name())));
            }
            if let Some(found) = self.find_stored(context, seen.as_ref(), wanted, time).await? {
                let timeline = Arc::new(Timeline::found(found, self.memory.clone()));
                return Ok(Opened { timeline, is_new: false });
            }
            let name = self.name_of_new(context, seen.as_ref(), wanted, time).await?;
            if let Some(opened) = self.try_open(context, seen, name, time).await? {
                return Ok(Opened { timeline: opened, is_new: true });
            }
            context.forget_seen();
        }
    }

    /// What is wanted, if the store has it.
    async fn find_stored(
        &self,
        context: &Context,
        seen: Option<&Seen>,
        wanted: Wanted<'_>,
        time: i64,
    ) -> Result<Option<TimelineDocument>> {
        let active = seen.filter(|seen| seen.document.removed.is_none()).map(|seen| &seen.document.active);
        let name = match wanted {
            Wanted::Active => return Ok(active.cloned()),
            Wanted::New => return Ok(None),
            Wanted::Named(name) => name.to_owned(),
            Wanted::OfTime => time_name(time),
        };
        if let Some(active) = active.filter(|active| active.name == name) {
            return Ok(Some(active.clone()));
        }
        let key = document::timeline_key(context.first_name(), &name);
        let Some(stored) = self.store.get(&key).await? else { return self.find_alias(context, &name).await };
        let found = TimelineDocument::decode(&key, &stored.value)?;
        if found.removing { Err(being_removed(&key)) } else { Ok(Some(found)) }
    }

    /// What a timeline that is not there yet will be called.
    async fn name_of_new(
        &self,
        context: &Context,
        seen: Option<&Seen>,
        wanted: Wanted<'_>,
        mut time: i64,
    ) -> Result<String> {
        match wanted {
            Wanted::Named(name) => return Ok(name.to_owned()),
            Wanted::OfTime => return Ok(time_name(time)),
            Wanted::New | Wanted::Active => {}
        }
        loop {
            let name = time_name(time);
            let is_active = seen.is_some_and(|seen| seen.document.active.name == name);
            let key = document::timeline_key(context.first_name(), &name);
            if !is_active && context.timeline(&name).is_none() && self.store.get(&key).await?.is_none() {
                return Ok(name);
            }
            time = time.saturating_add(1);
        }
    }

    /// Makes a new timeline the active one; `None` if another server did something to the context meanwhile.
    async fn try_open(
        &self,
        context: &Context,
        seen: Option<Seen>,
        name: String,
        opened: i64,
    ) -> Result<Option<Arc<Timeline>>> {
        let stored_ordinal = seen.as_ref().map_or(0, |seen| seen.document.active.ordinal);
        let known_ordinal = context.latest().map_or(0, |latest| latest.ordinal());
        let ordinal = stored_ordinal.max(known_ordinal) + 1;
        let active = TimelineDocument {
            context: context.first_name().to_string(),
            name,
            ordinal,
            opened,
            ..TimelineDocument::default()
        };
        let present = seen.as_ref().filter(|seen| seen.document.removed.is_none());
        let is_first = present.is_none();
        if let Some(seen) = present {
            self.complete_opening(context, &seen.document.active).await?;
        }
        if is_first && self.is_context_alias(context.first_name()).await? {
            return Err(being_renamed(context.first_name()));
        }
        let changes = seen.as_ref().map_or(0, |seen| seen.document.changes);
        let naming = present.map_or(Naming::default(), |seen| seen.document.naming.clone());
        let document = ContextDocument { active, changes, naming, removed: None };
        let expected = seen.map(|seen| seen.version);
        match self.store.put(&document.key(), expected, document.encode()?).await {
            // Somebody called another context so at the same time, and did not see this one.
            Ok(version) if is_first && self.is_context_alias(context.first_name()).await? => {
                self.store.delete(&document.key(), version).await?;
                Err(being_renamed(context.first_name()))
            }
            Ok(version) => {
                let timeline = Timeline::created(document.active.clone(), self.memory.clone());
                context.set_seen(Seen { version, document });
                self.tell_others().await;
                Ok(Some(Arc::new(timeline)))
            }
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sees to it that the timeline which is active until now has a document of its own: the server that opened it
    /// may be gone.
    async fn complete_opening(&self, context: &Context, active: &TimelineDocument) -> Result<()> {
        let known = context.timeline(&active.name).filter(|known| known.ordinal() == active.ordinal);
        if known.as_ref().is_some_and(|known| known.new_document().is_none()) {
            return Ok(());
        }
        document::create(self.store.as_ref(), active).await?;
        if let Some(known) = known {
            known.set_documented();
        }
        Ok(())
    }

    /// Reads a context's document.
    pub(super) async fn look(&self, context: &Context) -> Result<Option<Seen>> {
        let key = document::context_key(context.first_name());
        let Some(stored) = self.store.get(&key).await? else { return Ok(None) };
        let document = ContextDocument::decode(&key, &stored.value)?;
        let seen = Seen { version: stored.version, document };
        context.set_seen(seen.clone());
        Ok(Some(seen))
    }
}

/// The name of a timeline that has none but its time.
pub(super) fn time_name(time: i64) -> String {
    format!("{:.9}", jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_nanos(time))
}

fn being_removed(key: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "open", format!("timeline {key:?}"))
        .because("it is being removed; it can be opened again in a moment")
}
