//! Where the messages of a batch go that name a timeline or open one. That may need the store, so it is found out
//! before the batch is taken, which is done in one go.

use std::collections::HashMap;
use std::sync::Arc;
use std::vec::IntoIter;

use upto::wire::{Batch, Kind, Message};

use crate::catalog::{Catalog, Context, Opened, Timeline, Wanted};
use crate::store::Result;

/// By the place of the message in its batch, in that order; the other messages join what is open, or the active
/// timeline.
pub(super) struct Destinations(std::iter::Peekable<IntoIter<(usize, Opened)>>);

impl Destinations {
    /// Finds or opens the timelines that `batch` names. None of those that are opened is in the catalog yet, since what
    /// comes before in the batch goes to the timeline that was active until then.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn of(
        catalog: &Catalog,
        contexts: &HashMap<&str, Arc<Context>>,
        batch: &Batch<'_>,
        now: i64,
    ) -> Result<Self> {
        let mut found: Vec<(usize, Opened)> = Vec::new();
        // By the name of the context, what was opened for earlier messages of the batch.
        let mut opened: Vec<(&str, Opened)> = Vec::new();
        let have_active = contexts.values().all(|context| context.latest().is_some());
        for (place, message) in batch.messages.iter().enumerate() {
            let wanted = wanted(message);
            if have_active && wanted == Wanted::Active {
                continue;
            }
            let Some(context) = contexts.get(message.context) else { continue };
            let destination = match known(context, &opened, message, wanted) {
                Known::Timeline(timeline) => Some(Opened { timeline, is_new: false }),
                Known::Joins => None,
                Known::Nothing => {
                    let time = message.time.unwrap_or(now);
                    let destination = catalog.open_timeline(context, wanted, time).await?;
                    opened.push((message.context, destination.clone()));
                    Some(destination)
                }
            };
            found.extend(destination.map(|destination| (place, destination)));
        }
        Ok(Destinations(found.into_iter().peekable()))
    }

    /// Where the message at this place goes, if it was found out. To be asked in the order of the places.
    pub(super) fn take(&mut self, place: usize) -> Option<Opened> {
        self.0.next_if(|(next, _)| *next == place).map(|(_, destination)| destination)
    }
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
