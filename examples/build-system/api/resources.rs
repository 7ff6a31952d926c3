//! What the API answers, as far as it is read here. `docs/api.md` describes it.

use serde::Deserialize;
use upto_server::api::EventResource;

/// A timeline.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Timeline {
    pub(crate) context: String,
    pub(crate) name: String,
    /// Not known where the server can't read it.
    #[serde(deserialize_with = "known_or_none")]
    pub(crate) events: Counts,
    #[serde(deserialize_with = "known_or_none")]
    pub(crate) loss: Loss,
    #[serde(rename = "_links")]
    pub(super) links: TimelineLinks,
}

/// Its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Counts {
    pub(crate) total: u64,
    pub(crate) open: u64,
}

/// What is missing from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Loss {
    pub(crate) packets: u64,
    pub(crate) dropped: u64,
}

/// A damaged timeline counts as one with nothing in it: there is nothing that it could be compared by.
fn known_or_none<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Link {
    pub(super) href: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct TimelineLinks {
    #[serde(rename = "self")]
    pub(super) own: Link,
    #[serde(rename = "upto:context")]
    pub(super) context: Link,
    #[serde(rename = "upto:events")]
    pub(super) events: Link,
}

#[derive(Debug, Deserialize)]
pub(super) struct Root {
    #[serde(rename = "_links")]
    pub(super) links: RootLinks,
}

#[derive(Debug, Deserialize)]
pub(super) struct RootLinks {
    #[serde(rename = "upto:events")]
    pub(super) events: Link,
}

#[derive(Debug, Deserialize)]
pub(super) struct Context {
    #[serde(rename = "_links")]
    pub(super) links: ContextLinks,
}

#[derive(Debug, Deserialize)]
pub(super) struct ContextLinks {
    #[serde(rename = "upto:timelines")]
    pub(super) timelines: Link,
}

/// The answer to messages.
#[derive(Debug, Deserialize)]
pub(super) struct Stored {
    pub(super) timelines: Vec<Place>,
}

/// Where a message went.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    #[serde(rename = "_links")]
    pub(super) links: PlaceLinks,
}

#[derive(Debug, Deserialize)]
pub(super) struct PlaceLinks {
    #[serde(rename = "self")]
    pub(super) own: Link,
}

pub(super) type EventPage = Page<EventResource>;
pub(super) type TimelinePage = Page<Timeline>;

/// A part of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    #[serde(rename = "_embedded")]
    pub(super) embedded: Items<T>,
    #[serde(rename = "_links")]
    pub(super) links: PageLinks,
}

#[derive(Debug, Deserialize)]
pub(super) struct Items<T> {
    pub(super) item: Vec<T>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PageLinks {
    pub(super) next: Option<Link>,
}

/// Why something was refused.
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    #[serde(default)]
    pub(super) detail: String,
}
