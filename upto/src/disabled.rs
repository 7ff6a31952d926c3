//! The same API with the feature `enabled` off: nothing is kept, nothing is sent, nothing is left of
//! it in the machine code.

mod client;
mod reports;

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::time::SystemTime;

pub use self::client::{Client, ClientBuilder, Guard, child_environment, init, new_timeline};
pub use self::reports::{Heartbeat, HeartbeatBuilder, JournalLine, heartbeat, journal};
use crate::value::Value;

/// An event that does nothing: the feature `enabled` is off.
#[inline]
#[must_use = "the event ends when the guard is dropped: bind it to a name such as `_event`"]
pub fn event(_name: impl Into<Cow<'static, str>>) -> Event {
    Event::none()
}

/// A point that is not sent: the feature `enabled` is off.
#[inline]
pub fn point(_name: impl Into<Cow<'static, str>>) -> Point {
    Point(())
}

/// An event that does nothing.
#[derive(Debug)]
#[must_use = "the event ends when the guard is dropped: bind it to a name such as `_event`"]
pub struct Event(());

impl Event {
    /// A builder that forgets everything.
    #[inline]
    pub fn builder(_name: impl Into<Cow<'static, str>>) -> EventBuilder {
        EventBuilder(())
    }

    /// An event that does nothing.
    #[inline]
    pub const fn none() -> Event {
        Event(())
    }

    /// Forgets it.
    #[inline]
    pub fn attr(&self, _key: impl Into<Cow<'static, str>>, _value: impl Into<Value>) -> &Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn fail(&self, _error: impl fmt::Display) -> &Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn follows(&self, _cause: &Scope) -> &Self {
        self
    }

    /// Does nothing.
    #[inline]
    pub fn end(self) {}

    /// Does nothing.
    #[inline]
    pub fn end_at(self, _time: SystemTime) {}

    /// Does nothing.
    #[inline]
    pub fn cancel(self) {}

    /// Forgets it.
    #[inline]
    pub fn mark_cancelled(&self) -> &Self {
        self
    }

    /// None.
    #[inline]
    #[must_use]
    pub fn scope(&self) -> Option<&Scope> {
        None
    }
}

/// Settings of an event that are forgotten.
#[derive(Clone, Debug)]
#[must_use = "an event starts with `start`"]
pub struct EventBuilder(());

impl EventBuilder {
    /// Forgets it.
    #[inline]
    pub fn context(self, _context: impl AsRef<str>) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn timeline(self, _timeline: impl AsRef<str>) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn host(self, _host: impl AsRef<str>) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn parent(self, _parent: Scope) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn root(self) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn follows(self, _cause: &Scope) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn started_at(self, _time: SystemTime) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn attr(self, _key: impl Into<Cow<'static, str>>, _value: impl Into<Value>) -> Self {
        self
    }

    /// An event that does nothing.
    #[inline]
    pub fn start(self) -> Event {
        Event::none()
    }

    /// An event that does nothing.
    #[inline]
    pub fn start_detached(self) -> Event {
        Event::none()
    }
}

/// A point that is not sent.
#[derive(Debug)]
pub struct Point(());

impl Point {
    /// Forgets it.
    #[inline]
    pub fn attr(&self, _key: impl Into<Cow<'static, str>>, _value: impl Into<Value>) -> &Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn at(&self, _time: SystemTime) -> &Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn context(&self, _context: impl AsRef<str>) -> &Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn timeline(&self, _timeline: impl AsRef<str>) -> &Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn host(&self, _host: impl AsRef<str>) -> &Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn parent(&self, _parent: Scope) -> &Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn root(&self) -> &Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn follows(&self, _cause: &Scope) -> &Self {
        self
    }
}

/// There is none while the feature `enabled` is off.
#[derive(Clone, Debug)]
pub struct Scope(());

impl Scope {
    /// None.
    #[inline]
    #[must_use]
    pub fn current() -> Option<Scope> {
        None
    }

    /// Empty.
    #[inline]
    #[must_use]
    pub fn path(&self) -> String {
        String::new()
    }

    /// Does nothing.
    #[inline]
    pub fn enter(&self) {}

    /// Does nothing.
    #[inline]
    pub fn exit(&self) {}
}

/// The future itself.
pub type InEvent<F> = F;

/// Gives futures back as they are.
pub trait InstrumentExt: Future + Sized {
    /// This future as it is.
    #[inline]
    fn in_current_event(self) -> InEvent<Self> {
        self
    }
}

impl<F: Future> InstrumentExt for F {}
