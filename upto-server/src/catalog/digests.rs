//! The digests of timelines, for questions about what came before: from memory, else from the store, else made of the
//! events and stored.
//!
//! A digest holds as long as its timeline's stream does not go on behind the place up to which it was made. It can be made
//! again, so what goes wrong with storing it is no error, and exports leave it out: in another store, places are others.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};

use super::blocks::Blocks;
use super::document::{self, TimelineDocument, escaped, timeline_key};
use super::load::Size;
use super::timeline::Timeline;
use super::turns::Work;
use super::unanswered::Unanswered;
use super::{Catalog, Context};
use crate::store::{Cursor, Document, Result, Store, StoreErrorKind};
use crate::timeline::Times;
use crate::timeline::digest::{Digest, Outcome, Step};
use crate::timeline::history::WINDOW;

/// Documents of digests begin with this. Then follow the context's and the timeline's name, escaped.
pub(crate) const DIGESTS: &str = "digest/";
/// What is counted and how; a document of another version is made again.
const VERSION: u32 = 1;
/// Digests that are read, or made, at the same time for one question.
const AT_ONCE: usize = 4;
/// Earlier timelines that a question looks at, at most.
pub(crate) const EARLIER: usize = WINDOW;

/// What is stored.
#[derive(Debug, Serialize, Deserialize)]
struct DigestDocument {
    version: u32,
    /// A timeline that is opened again after it was removed has another one.
    ordinal: u64,
    through: u64,
    digest: Digest,
}

/// A digest that is in memory.
#[derive(Clone)]
pub(super) struct KnownDigest {
    /// Everything up to here is in it.
    through: Cursor,
    /// `None`: there is no event.
    digest: Option<Arc<Digest>>,
}

impl KnownDigest {
    /// Bytes of memory, estimated.
    pub(super) fn bytes(&self) -> usize {
        let bytes = |step: &Step| size_of::<Step>() + step.name.len();
        size_of::<Digest>() + self.digest.iter().flat_map(|digest| &digest.steps).map(bytes).sum::<usize>()
    }
}

/// The digests of several timelines of a context, the oldest first.
#[derive(Default)]
pub(crate) struct Digests {
    /// Timelines that have events.
    pub(crate) runs: Vec<(Arc<Timeline>, Arc<Digest>)>,
    /// How many could not be read, or are too large.
    pub(crate) left_out: usize,
}

impl Digests {
    /// The digests alone.
    pub(crate) fn all(&self) -> Vec<Arc<Digest>> {
        self.runs.iter().map(|(_, digest)| digest.clone()).collect()
    }
}

impl Catalog {
    /// The digests of up to `limit` timelines of a context, those older than the ordinal `before` only; at most
    /// [`EARLIER`] and one. What can't be read is left out and counted.
    ///
    /// # Errors
    /// What the store says when trying again later may help.
    pub(crate) async fn digests(
        &self,
        context: &Context,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Digests, Unanswered> {
        let timelines = context.older(before, limit.min(EARLIER + 1));
        let digests = timelines.into_iter().rev().map(|timeline| self.digest_with(timeline));
        let mut found = stream::iter(digests.collect::<Vec<_>>()).buffered(AT_ONCE);
        let mut digests = Digests::default();
        while let Some((timeline, digest)) = found.next().await {
            match digest {
                Ok(Some(digest)) => digests.runs.push((timeline, digest)),
                Ok(None) => {}
                Err(error) if error.is_temporary() => return Err(error),
                Err(_) => digests.left_out += 1,
            }
        }
        Ok(digests)
    }

    async fn digest_with(
        &self,
        timeline: Arc<Timeline>,
    ) -> (Arc<Timeline>, Result<Option<Arc<Digest>>, Unanswered>) {
        let digest = self.digest(&timeline).await;
        (timeline, digest)
    }

    /// The digest of a timeline; `None` if it has no event.
    ///
    /// # Errors
    /// As [`Timeline::made`].
    pub(crate) async fn digest(&self, timeline: &Timeline) -> Result<Option<Arc<Digest>>, Unanswered> {
        let store = self.store().as_ref();
        if let Some(known) = timeline.known_digest(store).await? {
            return Ok(known.digest);
        }
        let made = timeline.make_digest(store).await?;
        let latest = self.context(timeline.context()).and_then(|context| context.latest());
        // The active one will not stay as it is.
        if latest.is_some_and(|latest| latest.ordinal() != timeline.ordinal()) {
            timeline.store_digest(store, &made).await;
        }
        Ok(made.digest)
    }
}

impl Timeline {
    /// A digest that was made before, if it still holds.
    async fn known_digest(&self, store: &dyn Store) -> Result<Option<KnownDigest>> {
        let known = self.live().tables.digest.clone();
        if let Some(known) = known
            && self.ends_at(store, known.through).await?
        {
            return Ok(Some(known));
        }
        let Some((_, stored)) = self.stored_digest(store).await? else { return Ok(None) };
        let known = KnownDigest { through: Cursor(stored.through), digest: Some(Arc::new(stored.digest)) };
        if stored.ordinal != self.ordinal() || !self.ends_at(store, known.through).await? {
            return Ok(None);
        }
        self.keep_digest(&known);
        Ok(Some(known))
    }

