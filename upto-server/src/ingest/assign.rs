//! Which timeline a message goes to.

use std::sync::Arc;

use upto::wire::{Kind, Message};

use crate::catalog::{Context, Opened, Timeline};

/// A message's timeline.
pub(super) struct Assigned {
    pub(super) timeline: Arc<Timeline>,
    /// It was opened for this message.
    pub(super) is_new: bool,
}

impl From<Opened> for Assigned {
    fn from(opened: Opened) -> Self {
        Assigned { timeline: opened.timeline, is_new: opened.is_new }
    }
}

/// The timeline that `message` names or opens; or where its event is open; or the active one; or, in
/// a context that has none, its first.
///
/// A start without an id opens an event of its own, so there is none that it could join: it goes to the
/// active timeline. Otherwise one end that was lost would draw the next run's start into the old timeline.
pub(super) fn assign(context: &Context, message: &Message<'_>, now: i64) -> Assigned {
    let is_told = message.time.is_some();
    let time = message.time.unwrap_or(now);
    if message.kind == Kind::New || !message.timeline.is_empty() {
        return context.open(message.timeline, time, is_told).into();
    }
    let joins = message.kind == Kind::End || (message.kind == Kind::Start && message.id != 0);
    let joined = joins.then(|| context.where_open(message.name, message.host, message.id)).flatten();
    match joined.or_else(|| context.latest()) {
        Some(timeline) => Assigned { timeline, is_new: false },
        None => context.open("", time, false).into(),
    }
}
