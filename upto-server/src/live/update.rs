//! One thing that is told of a timeline, and its text, which is written once for all who are told.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;

use super::Position;
use crate::timeline::{AttributeValue, Event, Skew, Summary, Times};

/// What an update costs beside its events.
const UPDATE_BYTES: usize = 1_000;
/// What an event in it costs beside its texts.
const EVENT_BYTES: usize = 800;
/// What an attribute costs beside its texts.
const ATTRIBUTE_BYTES: usize = 80;

/// News of one timeline, as they were published.
#[derive(Debug)]
pub(crate) struct Update {
    /// Up to where was told before.
    pub(crate) before: Position,
    /// Up to where is told with this.
    pub(crate) position: Position,
    pub(crate) news: News,
    raw: OnceLock<Bytes>,
    corrected: OnceLock<Bytes>,
}

/// What is new.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// What changed, and how the timeline stands.
    Told(Box<TimelineNews>),
    /// Something changed: the timeline has to be asked.
    Changed,
}

/// What changed in a timeline, and how it stands then.
#[derive(Clone, Debug)]
pub(crate) struct TimelineNews {
    pub(super) raw: Told,
    /// If that is anything else.
    pub(super) corrected: Option<Told>,
    /// How far clocks are apart.
    pub(crate) skew: Arc<Skew>,
}

/// News with times of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The timeline in numbers, after the change.
    pub(crate) summary: Summary,
    /// What changed.
    pub(crate) change: UpdateChange,
}

/// What changed in a timeline.
#[derive(Clone, Debug)]
pub(crate) enum UpdateChange {
    /// These events are new or different.
    Events(Vec<Event>),
    /// More than can be told.
    Reset,
}

impl Update {
    pub(super) fn new(before: Position, position: Position, news: News) -> Self {
        Update { before, position, news, raw: OnceLock::new(), corrected: OnceLock::new() }
    }

    /// The text of the news with these times: what `write` writes for whoever is first.
    pub(crate) fn text(&self, times: Times, write: impl FnOnce() -> Bytes) -> Bytes {
        let text = match times {
            Times::Raw => &self.raw,
            Times::Corrected => &self.corrected,
        };
        text.get_or_init(write).clone()
    }

    /// Bytes of memory, estimated.
    pub(super) fn bytes(&self) -> usize {
        let events = |told: &Told| match &told.change {
            UpdateChange::Events(events) => events.iter().map(cost).sum(),
            UpdateChange::Reset => 0,
        };
        UPDATE_BYTES
            + match &self.news {
                News::Told(news) => events(&news.raw) + news.corrected.as_ref().map_or(0, events),
                News::Changed => 0,
            }
    }
}

/// Bytes of memory that it takes to tell of an event, estimated: the event itself, and once or twice its text.
pub(super) fn cost(event: &Event) -> usize {
    let attribute = |(key, value): &(Arc<str>, AttributeValue)| {
        let text = if let AttributeValue::Text(text) = value { text.len() } else { 0 };
        ATTRIBUTE_BYTES + 2 * key.len() + 3 * text
    };
    let attributes: usize = event.attributes.iter().map(attribute).sum();
    EVENT_BYTES + 2 * (event.name.len() + event.host.len()) + 3 * event.text.len() + attributes
}

impl TimelineNews {
    /// The news with these times.
    pub(crate) fn told(&self, times: Times) -> &Told {
        self.corrected.as_ref().filter(|_| times == Times::Corrected).unwrap_or(&self.raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_once_for_each_kind_of_times() {
        let here = Position::beginning();
        let update = Update::new(here, here.at(1), News::Changed);
        let mut written = 0;
        for times in [Times::Raw, Times::Corrected, Times::Raw, Times::Corrected] {
            update.text(times, || {
                written += 1;
                Bytes::from_static(b"text")
            });
        }
        assert_eq!(written, 2);
    }
}
