//! What has been captured: marks, and the events that they make.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::time::{Duration, SystemTime};
use std::vec;

use crate::value::Value;
use crate::wire::{Kind, Status};

/// One message as it would have been sent: the start or the end of an event, a point, a new timeline, or what is said of a
/// service ([`Kind::is_report`](crate::wire::Kind::is_report)).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CapturedMark {
    /// What it tells.
    pub kind: Kind,
    /// The event's full path, or the service; empty for a new timeline.
    pub path: String,
    /// The context.
    pub context: String,
    /// The timeline; empty: the context's active one.
    pub timeline: String,
    /// The host; empty: none.
    pub host: String,
    /// Tells events of one path apart; both marks of an event have it. 0 for all others.
    pub id: u64,
    /// When it happened.
    pub time: SystemTime,
    /// Of an end: when the event started.
    pub started: Option<SystemTime>,
    /// Of an end: how the event ended.
    pub status: Status,
    /// Of an end: why it failed.
    pub text: String,
    /// The attributes that are told here.
    pub attributes: BTreeMap<String, Value>,
    /// Something was cut or left out: a text or attributes over their limits.
    pub truncated: bool,
}

/// An event or a point, put together from its marks.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct CapturedEvent {
    /// The full path.
    pub path: String,
    /// The context.
    pub context: String,
    /// The timeline; empty: the context's active one.
    pub timeline: String,
    /// The host; empty: none.
    pub host: String,
    /// Tells events of one path apart, and is what `follows` refers to.
    pub id: u64,
    /// True for a point, which has a start only.
    pub is_point: bool,
    /// When it started.
    pub started: SystemTime,
    /// When it ended; `None`: it is open.
    pub ended: Option<SystemTime>,
    /// How it ended.
    pub status: Status,
    /// Why it failed.
    pub text: String,
    /// All attributes, of its start and of its end.
    pub attributes: BTreeMap<String, Value>,
    /// Something was cut or left out: a text or attributes over their limits.
    pub truncated: bool,
}

impl CapturedEvent {
    /// The attribute of this key.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key)
    }

    /// How long it took, none if it ended before its start; `None`: it is open, or a point.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.ended.map(|ended| ended.duration_since(self.started).unwrap_or_default())
    }

    /// True if it has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.is_point && self.ended.is_none()
    }

    /// The ids of the events that it follows.
    #[must_use]
    pub fn follows(&self) -> Vec<u64> {
        match self.attribute("follows") {
            Some(Value::Text(ids)) => ids.split(',').filter_map(|id| id.parse().ok()).collect(),
            _ => Vec::new(),
        }
    }

    /// True if it is right below `other`: by its path, and as it started while that was open.
    #[must_use]
    pub fn is_child_of(&self, other: &CapturedEvent) -> bool {
        let below = self.path.strip_prefix(&other.path).and_then(|rest| rest.strip_prefix('.'));
        let is_during =
            self.started >= other.started && other.ended.is_none_or(|ended| self.started <= ended);
        below.is_some_and(is_segment) && is_during && !other.is_point
    }
}

/// Whether a path has one level: its dots are escaped.
fn is_segment(path: &str) -> bool {
    let mut is_escaped = false;
    path.chars().all(|letter| {
        let is_dot = letter == '.' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        !is_dot
    })
}

impl fmt::Debug for CapturedEvent {
    /// Without what was not said.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("CapturedEvent");
        shown.field("path", &self.path).field("id", &self.id);
        for (name, text) in [("timeline", &self.timeline), ("host", &self.host), ("text", &self.text)] {
            if !text.is_empty() {
                shown.field(name, text);
            }
        }
        if !self.attributes.is_empty() {
            shown.field("attributes", &self.attributes);
        }
        match self.duration() {
            _ if self.is_point => shown.field("is_point", &true),
            None => shown.field("is_open", &true),
            Some(duration) => shown.field("status", &self.status).field("duration", &duration),
        };
        shown.finish_non_exhaustive()
    }
}

/// Events, by their start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CapturedEvents(pub(super) Vec<CapturedEvent>);

impl CapturedEvents {
    /// The first event of this path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&CapturedEvent> {
        self.0.iter().find(|event| event.path == path)
    }

    /// All events of this path.
    pub fn named<'c>(&'c self, path: &'c str) -> impl Iterator<Item = &'c CapturedEvent> {
        self.0.iter().filter(move |event| event.path == path)
    }

    /// The events right below this one.
    pub fn children<'c>(&'c self, event: &'c CapturedEvent) -> impl Iterator<Item = &'c CapturedEvent> {
        self.0.iter().filter(move |other| other.is_child_of(event))
    }

    /// All paths, by the start of their events.
    #[must_use]
    pub fn paths(&self) -> Vec<&str> {
        self.0.iter().map(|event| event.path.as_str()).collect()
    }
}

impl Deref for CapturedEvents {
    type Target = [CapturedEvent];

    fn deref(&self) -> &[CapturedEvent] {
        &self.0
    }
}

impl IntoIterator for CapturedEvents {
    type Item = CapturedEvent;
    type IntoIter = vec::IntoIter<CapturedEvent>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'c> IntoIterator for &'c CapturedEvents {
    type Item = &'c CapturedEvent;
    type IntoIter = std::slice::Iter<'c, CapturedEvent>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
