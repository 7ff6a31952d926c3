//! Where the messages of a batch go that name a timeline or open one. That may need the store, so it is found out
//! before the batch is taken, which is done in one go.

use std::sync::Arc;

use upto::wire::{Kind, Message};

use super::contexts::Contexts;
use super::runs::Run;
use crate::catalog::{Catalog, Context, Opened, Timeline, Wanted};
use crate::store::Result;

/// For each run of messages in their order, where it goes; `None`: its messages join what is open, or the active timeline.
pub(super) type Destinations = Vec<Option<Opened>>;

/// Finds or opens the timelines that `runs` name. None of those that are opened is in the catalog yet, since what
/// comes before in the batch goes to the timeline that was active until then.
///
/// # Errors
/// What the store says.
pub(super) async fn destinations_of(
    catalog: &Catalog,
    contexts: &Contexts<'_>,
    runs: &[Run<'_, '_>],
    now: i64,
) -> Result<Destinations> {
    let mut found = Destinations::with_capacity(runs.len());
    // By the name of the context, what was opened for earlier messages of the batch.
    let mut opened: Vec<(&str, Opened)> = Vec::new();
    for message in runs.iter().filter_map(|run| run.first()) {
        let wanted = wanted(message);
        let destination = match contexts.get(message.context) {
            None => None,
            Some(context) => match known(context, &opened, message, wanted) {
                Known::Timeline(timeline) => Some(Opened { timeline, is_new: false }),
                Known::Joins => None,
                Known::Nothing => {
                    let time = message.time.unwrap_or(now);
                    let destination = catalog.open_timeline(context, wanted, time).await?;
                    opened.push((message.context, destination.clone()));
                    Some(destination)
                }
            },
        };
        found.push(destination);
    }
    Ok(found)
}

/// As [`destinations_of`], where none has to be opened or looked for in the store; `None` otherwise.
pub(super) fn known_destinations_of(contexts: &Contexts<'_>, runs: &[Run<'_, '_>]) -> Option<Destinations> {
    let destination =
        |message: &Message<'_>| match known(contexts.get(message.context)?, &[], message, wanted(message)) {
            Known::Timeline(timeline) => Some(Some(Opened { timeline, is_new: false })),
            Known::Joins => Some(None),
            Known::Nothing => None,
        };
    runs.iter().filter_map(|run| run.first()).map(destination).collect()
}

enum Known {
    Timeline(Arc<Timeline>),
    /// There will be an active timeline by the time that the message is taken.
    Joins,
    Nothing,
}

fn wanted<'a>(message: &Message<'a>) -> Wanted<'a> {
    match (message.timeline, message.kind) {
        ("", Kind::New) if message.time.is_some() => Wanted::OfTime,
        ("", Kind::New) => Wanted::New,
        ("", _) => Wanted::Active,
        (name, _) => Wanted::Named(name),
    }
}

fn known(context: &Context, opened: &[(&str, Opened)], message: &Message<'_>, wanted: Wanted<'_>) -> Known {
    let of_context = || opened.iter().filter(|(context, _)| *context == message.context);
    match wanted {
        Wanted::Active if context.latest().is_some() || of_context().next().is_some() => Known::Joins,
        Wanted::Active | Wanted::New | Wanted::OfTime => Known::Nothing,
        Wanted::Named(name) => {
            let earlier = of_context().find(|(_, opened)| &**opened.timeline.name() == name);
            let timeline = context.timeline(name).or(earlier.map(|(_, opened)| opened.timeline.clone()));
            timeline.map_or(Known::Nothing, Known::Timeline)
        }
    }
}
