//! What the server says, in lines for people. Pure: texts in, texts out.

mod bar;
mod change;
mod duration;
pub(super) mod fleet;
mod forecast;
mod picture;
mod table;
mod tree;

pub(super) use self::change::{change, percent};
pub(super) use self::duration::duration;
pub(super) use self::forecast::Forecast;
pub(super) use self::picture::Picture;
pub(super) use self::table::table;
pub(super) use self::tree::rows;

use super::api::Timeline;
use super::text::harmless;

/// A timeline in one line.
pub(super) fn headline(timeline: &Timeline) -> String {
    let Timeline { context, name, state, .. } = timeline;
    let mut parts = vec![harmless(context).into_owned(), harmless(name).into_owned()];
    parts.push(state.as_deref().map_or_else(|| "damaged".into(), harmless).into_owned());
    parts.extend(timeline.duration_seconds.map(duration));
    if let Some(events) = timeline.events {
        let more = [(events.open, "open"), (events.failed, "failed")];
        let more = more.into_iter().filter(|(count, _)| *count > 0);
        let more: String = more.map(|(count, what)| format!(", {count} {what}")).collect();
        let counted = if events.total == 1 { "event" } else { "events" };
        parts.push(format!("{} {counted}{more}", events.total));
    }
    parts.extend(loss(timeline));
    parts.join("  ")
}

/// What is missing in a timeline, if anything is.
fn loss(timeline: &Timeline) -> Option<String> {
    let loss = timeline.loss?;
    let missing = loss.messages.saturating_add(loss.dropped);
    let at_least = if loss.at_least { "at least " } else { "" };
    (missing > 0 || loss.at_least).then(|| format!("{at_least}{missing} messages lost"))
}
