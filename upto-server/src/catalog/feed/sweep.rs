//! A reader's way through a feed.
//!
//! Of what changes all the time, the latest change is always the newest, so who took the oldest changes first and a bounded
//! number at a time would never come to some. So a reader goes through the keys: everything that changed since the reader was
//! told is told once in a round, page by page, and what changes again behind the reader's back comes in the next round.

use std::ops::Bound;
use std::sync::Arc;

use super::{Changes, Entry, Key};
use crate::live::Position;

/// Where a reader is.
#[derive(Clone, Debug)]
pub(crate) struct Sweep {
    beginning: Position,
    /// Everything up to here was told.
    told: u64,
    round: Option<Round>,
}

/// A round that takes several pages.
#[derive(Clone, Debug)]
struct Round {
    /// Everything up to here is told when it is over.
    until: u64,
    /// Keys up to this one were told.
    after: Key,
}

/// What is told next.
#[derive(Debug)]
pub(crate) struct Page {
    /// In the order of keys.
    pub(crate) entries: Vec<Arc<Entry>>,
    /// Where the reader is who was told all of them.
    pub(crate) then: Sweep,
}

impl Sweep {
    pub(super) fn at(beginning: Position, told: u64) -> Self {
        Sweep { beginning, told, round: None }
    }

    /// Up to where was told.
    pub(crate) fn position(&self) -> Position {
        self.beginning.at(self.told)
    }

    /// Whether a round has more pages.
    pub(crate) fn is_amid(&self) -> bool {
        self.round.is_some()
    }

    /// What an entry is not called any more, but was when the reader was told.
    pub(crate) fn former<'e>(&self, entry: &'e Entry) -> impl Iterator<Item = &'e Arc<str>> + use<'e> {
        entry.former_after(self.told)
    }

    pub(super) fn page(
        &self,
        changes: &Changes,
        limit: usize,
        is_wanted: impl Fn(&Entry) -> bool,
    ) -> Option<Page> {
        if self.beginning != changes.beginning || self.told < changes.floor {
            return None;
        }
        let after = self.round.as_ref().map(|round| &round.after);
        let range = (Bound::Excluded(self.told), Bound::Unbounded);
        let pending = changes.by_number.range(range).map(|(_, entry)| entry);
        let is_ahead = |entry: &Entry| after.is_none_or(|after| entry.key() > after);
        let mut entries: Vec<_> = pending.filter(|each| is_ahead(each) && is_wanted(each)).collect();
        entries.sort_unstable_by(|one, other| one.key().cmp(other.key()));
        let until = self.round.as_ref().map_or(changes.newest, |round| round.until);
        let is_last = entries.len() <= limit;
        entries.truncate(limit);
        let entries: Vec<_> = entries.into_iter().cloned().collect();
        let then = match entries.last().filter(|_| !is_last) {
            Some(last) => Sweep { round: Some(Round { until, after: last.key().clone() }), ..self.clone() },
            None => Sweep::at(self.beginning, until),
        };
        Some(Page { entries, then })
    }
}
