//! Reading everything, and naming what is damaged.

mod order;
mod streams;

use std::collections::{BTreeMap, HashMap};

use indicatif::ProgressBar;
use serde::Serialize;

use self::order::Order;
use self::streams::Streams;
use super::ToolError;
use super::marks::Blocks;
use crate::catalog::block::Block;
use crate::catalog::digests::{self, DIGESTS};
use crate::catalog::document::{CONTEXTS, ContextDocument, Listing, TIMELINES, TimelineDocument};
use crate::store::{Cursor, Document, Result, Store, StoreErrorKind};
use crate::timeline::Fold;
use crate::{catalog, doors, fleet, probe, retention, watch};

/// How many damages are told one by one, and how many timelines without marks.
const TOLD: usize = 1_000;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Documents of all kinds.
    pub documents: u64,
    /// Timelines among them.
    pub timelines: u64,
    /// Blocks of marks, of probes, of what hosts answered, of the journal and of what admins did.
    pub blocks: u64,
    /// Bytes of those, as they are stored.
    pub bytes: u64,
    /// Timelines without any marks: they were opened, and nothing came of it so far. Documents of contexts may name such
    /// a one that has none of its own yet.
    pub empty: u64,
    /// What these are stored under, the first thousand of them.
    pub empties: Vec<String>,
    /// How much is damaged.
    pub damaged: u64,
    /// What is damaged, the first thousand of it.
    pub damages: Vec<Damage>,
}

/// Something that can't be read, or contradicts something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The key of a document, or the name of a stream.
    pub place: String,
    /// The block in the stream; null for all of it, and for documents.
    pub cursor: Option<u64>,
    /// What is wrong.
    pub problem: String,
}

/// Reads everything in `store`. `progress` advances by one for each timeline.
///
/// # Errors
/// [`ToolError::Store`] when the store can't be read at present. What is damaged is no error, but reported.
pub async fn check(store: &dyn Store, progress: &ProgressBar) -> Result<CheckReport, ToolError> {
    let mut check = Check::new(store);
    // Before the documents: each stream that is there by now has one when those are listed.
    match Streams::of(store).await {
        Err(error) if error.kind() == StoreErrorKind::Damaged => check.damaged("streams", None, &error),
        streams => check.streams = streams?,
    }
    let mut listing = Listing::of(store, "");
    loop {
        let page = match listing.next().await {
            Err(error) if error.kind() == StoreErrorKind::Damaged => {
                check.damaged("documents", None, &error);
                break;
            }
            page => page?,
        };
        if page.is_empty() {
            check.without_documents().await?;
            check.beside().await?;
            break;
        }
        for (key, document) in &page {
            check.document(key, document, progress).await?;
        }
    }
    Ok(check.report)
}

/// Whether a document can be read, if it is one of those that settings, tokens, names and notes are in.
fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    doors::readable_token(key, value)
        .or_else(|| retention::readable(key, value))
        .or_else(|| catalog::readable_alias(key, value))
        .or_else(|| watch::readable(key, value))
        .or_else(|| fleet::readable(key, value))
        .or_else(|| probe::registry::readable(key, value))
}

/// Whether a block of a stream can be read, if it is none of marks.
fn readable_block(stream: &str, block: &[u8]) -> Option<Result<()>> {
    doors::audit::readable_block(stream, block)
        .or_else(|| watch::journal::readable_block(stream, block))
        .or_else(|| fleet::results::readable_block(stream, block))
        .or_else(|| probe::registry::readable_block(stream, block))
}

struct Check<'a> {
    store: &'a dyn Store,
    report: CheckReport,
    order: Order,
    streams: Streams,
    /// By what follows in the keys of digests: the places in the order of the timelines that had events.
    had_events: HashMap<String, u64>,
    /// Active timelines of which no document of their own was seen yet, by the key that it would have.
    undocumented: BTreeMap<String, TimelineDocument>,
}

impl<'a> Check<'a> {
    fn new(store: &'a dyn Store) -> Self {
        let (report, order, streams, had_events, undocumented) = Default::default();
        Check { store, report, order, streams, had_events, undocumented }
    }

    async fn document(
        &mut self,
        key: &str,
        document: &Document,
        progress: &ProgressBar,
    ) -> Result<(), ToolError> {
        self.report.documents += 1;
        if key.starts_with(CONTEXTS) {
            match ContextDocument::decode(key, &document.value) {
                Ok(context) => self.context(key, context),
                Err(error) => self.damaged(key, None, &error),
            }
        } else if key.starts_with(TIMELINES) {
            self.report.timelines += 1;
            match TimelineDocument::decode(key, &document.value) {
                Ok(timeline) => self.timeline(key, &timeline).await?,
                Err(error) => self.unreadable_timeline(key, &error),
            }
            progress.inc(1);
        } else if let Some(timeline) = key.strip_prefix(DIGESTS) {
            self.had_events
                .extend(digests::ordinal_in(&document.value).map(|ordinal| (timeline.to_owned(), ordinal)));
        } else if let Some(noted) = retention::noted_removal(key, &document.value) {
            match noted {
                Ok(timeline) => self.streams.know(&timeline.stream()),
                Err(error) => self.damaged(key, None, &error),
            }
        } else if let Some(Err(error)) = readable(key, &document.value) {
            self.damaged(key, None, &error);
        }
        Ok(())
    }

