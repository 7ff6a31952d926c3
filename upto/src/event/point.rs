//! Points: what happens at an instant.

use std::borrow::Cow;
use std::mem::ManuallyDrop;
use std::time::SystemTime;

use super::EventBuilder;
use super::slot::Slot;
use crate::current::Scope;
use crate::state;
use crate::value::Value;

/// Tells that something happened at this instant.
///
/// It happens and is sent when the returned value is dropped, so more can be said of it:
/// `upto::point("cache.miss").attr("key", 7);`. One that is kept (`let _point = …`) has the time at which it goes; to tell an
/// earlier one, there is [`Point::at`].
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// let then = SystemTime::now() - Duration::from_secs(60);
/// upto::point("deployed").at(then).context("production").host("web-1").root().attr("version", "1.2");
/// ```
#[inline(always)]
pub fn point(name: impl Into<Cow<'static, str>>) -> Point {
    let slot = if state::now().is_off() { None } else { Some(begin(name.into())) };
    Point(ManuallyDrop::new(slot))
}

/// Behind a pointer, and not part of the caller: what a point consists of would be moved even where there is none.
#[inline(never)]
fn begin(name: Cow<'static, str>) -> Box<PointSlot> {
    Box::new(Slot::new(Some(EventBuilder::new(name))))
}

type PointSlot = Slot<Option<EventBuilder>>;

/// A point that is sent when this is dropped.
#[derive(Debug)]
// Dropped by hand, as events are.
pub struct Point(ManuallyDrop<Option<Box<PointSlot>>>);

impl Point {
    /// Adds an attribute. What comes on top of 128, or has a key over 256 bytes, is left out, and the point marked as
    /// truncated.
    #[inline]
    pub fn attr(&self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> &Self {
        if self.is_none() {
            return self;
        }
        // Before the point is locked: a conversion is the caller's code.
        let (key, value) = (key.into(), value.into());
        self.change(|builder| builder.attr(key, value))
    }

    /// When it happened, if that is not when it is sent.
    pub fn at(&self, time: SystemTime) -> &Self {
        self.change(|builder| builder.started_at(time))
    }

    /// The context, as [`EventBuilder::context`] takes it.
    pub fn context(&self, context: impl AsRef<str>) -> &Self {
        let context = context.as_ref();
        self.change(|builder| builder.context(context))
    }

    /// The timeline, if it is not the current event's.
    pub fn timeline(&self, timeline: impl AsRef<str>) -> &Self {
        let timeline = timeline.as_ref();
        self.change(|builder| builder.timeline(timeline))
    }

    /// The host, if it is not the current event's.
    pub fn host(&self, host: impl AsRef<str>) -> &Self {
        let host = host.as_ref();
        self.change(|builder| builder.host(host))
    }

    /// The event that it is part of, instead of the one that is current when it is sent.
    pub fn parent(&self, parent: Scope) -> &Self {
        self.change(|builder| builder.parent(parent))
    }

    /// Part of no event but the process's own `UPTO_PARENT`.
    pub fn root(&self) -> &Self {
        self.change(EventBuilder::root)
    }

    /// Links it to an event that it follows from, as [`Event::follows`](crate::Event::follows) does.
    pub fn follows(&self, cause: &Scope) -> &Self {
        self.change(|builder| builder.follows(cause))
    }

    /// True if nothing is sent.
    #[inline(always)]
    fn is_none(&self) -> bool {
        self.0.is_none()
    }

    #[inline(never)]
    fn send(&mut self) {
        let Some(mut slot) = self.0.take() else { return };
        let (builder, has_missed) = slot.take();
        if let Some(mut builder) = builder {
            builder.truncated |= has_missed;
            builder.send_point();
        }
    }

    fn change(&self, change: impl FnOnce(EventBuilder) -> EventBuilder) -> &Self {
        if let Some(slot) = &*self.0 {
            slot.change(|builder| *builder = builder.take().map(change));
        }
        self
    }
}

impl Drop for Point {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.send();
        }
    }
}
