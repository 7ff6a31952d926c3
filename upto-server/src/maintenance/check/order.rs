//! The order of the timelines, which the contexts' documents decide.

use std::collections::{HashMap, HashSet};

use crate::catalog::document::TimelineDocument;

/// What was seen of it. Contexts come first in a listing, then the timelines, context by context.
#[derive(Default)]
pub(super) struct Order {
    active: HashMap<String, u64>,
    context: String,
    ordinals: HashSet<u64>,
}

impl Order {
    /// The document of a context says that this is its last timeline.
    pub(super) fn set_active(&mut self, context: String, ordinal: u64) {
        self.active.insert(context, ordinal);
    }

    /// What is wrong with a timeline's place among those of its context.
    pub(super) fn problem(&mut self, timeline: &TimelineDocument) -> Option<&'static str> {
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
