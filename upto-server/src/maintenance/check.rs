//! Reading everything, and naming what is damaged.

use std::collections::{HashMap, HashSet};

use indicatif::ProgressBar;
use serde::Serialize;

use super::ToolError;
use super::marks::Blocks;
use crate::catalog::block::Block;
use crate::catalog::document::{CONTEXTS, ContextDocument, Listing, TIMELINES, TimelineDocument};
use crate::store::{Cursor, Document, Result, Store, StoreErrorKind};
use crate::timeline::Fold;
use crate::{doors, retention, watch};

/// How many damages are told one by one.
const TOLD: usize = 1_000;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Documents of all kinds.
    pub documents: u64,
    /// Timelines among them.
    pub timelines: u64,
    /// Blocks of marks.
    pub blocks: u64,
    /// Bytes of those, as they are stored.
    pub bytes: u64,
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
    let mut check = Check { store, report: CheckReport::default(), order: Order::default() };
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
            break;
        }
        for (key, document) in &page {
            check.document(key, document, progress).await?;
        }
    }
    Ok(check.report)
}

/// Whether a document can be read, if it is one of those that settings and tokens are in.
fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    doors::readable_token(key, value)
        .or_else(|| retention::readable(key, value))
        .or_else(|| watch::readable(key, value))
}

struct Check<'a> {
    store: &'a dyn Store,
    report: CheckReport,
    order: Order,
}

/// The order of the timelines, which the contexts' documents decide. These come first in a listing, then the
/// timelines, context by context.
#[derive(Default)]
struct Order {
    active: HashMap<String, u64>,
    context: String,
    ordinals: HashSet<u64>,
}

impl Check<'_> {
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
                Err(error) => self.damaged(key, None, &error),
            }
            progress.inc(1);
        } else if let Some(Err(error)) = readable(key, &document.value) {
            self.damaged(key, None, &error);
        }
        Ok(())
    }

    fn context(&mut self, key: &str, context: ContextDocument) {
        if context.key() != key {
            self.damaged(key, None, &"it is of another context");
        }
        self.order.active.insert(context.active.context, context.active.ordinal);
    }

    async fn timeline(&mut self, key: &str, timeline: &TimelineDocument) -> Result<(), ToolError> {
        if timeline.key() != key {
            self.damaged(key, None, &"it is of another timeline");
        }
        if let Some(problem) = self.order.problem(timeline) {
            self.damaged(key, None, &problem);
        }
        let mut blocks = Blocks::after(self.store, timeline.stream(), Cursor::START);
        loop {
            match blocks.next().await {
                Ok(page) if page.is_empty() => return Ok(()),
                Ok(page) => page.iter().for_each(|block| self.block(blocks.stream(), block)),
                // What is behind it can't be read either: the back end does not say where that begins.
                Err(error) if error.kind() == StoreErrorKind::Damaged => {
                    self.damaged(blocks.stream(), None, &error);
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn block(&mut self, stream: &str, block: &crate::store::Block) {
        self.report.blocks += 1;
        self.report.bytes += block.bytes.len() as u64;
        let read = Block::open(&block.bytes).and_then(|marks| marks.apply(&mut Fold::default()));
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

impl Order {
    /// What is wrong with a timeline's place among those of its context.
    fn problem(&mut self, timeline: &TimelineDocument) -> Option<&'static str> {
        if self.context != timeline.context {
            self.context.clone_from(&timeline.context);
            self.ordinals.clear();
        }
        if !self.ordinals.insert(timeline.ordinal) {
            return Some("another timeline has the same place in the order of its context");
        }
        let is_later = self.active.get(&timeline.context).is_some_and(|active| timeline.ordinal > *active);
        is_later.then_some("it is newer than the timeline that its context says is active")
    }
}
