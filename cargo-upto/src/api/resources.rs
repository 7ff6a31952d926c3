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
    /// `running`, `done` or `failed`; not known where the server can't read it.
    #[serde(default)]
    pub(crate) state: Option<String>,
    #[serde(default)]
    pub(crate) duration_seconds: Option<f64>,
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

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Link {
    pub(super) href: String,
}

impl Link {
    /// The address before a template's variables.
    pub(super) fn bare(&self) -> String {
        self.href.split('{').next().unwrap_or_default().to_owned()
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct TimelineLinks {
    #[serde(rename = "self")]
    pub(super) own: Link,
    #[serde(rename = "upto:context")]
    pub(super) context: Link,
    #[serde(rename = "upto:events")]
    pub(super) events: Link,
    #[serde(rename = "upto:metadata", default)]
    pub(super) metadata: Link,
    #[serde(rename = "upto:blame", default)]
    pub(super) blame: Link,
    #[serde(rename = "upto:compare", default)]
    pub(super) compare: Link,
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
    pub(super) search: Link,
}

/// Where the time of a timeline went.
#[derive(Debug, Deserialize)]
pub(crate) struct Blame {
    pub(crate) slowest: Vec<Slow>,
}

/// A row, by the time that it took itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Slow {
    pub(crate) name: String,
    pub(crate) self_seconds: f64,
    pub(crate) self_share: f64,
}

/// Why a timeline took longer than another one, or less time.
#[derive(Debug, Deserialize)]
pub(crate) struct Comparison {
    pub(crate) causes: Vec<Cause>,
}

/// A part of the difference.
#[derive(Debug, Deserialize)]
pub(crate) struct Cause {
    /// As the API writes it: `grew`, `lost_overlap` and so on.
    pub(crate) kind: String,
    /// `None`: between all rows.
    pub(crate) row: Option<String>,
    pub(crate) effect_seconds: f64,
    pub(crate) before: Option<Amount>,
    pub(crate) after: Option<Amount>,
}

/// What a row took.
#[derive(Debug, Deserialize)]
pub(crate) struct Amount {
    pub(crate) total_seconds: f64,
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
