//! What the server says, as far as this command looks at it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The links of a resource.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::cli) struct Links {
    #[serde(rename = "_links", default)]
    links: BTreeMap<String, Value>,
}

impl Links {
    /// Where a link leads; `None`: there is no link of this relation, or more than one. The server's own relations are
    /// written with its prefix.
    pub(in crate::cli) fn href(&self, relation: &str) -> Option<&str> {
        let link = self.links.get(relation).or_else(|| self.links.get(&format!("upto:{relation}")))?;
        link.get("href")?.as_str()
    }
}

/// A collection of timelines.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::cli) struct Context {
    pub(in crate::cli) name: String,
    /// Of its newest timeline.
    pub(in crate::cli) state: Option<String>,
    pub(in crate::cli) last: Option<String>,
    pub(in crate::cli) timelines: Option<u64>,
    #[serde(flatten)]
    pub(in crate::cli) links: Links,
}

/// A run within a context. Where what is stored is damaged, only its names are known.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::cli) struct Timeline {
    pub(in crate::cli) context: String,
    pub(in crate::cli) name: String,
    pub(in crate::cli) state: Option<String>,
    pub(in crate::cli) first: Option<String>,
    pub(in crate::cli) last: Option<String>,
    pub(in crate::cli) duration_seconds: Option<f64>,
    pub(in crate::cli) events: Option<Counts>,
    pub(in crate::cli) loss: Option<Loss>,
    #[serde(default)]
    pub(in crate::cli) pinned: bool,
    #[serde(flatten)]
    pub(in crate::cli) links: Links,
}

/// Events of a timeline.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(in crate::cli) struct Counts {
    pub(in crate::cli) total: u64,
    pub(in crate::cli) open: u64,
    pub(in crate::cli) failed: u64,
}

/// What is missing in a timeline.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(in crate::cli) struct Loss {
    pub(in crate::cli) messages: u64,
    pub(in crate::cli) dropped: u64,
    #[serde(default)]
    pub(in crate::cli) at_least: bool,
}

/// An event of a timeline.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::cli) struct Event {
    pub(in crate::cli) name: String,
    #[serde(default)]
    pub(in crate::cli) host: String,
    pub(in crate::cli) id: u64,
    pub(in crate::cli) start: Option<String>,
    pub(in crate::cli) end: Option<String>,
    pub(in crate::cli) duration_seconds: Option<f64>,
    pub(in crate::cli) state: String,
    #[serde(default)]
    pub(in crate::cli) message: String,
}