    /// True if nothing was stored behind this place.
    async fn ends_at(&self, store: &dyn Store, through: Cursor) -> Result<bool> {
        Ok(store.read(self.stream(), through, 1).await?.is_empty())
    }

    /// One that can't be read, or is of another version, is as good as none.
    async fn stored_digest(&self, store: &dyn Store) -> Result<Option<(u64, DigestDocument)>> {
        let Some(Document { version, value }) = store.get(&key(self.document())).await? else {
            return Ok(None);
        };
        let digest = rmp_serde::from_slice::<DigestDocument>(&value).ok();
        Ok(digest.filter(|digest| digest.version == VERSION).map(|digest| (version, digest)))
    }

    async fn make_digest(&self, store: &dyn Store) -> Result<KnownDigest, Unanswered> {
        let in_fold = self.stored_in_fold(store).await?;
        let _turn = self.turn(Work::Look).await;
        let made = self.made_now(store, Times::Corrected).await?;
        let through = made.through.or(in_fold).unwrap_or(Cursor::START);
        let digest = self.ask_made(made, |made| Digest::of(made.table())).await?;
        let known = KnownDigest { through, digest: digest.map(Arc::new) };
        self.keep_digest(&known);
        Ok(known)
    }

    /// Up to where the stream surely is in the fold; `None` if the timeline is too large for one.
    async fn stored_in_fold(&self, store: &dyn Store) -> Result<Option<Cursor>> {
        if self.bring_up_to_date(store).await? == Size::TooLarge {
            return Ok(None);
        }
        if store.is_shared() {
            self.follow(store).await?;
            return Ok(Some(self.live().read));
        }
        let from = {
            let live = self.live();
            live.tables.digest.as_ref().map_or(live.read, |known| known.through.max(live.read))
        };
        // What this server stored was in the fold before.
        let mut blocks = Blocks::after(self, store, from);
        while !blocks.next().await?.is_empty() {}
        Ok(Some(blocks.through()))
    }

    fn keep_digest(&self, known: &KnownDigest) {
        let mut live = self.live();
        live.tables.digest = Some(known.clone());
        self.count_bytes(&mut live);
    }

    /// Stores the digest of a timeline that is not running. Nobody relies on it.
    async fn store_digest(&self, store: &dyn Store, known: &KnownDigest) {
        let Some(digest) = known.digest.as_deref().filter(|digest| digest.outcome != Outcome::Running) else {
            return;
        };
        let stored = DigestDocument {
            version: VERSION,
            ordinal: self.ordinal(),
            through: known.through.0,
            digest: digest.clone(),
        };
        let _ = put(store, self.document(), &stored).await;
    }
}

async fn put(store: &dyn Store, timeline: &TimelineDocument, digest: &DigestDocument) -> Result<()> {
    let key = key(timeline);
    let version = store.get(&key).await?.map(|known| known.version);
    store.put(&key, version, document::encode(digest, &key)?).await?;
    // Whoever removes the timeline deletes its digest, but perhaps did so before this.
    let name = timeline_key(&timeline.context, &timeline.name);
    let present = store.get(&name).await?.map(|present| TimelineDocument::decode(&name, &present.value));
    match present {
        Some(Ok(present)) if !present.removing => Ok(()),
        _ => remove(store, timeline).await,
    }
}

/// The place in the order of the timeline that a stored digest is of: one that had events.
pub(crate) fn ordinal_in(value: &[u8]) -> Option<u64> {
    rmp_serde::from_slice::<DigestDocument>(value).ok().map(|digest| digest.ordinal)
}

/// Deletes the digest of a timeline, if there is one.
///
/// # Errors
/// What the store says.
pub(crate) async fn remove(store: &dyn Store, timeline: &TimelineDocument) -> Result<()> {
    let key = key(timeline);
    let Some(known) = store.get(&key).await? else { return Ok(()) };
    match store.delete(&key, known.version).await {
        Err(error) if error.kind() != StoreErrorKind::Conflict => Err(error),
        _ => Ok(()),
    }
}

fn key(timeline: &TimelineDocument) -> String {
    format!("{DIGESTS}{}/{}", escaped(&timeline.context), escaped(&timeline.name))
}

#[cfg(test)]
mod tests;
