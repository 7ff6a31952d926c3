//! What can be said of an event before it starts.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use super::ending::{Ending, FOLLOWED};
use super::slot::Slot;
use super::{Active, Event, nanoseconds};
use crate::client;
use crate::clock::cycles;
use crate::current::{Open, Scope, next_key};
use crate::local;
use crate::path::{CallSite, Given, NodeRef, child, counted_child, root};
use crate::record::{Message, Time};
use crate::ring::Room;
use crate::state;
use crate::value::Value;
use crate::wire::{Kind, limits};

/// Everything that can be said of an event before it starts.
#[derive(Clone, Debug)]
#[must_use = "an event starts with `start`"]
pub struct EventBuilder {
    is_active: bool,
    name: Cow<'static, str>,
    parent: Option<NodeRef>,
    given: Given,
    attributes: Vec<(Cow<'static, str>, Value)>,
    follows: Vec<u64>,
    pub(super) truncated: bool,
    started_at: Option<i64>,
}

impl EventBuilder {
    // Not inlined: it would be in every function whose event says more than its name.
    #[inline(never)]
    pub(super) fn new(name: Cow<'static, str>) -> Self {
        Self::named(name)
    }

    #[inline(always)]
    pub(super) fn named(name: Cow<'static, str>) -> Self {
        EventBuilder {
            is_active: !state::now().is_off(),
            name,
            parent: None,
            given: Given::default(),
            attributes: Vec::new(),
            follows: Vec::new(),
            truncated: false,
            started_at: None,
        }
    }

    /// The context, if it is not the parent's; `""`: the parent's. An event with a context, timeline or host
    /// over 16 KiB is not sent, and counted as [`dropped_name`](crate::Stats::dropped_name).
    pub fn context(mut self, context: impl AsRef<str>) -> Self {
        if self.is_active {
            self.given.context = Some(context.as_ref()).filter(|context| !context.is_empty()).map(Into::into);
        }
        self
    }

    /// The timeline, if it is not the parent's. Events below this one stay in it,
    /// [`new_timeline`](crate::new_timeline) or not.
    pub fn timeline(mut self, timeline: impl AsRef<str>) -> Self {
        if self.is_active {
            self.given.timeline = Some(timeline.as_ref().into());
        }
        self
    }

    /// The host, if it is not the parent's.
    pub fn host(mut self, host: impl AsRef<str>) -> Self {
        if self.is_active {
            self.given.host = Some(host.as_ref().into());
        }
        self
    }

    /// The event that this one is part of, instead of the current one.
    pub fn parent(mut self, parent: Scope) -> Self {
        self.parent = Some(parent.node);
        self
    }

    /// Part of no event but the process's own `UPTO_PARENT`.
    pub fn root(mut self) -> Self {
        self.parent = Some(root());
        self
    }

    /// Links the event to one that it follows from without being part of it, as [`Event::follows`] does; sent with
    /// the start already. These count among the 32 that an event may follow.
    pub fn follows(mut self, cause: &Scope) -> Self {
        if !self.is_active || cause.id == 0 || self.follows.contains(&cause.id) {
            return self;
        }
        if self.follows.len() < FOLLOWED {
            self.follows.push(cause.id);
        } else {
            self.truncated = true;
        }
        self
    }

    /// When it started, if that is not now: for importers, which tell of what is long past. The event then ends
    /// with [`Event::end_at`]; its duration is the difference. Where it ends without that, it ends at the wall clock's
    /// time then, and one that starts later than it ends is shown as one that took no time.
    ///
    /// An importer makes events faster than they are sent, and what has no room in the queue is dropped and counted: call
    /// [`Guard::flush`](crate::Guard::flush) every few hundred events.
    pub fn started_at(mut self, time: SystemTime) -> Self {
        self.started_at = Some(nanoseconds(time));
        self
    }

    /// Adds an attribute. It is sent with the start already. What comes on top of 128, or has a key over 256 bytes, is
    /// left out, and the event marked as truncated.
    pub fn attr(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        if !self.is_active {
            return self;
        }
        let (key, value) = (key.into(), value.into());
        if self.attributes.len() < limits::ATTRIBUTES && key.len() <= limits::KEY_BYTES {
            self.attributes.push((key, value.without_spare()));
        } else {
            self.truncated = true;
        }
        self
    }

    /// Starts the event and makes it the current one of this thread or task.
    pub fn start(self) -> Event {
        made_current(self.start_detached())
    }

    /// Starts the event without making it current.
    pub fn start_detached(self) -> Event {
        let Some(node) = self.node(Kind::Start) else { return Event::none() };
        let began_in_panic = std::thread::panicking();
        let started = self.started_at.map_or_else(|| Time::Cycles(cycles::now()), Time::Wall);
        let ending = Slot::new(Ending::following(&self.follows));
        let id = self.record(Kind::Start, node.clone(), started).unwrap_or(0);
        let scope = Scope { node, key: next_key(), id };
        Event::of(Active { scope, started, began_in_panic, open: None, ending })
    }

    pub(super) fn send_point(self) {
        let Some(node) = self.node(Kind::Point) else { return };
        let time = self.started_at.map_or_else(|| Time::Cycles(cycles::now()), Time::Wall);
        self.record(Kind::Point, node, time);
    }

    fn record(self, kind: Kind, node: NodeRef, time: Time) -> Option<u64> {
        let is_plain = self.attributes.is_empty() && self.follows.is_empty() && !self.truncated;
        if is_plain && kind == Kind::Start {
            return local::record_start(node, time);
        }
        let EventBuilder { attributes, follows, truncated, .. } = self;
        let message = Message { attributes, follows, truncated, ..Message::new(kind, node, time) };
        local::send(message, Room::Open)
    }

    /// The node below the parent; `None`, counted, where a name is over its limit.
    fn node(&self, kind: Kind) -> Option<NodeRef> {
        if !self.is_active {
            return None;
        }
        let parent = self.parent.clone().unwrap_or_else(local::current);
        let node = match self.given.is_nothing() {
            true => child(&parent, &self.name, &[]),
            false if self.has_long_name() => None,
            false => counted_child(&parent, self.name.clone(), &[], &self.given),
        };
        if node.is_none() {
            client::refuse_name(kind);
        }
        node
    }

    fn has_long_name(&self) -> bool {
        let Given { context, timeline, host } = &self.given;
        [context, timeline, host].into_iter().flatten().any(|name| name.len() > limits::NAME_BYTES)
    }
}

/// Makes an event that was started just now the current one of this thread or task.
fn made_current(mut event: Event) -> Event {
    if let Some(active) = &mut *event.0 {
        let open = Arc::new(Open::new());
        let (scope, of_frame) = (active.scope.clone(), open.clone());
        let opened = local::with_stack(|stack| stack.open(scope, Some(of_frame)));
        active.open = opened.map(|()| open);
    }
    event
}

/// Starts an event of `site` below the current one, with values of the site's keys, and makes it the current one.
#[inline]
pub fn start_at(site: &'static CallSite, values: &[Value]) -> Event {
    made_current(start_detached_at(site, values))
}

/// Starts an event of `site` below the current one, with values of the site's keys, without making it current.
#[inline]
pub fn start_detached_at(site: &'static CallSite, values: &[Value]) -> Event {
    let began_in_panic = std::thread::panicking();
    let Some((node, started, id)) = local::start_detached(site, values) else { return Event::none() };
    let scope = Scope { node, key: next_key(), id };
    let started = Time::Cycles(started);
    Event::of(Active { scope, started, began_in_panic, open: None, ending: Slot::default() })
}
