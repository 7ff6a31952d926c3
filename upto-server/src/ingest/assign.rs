//! Which timeline a message goes to.

use std::sync::Arc;

use upto::wire::{Kind, Message};

use crate::catalog::{Context, Opened, Timeline};

/// A message's timeline.
#[derive(Clone)]
pub(super) struct Assigned {
    pub(super) timeline: Arc<Timeline>,
    /// It was opened for this message.
    pub(super) is_new: bool,
}

/// The timeline that all messages of a run go to: its `destination`, which they name or open, or the active one, if
/// there is no other one where their events could be open. `None`: each goes where [`assign`] says.
pub(super) fn assign_all(context: &Context, destination: Option<Opened>) -> Option<Assigned> {
    if let Some(Opened { timeline, is_new }) = destination {
        return Some(Assigned { timeline: context.admit(&timeline), is_new });
    }
    if context.has_earlier() { None } else { active(context) }
}

/// The timeline of a `message` that names none, of this host: where its event is open, or the active one. `None` if
/// there is none of these.
///
/// A start without an id opens an event of its own, so there is none that it could join: it goes to the
/// active timeline. Otherwise one end that was lost would draw the next run's start into the old timeline.
pub(super) fn assign(context: &Context, message: &Message<'_>, host: &str) -> Option<Assigned> {
    let joined = joins(message).then(|| context.where_open(message.name, host, message.id)).flatten();
    joined.map(|timeline| Assigned { timeline, is_new: false }).or_else(|| active(context))
}

fn active(context: &Context) -> Option<Assigned> {
    Some(Assigned { timeline: context.latest()?, is_new: false })
}

/// Whether `message`, which names no timeline, may belong to an event that is open.
pub(super) fn joins(message: &Message<'_>) -> bool {
    message.kind == Kind::End || (message.kind == Kind::Start && message.id != 0)
}