    fn context(&mut self, key: &str, context: ContextDocument) {
        if context.key() != key {
            self.damaged(key, None, &"it is of another context");
        }
        let is_erased = context.is_erased();
        let active = context.active;
        self.order.set_active(active.context.clone(), active.ordinal);
        if !is_erased {
            self.streams.know(&active.stream());
            self.undocumented.insert(active.key(), active);
        }
    }

    fn unreadable_timeline(&mut self, key: &str, error: &dyn ToString) {
        self.damaged(key, None, error);
        // Whatever its place in the order is.
        self.streams.know_all(key.trim_start_matches(TIMELINES));
    }

    async fn timeline(&mut self, key: &str, timeline: &TimelineDocument) -> Result<(), ToolError> {
        if timeline.key() != key {
            self.damaged(key, None, &"it is of another timeline");
        }
        if let Some(problem) = self.order.problem(timeline) {
            self.damaged(key, None, &problem);
        }
        self.undocumented.remove(key);
        self.streams.know(&timeline.stream());
        let mut blocks = Blocks::after(self.store, timeline.stream(), Cursor::START);
        let mut is_empty = true;
        loop {
            match blocks.next().await {
                Ok(page) if page.is_empty() && is_empty => {
                    self.without_marks(key, timeline);
                    return Ok(());
                }
                Ok(page) if page.is_empty() => return Ok(()),
                Ok(page) => {
                    is_empty = false;
                    page.iter().for_each(|block| self.block(blocks.stream(), block));
                }
                // What is behind it can't be read either: the back end does not say where that begins.
                Err(error) if error.kind() == StoreErrorKind::Damaged => {
                    self.damaged(blocks.stream(), None, &error);
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn without_marks(&mut self, key: &str, timeline: &TimelineDocument) {
        let had_events = self.had_events.get(key.trim_start_matches(TIMELINES)) == Some(&timeline.ordinal);
        match had_events {
            // Whoever removes it begins with them.
            _ if timeline.removing => {}
            true => self.damaged(key, None, &"its marks are gone: it had events"),
            false => self.empty(key),
        }
    }

    fn empty(&mut self, key: &str) {
        self.report.empty += 1;
        if self.report.empties.len() < TOLD {
            self.report.empties.push(key.to_owned());
        }
    }

    /// What has marks and no document, or is active and has neither.
    async fn without_documents(&mut self) -> Result<(), ToolError> {
        for stream in self.streams.unknown() {
            // What was removed meanwhile is gone.
            if self.has_blocks(&stream).await? {
                self.damaged(&stream, None, &"these are marks of a timeline that has no document");
            }
        }
        for (key, timeline) in std::mem::take(&mut self.undocumented) {
            if !self.has_blocks(&timeline.stream()).await? {
                self.empty(&key);
            }
        }
        Ok(())
    }

    async fn has_blocks(&self, stream: &str) -> Result<bool, ToolError> {
        match self.store.read(stream, Cursor::START, 1).await {
            Err(error) if error.kind() == StoreErrorKind::Damaged => Ok(true),
            read => Ok(!read?.is_empty()),
        }
    }

    /// What is none of a timeline.
    async fn beside(&mut self) -> Result<(), ToolError> {
        for stream in self.streams.take_others() {
            let mut blocks = Blocks::after(self.store, stream.clone(), Cursor::START);
            loop {
                match blocks.next().await {
                    Ok(page) if page.is_empty() => break,
                    Ok(page) => page.iter().for_each(|block| {
                        self.read(&stream, block, readable_block(&stream, &block.bytes).unwrap_or(Ok(())));
                    }),
                    Err(error) if error.kind() == StoreErrorKind::Damaged => {
                        self.damaged(&stream, None, &error);
                        break;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    fn block(&mut self, stream: &str, block: &crate::store::Block) {
        let read = Block::open(&block.bytes).and_then(|marks| marks.apply(&mut Fold::default()));
        self.read(stream, block, read);
    }

    fn read<T, E: ToString>(&mut self, stream: &str, block: &crate::store::Block, read: Result<T, E>) {
        self.report.blocks += 1;
        self.report.bytes += block.bytes.len() as u64;
        if let Err(error) = read {
            self.damaged(stream, Some(block.cursor), &error);
        }
    }

    fn damaged(&mut self, place: &str, cursor: Option<Cursor>, problem: &dyn ToString) {
        self.report.damaged += 1;
        if self.report.damages.len() < TOLD {
            let (place, cursor) = (place.to_owned(), cursor.map(|cursor| cursor.0));
            self.report.damages.push(Damage { place, cursor, problem: problem.to_string() });
        }
    }
}
