//! Those who watch a timeline.

use super::Timeline;
use crate::catalog::feed::Key;
use crate::live::Watching;

impl Timeline {
    /// True if somebody watches.
    pub(in crate::catalog) fn is_watched(&self) -> bool {
        self.live().hub.is_watched()
    }

    /// Everything that is published of this timeline from now on, and what was a moment ago.
    pub(in crate::catalog) fn subscribe(&self) -> Watching {
        self.live().hub.subscribe()
    }

    /// How often somebody began to watch.
    pub(crate) fn visits(&self) -> u64 {
        self.live().hub.visits()
    }

    /// Drops what is kept for those who watched, if they are gone and nobody came since there were so many visits.
    pub(crate) fn forget_watchers(&self, visits: u64) {
        self.live().hub.close(visits);
    }

    /// Tells the watchers how it stands, though no mark came.
    pub(in crate::catalog) fn retell(&self) {
        let is_open = {
            let hub = &mut self.live().hub;
            hub.note_summary();
            hub.is_open()
        };
        if is_open {
            self.settle();
        }
    }

    /// Whoever asks next has to look for what other servers stored.
    pub(in crate::catalog) fn expect_more(&self) {
        self.live().followed = None;
    }

    /// What stands for it where it is told what changed.
    pub(in crate::catalog) fn key(&self) -> Key {
        Key { context: self.context_name.clone(), ordinal: Some(self.ordinal()) }
    }
}
