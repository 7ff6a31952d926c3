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

/// The timeline that `message` names or opens, which is its `destination`; or where its event is open; or the active
/// one. `None` if there is none of these.
///
/// A start without an id opens an event of its own, so there is none that it could join: it goes to the
/// active timeline. Otherwise one end that was lost would draw the next run's start into the old timeline.
pub(super) fn assign(
    context: &Context,
    message: &Message<'_>,
    destination: Option<Opened>,
) -> Option<Assigned> {
    if let Some(Opened { timeline, is_new }) = destination {
        return Some(Assigned { timeline: context.admit(&timeline), is_new });
    }
    // Of one timeline there is no choice.
    let is_searched = joins(message) && context.has_earlier();
    let joined = is_searched.then(|| context.where_open(message.name, message.host, message.id)).flatten();
    let timeline = joined.or_else(|| context.latest())?;
    Some(Assigned { timeline, is_new: false })
}

/// Whether `message`, which names no timeline, may belong to an event that is open.
pub(super) fn joins(message: &Message<'_>) -> bool {
    message.kind == Kind::End || (message.kind == Kind::Start && message.id != 0)
}
