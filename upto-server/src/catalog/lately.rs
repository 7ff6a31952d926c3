//! Telling the other servers on a store in which timelines something was stored, for those that watch many of them.
//!
//! Each server has a document of its own, in which it says that, a few times a second while it stores something; others
//! read these documents while somebody watches a context, or all of them. A document has what was told in the last seconds,
//! in numbered rounds, so whoever looks as often misses nothing, and whoever misses a round knows. A server says now and
//! then that it is there. One that does not has ended, and perhaps stored something that it did not tell: then more may have
//! changed than is known, and its document is removed.

mod document;
mod hearing;
mod telling;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

pub(super) use self::hearing::{Hearing, News};
pub(super) use self::telling::Telling;
use super::Key;

/// Documents of servers begin with this. Then follow random digits.
pub(crate) const PREFIX: &str = "changes-by/";
/// Timelines that are told in one round at most.
const TIMELINES: usize = 1_024;

/// The timelines in which something was stored, and that were not told yet.
#[derive(Debug, Default)]
pub(super) struct Lately(Mutex<Stored>);

/// What is told in a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stored {
    timelines: BTreeSet<Key>,
    /// There are more than those.
    is_more: bool,
}

impl Lately {
    /// Something was stored in these.
    pub(super) fn add(&self, timelines: impl Iterator<Item = Key>) {
        let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for timeline in timelines {
            if stored.timelines.len() < TIMELINES || stored.timelines.contains(&timeline) {
                stored.timelines.insert(timeline);
            } else {
                stored.is_more = true;
            }
        }
    }

    fn take(&self) -> Stored {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was taken could not be told.
    fn give_back(&self, stored: Stored) {
        let is_more = stored.is_more;
        self.add(stored.timelines.into_iter());
        if is_more {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).is_more = true;
        }
    }
}

impl Stored {
    fn is_empty(&self) -> bool {
        self.timelines.is_empty() && !self.is_more
    }
}

#[cfg(test)]
mod tests;
