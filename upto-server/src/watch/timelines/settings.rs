//! What the configuration says of timelines that are watched.

use std::time::Duration;

use crate::doors::matches_pattern;

/// Contexts whose timelines are watched, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineRule {
    /// Names of contexts; `*` stands for any characters.
    pub context: String,
    /// Somebody is told of an event that is open for longer than this; `None`: of none for that.
    pub stuck_after: Option<Duration>,
    /// Somebody is told of an event that is open for longer than those of its name took in 99 of 100 earlier timelines.
    pub by_history: bool,
    /// Somebody is told when timelines take longer than they used to.
    pub regressed: bool,
}

impl TimelineRule {
    /// Everything that needs no limit, of these contexts.
    #[must_use]
    pub fn new(context: &str) -> Self {
        TimelineRule { context: context.to_owned(), stuck_after: None, by_history: true, regressed: true }
    }

    pub(in crate::watch) fn is_about(&self, context: &str) -> bool {
        matches_pattern(&self.context, context)
    }
}
