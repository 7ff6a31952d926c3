//! How the model is written in JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use super::hal::{Links, Resource};
use super::skew::{self, SkewProperties};
use super::{Answer, App, asked, href};
use crate::catalog::{Timeline, WantedAnswer};
use crate::decode::few::Few;
use crate::timeline::question::Numbers;
use crate::timeline::{AttributeValue, Event, Loss, Received, SessionTotals, Skew, State, Summary, Times};

/// An event as the API writes it, and as a client reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = Event)]
pub struct EventResource {
    /// Its path, `ancestor.parent.leaf`.
    pub name: String,
    /// Where it ran; left out when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The sender's id; 0: none given.
    pub id: u64,
    /// When it began, RFC 3339; null while unknown.
    pub start: Option<String>,
    /// When it ended; null while open.
    pub end: Option<String>,
    /// How long it took; null while start or end are unknown.
    pub duration_seconds: Option<f64>,
    /// open, done, failed, cancelled, `unknown_start` or point.
    pub state: String,
    /// Attributes by key.
    #[serde(default, deserialize_with = "few")]
    pub attributes: BTreeMap<String, AttributeValue>,
    /// A text for people; left out when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The id of the event that it is part of; left out when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// True if a sender left out attributes or text; left out when not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// Attributes of one event that are read: more than any event has.
const ATTRIBUTES: usize = 16_384;

fn few<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, AttributeValue>, D::Error> {
    Few::<_, _, ATTRIBUTES>::deserialize(deserializer).map(|few| few.0)
}

impl From<&Event> for EventResource {
    fn from(event: &Event) -> Self {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        EventResource {
            name: event.name.to_string(),
            host: given(&event.host),
            id: event.id,
            start: event.start.map(time),
            end: event.end.map(time),
            duration_seconds: event.duration().map(seconds),
            state: event.state.as_str().to_owned(),
            attributes: event
                .attributes
                .iter()
                .map(|(key, value)| (key.to_string(), value.clone()))
                .collect(),
            message: given(&event.text),
            parent: (event.parent != 0).then_some(event.parent),
            truncated: event.truncated,
        }
    }
}

impl EventResource {
    /// The event that this was written from; `None` if a time or the state is not one.
    #[must_use]
    pub fn to_event(&self) -> Option<Event> {
        let nanoseconds = |text: &Option<String>| match text {
            Some(text) => {
                let time: Timestamp = text.parse().ok()?;
                Some(Some(i64::try_from(time.as_nanosecond()).ok()?))
            }
            None => Some(None),
        };
        Some(Event {
            name: self.name.as_str().into(),
            host: self.host.as_deref().unwrap_or("").into(),
            id: self.id,
            parent: self.parent.unwrap_or(0),
            start: nanoseconds(&self.start)?,
            end: nanoseconds(&self.end)?,
            state: State::from_text(&self.state)?,
            text: self.message.as_deref().unwrap_or("").into(),
            attributes: self
                .attributes
                .iter()
                .map(|(key, value)| (key.as_str().into(), value.clone()))
                .collect(),
            truncated: self.truncated,
        })
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            AttributeValue::Bool(value) => serializer.serialize_bool(*value),
            AttributeValue::Int(value) => serializer.serialize_i64(*value),
            AttributeValue::Uint(value) => serializer.serialize_u64(*value),
            // JSON has no word for these; a text says more than null.
            AttributeValue::Float(value) if !value.is_finite() => serializer.collect_str(value),
            AttributeValue::Float(value) => serializer.serialize_f64(*value),
            AttributeValue::Text(value) => serializer.serialize_str(value),
        }
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Any {
            Bool(bool),
            Int(i64),
            Uint(u64),
            Float(f64),
            Text(Box<str>),
        }
        Ok(match Any::deserialize(deserializer)? {
            Any::Bool(value) => AttributeValue::Bool(value),
            Any::Int(value) => AttributeValue::Int(value),
            Any::Uint(value) => AttributeValue::Uint(value),
            Any::Float(value) => AttributeValue::Float(value),
            Any::Text(value) => AttributeValue::Text(value),
        })
    }
}

/// A timeline's properties.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TimelineProperties {
    context: String,
    name: String,
    /// It is kept whatever the limits of its context are.
    pinned: bool,
    /// What people and build systems say of it.
    metadata: BTreeMap<String, String>,
    /// Null, as the rest, if what is stored can't be read: nothing is known then, which is not "none".
    state: Option<&'static str>,
    first: Option<String>,
    last: Option<String>,
    duration_seconds: Option<f64>,
    events: Option<EventCounts>,
    loss: Option<Loss>,
    received: Option<Received>,
    sessions: Option<SessionTotals>,
    skew: Option<SkewProperties>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct EventCounts {
    total: u64,
    open: u64,
    failed: u64,
}

