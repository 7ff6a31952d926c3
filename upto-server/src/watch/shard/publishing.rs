//! What of a shard is to be published: in the journal, and to whoever has to know.

use super::Shard;
use crate::watch::notice::{Notice, Source, Turn};

/// For so long, in nanoseconds, notices are left to the server that decided on them.
const ADOPTED_AFTER: i64 = 10_000_000_000;

impl Shard {
    /// Adds a notice that is about no heartbeat.
    pub(in crate::watch) fn notify(&mut self, notice: Notice) {
        self.changes += 1;
        self.own.insert(notice.id.clone(), self.changes);
        self.posted.push(notice.clone());
        self.notices.push((notice, self.changes));
    }

    /// How many notices about no heartbeat wait for the store, or to be published.
    pub(in crate::watch) fn posted(&self) -> usize {
        self.notices.iter().filter(|(notice, _)| notice.source == Source::Journal).count()
    }

    /// Notices that are to be published: those that were decided on here, and those of servers that are gone.
    pub(in crate::watch) fn unpublished(&self, now: i64, is_alone: bool) -> Vec<Notice> {
        let is_own = |notice: &Notice| self.own.contains_key(&notice.id);
        let is_left = |notice: &Notice| is_alone || now.saturating_sub(notice.time) > ADOPTED_AFTER;
        let stored =
            self.notices.iter().filter(|(_, change)| *change <= self.saved).map(|(notice, _)| notice);
        stored.filter(|notice| is_own(notice) || is_left(notice)).cloned().collect()
    }

    /// Notes that a notice was published.
    pub(in crate::watch) fn end_publishing(&mut self, id: &str) {
        self.notices.retain(|(notice, _)| notice.id != id);
        self.own.remove(id);
        self.changes += 1;
        self.published.insert(id.to_owned(), self.changes);
    }

    /// What is stored of an incident that is over, and was decided on before that, maybe by a server that could not publish
    /// it any more. Somebody is told of that first, or they would be told that it began when it is over.
    pub(in crate::watch) fn earlier(&self, notice: &Notice) -> Vec<Notice> {
        if !matches!(notice.turn, Turn::Resolved | Turn::Closed) {
            return Vec::new();
        }
        let is_earlier = |other: &Notice| other.incident == notice.incident && other.id != notice.id;
        let stored =
            self.notices.iter().filter(|(_, change)| *change <= self.saved).map(|(notice, _)| notice);
        stored.filter(|other| is_earlier(other)).cloned().collect()
    }
}
