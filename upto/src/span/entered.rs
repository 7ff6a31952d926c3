//! Spans that were entered on this thread, while that is all that happened: a small stack ahead of the thread's stack
//! of frames, onto which they are moved before anything is done to that.

use std::cell::Cell;

use crate::path::{Node, ROOT};

const DEPTH: usize = 16;

/// A span that was entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EnteredSpan {
    pub(crate) domain: u64,
    pub(crate) id: u64,
    pub(crate) key: u64,
    pub(crate) node: &'static Node,
    /// What was current before.
    pub(crate) before: &'static Node,
}

#[derive(Debug)]
pub(crate) struct Entered {
    depth: Cell<usize>,
    spans: [Cell<EnteredSpan>; DEPTH],
}

impl Entered {
    pub(crate) const fn new() -> Self {
        const NONE: EnteredSpan = EnteredSpan { domain: 0, id: 0, key: 0, node: &ROOT, before: &ROOT };
        Entered { depth: Cell::new(0), spans: [const { Cell::new(NONE) }; DEPTH] }
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.depth.get() == 0
    }

    /// False: there is no room.
    #[inline(always)]
    pub(crate) fn push(&self, span: EnteredSpan) -> bool {
        let depth = self.depth.get();
        let Some(place) = self.spans.get(depth) else { return false };
        place.set(span);
        self.depth.set(depth + 1);
        true
    }

    #[inline(always)]
    pub(crate) fn last(&self) -> Option<EnteredSpan> {
        self.spans.get(self.depth.get().wrapping_sub(1)).map(Cell::get)
    }

    #[inline(always)]
    pub(crate) fn pop(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// The outermost first.
    #[inline(always)]
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = EnteredSpan> {
        self.spans.iter().take(self.depth.get()).map(Cell::get)
    }

    /// Takes all of them, the outermost first.
    pub(crate) fn drain(&self) -> impl Iterator<Item = EnteredSpan> {
        self.spans.iter().take(self.depth.take()).map(Cell::get)
    }
}