/// What a timeline's resource tells, beside its names.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) summary: Summary,
    pub(super) skew: Arc<Skew>,
    pub(super) times: Times,
}

impl Standing {
    pub(super) fn of(numbers: &Numbers, times: Times) -> Self {
        Standing { summary: *numbers.summary(times), skew: numbers.skew.clone(), times }
    }
}

/// A timeline with its links.
pub(super) async fn timeline(
    app: &App,
    timeline: &Timeline,
    times: Times,
) -> Answer<Resource<TimelineProperties>> {
    let numbers = timeline.numbers(app.catalog.store().as_ref(), WantedAnswer::Recent).await?;
    Ok(timeline_with(timeline, &Standing::of(&numbers, times)))
}

/// A timeline within a list: one that can't be read does not hide the others.
pub(super) async fn listed_timeline(app: &App, timeline: &Timeline) -> Answer<Resource<TimelineProperties>> {
    let standing = standing_if_readable(app, timeline).await?;
    Ok(with_standing(timeline, standing.as_ref(), Times::Corrected))
}

/// How a timeline stands; `None` if what is stored of it can't be read, now or later.
pub(super) async fn standing_if_readable(app: &App, timeline: &Timeline) -> Answer<Option<Standing>> {
    match timeline.numbers(app.catalog.store().as_ref(), WantedAnswer::Recent).await {
        Ok(numbers) => Ok(Some(Standing::of(&numbers, Times::Corrected))),
        Err(error) if error.is_temporary() => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// A timeline whose numbers are known.
pub(super) fn timeline_with(timeline: &Timeline, standing: &Standing) -> Resource<TimelineProperties> {
    with_standing(timeline, Some(standing), standing.times)
}

fn with_standing(
    timeline: &Timeline,
    standing: Option<&Standing>,
    times: Times,
) -> Resource<TimelineProperties> {
    let summary = standing.map(|standing| &standing.summary);
    let address = href::timeline(timeline.context(), timeline.name());
    let extent = summary.and_then(|summary| summary.extent);
    let counts = |&Summary { total, open, failed, .. }: &Summary| EventCounts { total, open, failed };
    let properties = TimelineProperties {
        context: timeline.context().to_string(),
        name: timeline.name().to_string(),
        pinned: timeline.is_pinned(),
        metadata: (*timeline.metadata()).clone(),
        state: summary.map(|summary| summary.state.as_str()),
        first: extent.map(|(first, _)| time(first)),
        last: extent.map(|(_, last)| time(last)),
        duration_seconds: extent.map(|(first, last)| seconds(last.saturating_sub(first))),
        events: summary.map(counts),
        loss: summary.map(|summary| summary.loss),
        received: summary.map(|summary| summary.received),
        sessions: summary.map(|summary| summary.sessions),
        skew: standing.map(|standing| SkewProperties::of(&standing.skew, times)),
    };
    let below = |name: &str| skew::address(format!("{address}/{name}"), times);
    let links = Links::of(skew::address(address.clone(), times))
        .with("context", href::context(timeline.context()))
        .with("events", below("events"))
        .with("tree", below("tree"))
        .with("live", below("live"))
        .with("pinned", format!("{address}/pinned"))
        .with("metadata", format!("{address}/metadata"))
        .with_some("raw", (times == Times::Corrected).then(|| skew::address(address.clone(), Times::Raw)))
        .with_some("corrected", (times == Times::Raw).then_some(address));
    let links = asked::with_questions(links, timeline, times);
    Resource { properties, links }
}

/// Nanoseconds since the epoch as RFC 3339 with nine digits.
pub(super) fn time(nanoseconds: i64) -> String {
    format!("{:.9}", Timestamp::UNIX_EPOCH + SignedDuration::from_nanos(nanoseconds))
}

/// Nanoseconds as seconds.
pub(super) fn seconds(nanoseconds: i64) -> f64 {
    SignedDuration::from_nanos(nanoseconds).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_nine_digits_from_the_first_to_the_last() {
        assert_eq!(time(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(time(-1), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(time(i64::MIN), "1677-09-21T00:12:43.145224192Z");
        assert_eq!(time(i64::MAX), "2262-04-11T23:47:16.854775807Z");
    }

    #[test]
    fn an_event_comes_back_from_its_json() {
        let event = Event {
            name: "a.b".into(),
            host: "h".into(),
            id: u64::MAX,
            parent: 3,
            start: Some(1),
            end: Some(i64::MAX),
            state: State::Failed,
            text: "why".into(),
            attributes: vec![
                ("k".into(), AttributeValue::Uint(u64::MAX)),
                ("l".into(), AttributeValue::Bool(true)),
            ],
            truncated: true,
        };
        let json = serde_json::to_string(&EventResource::from(&event)).expect("JSON");
        let read: EventResource = serde_json::from_str(&json).expect("an event");
        assert_eq!(read.to_event(), Some(event));
    }
}
