//! Heartbeats and lines of the journal that nobody hears of.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// A heartbeat that does not beat: the feature `enabled` is off.
#[inline]
pub fn heartbeat(_service: impl Into<Cow<'static, str>>) -> HeartbeatBuilder {
    HeartbeatBuilder(())
}

/// What is forgotten of a heartbeat.
#[derive(Clone, Debug)]
#[must_use = "a heartbeat starts with `every`"]
pub struct HeartbeatBuilder(());

impl HeartbeatBuilder {
    /// Forgets it.
    #[inline]
    pub fn run(self, _run: impl Into<Cow<'static, str>>) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn grace(self, _grace: Duration) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn alert(self, _kind: impl Into<Cow<'static, str>>, _target: impl Into<Cow<'static, str>>) -> Self {
        self
    }

    /// One that does nothing.
    #[inline]
    pub fn every(self, _promised: Duration) -> Heartbeat {
        Heartbeat(())
    }
}

/// A heartbeat that does nothing.
#[derive(Debug)]
#[must_use = "the heartbeat is cancelled when this is dropped"]
pub struct Heartbeat(());

impl Heartbeat {
    /// Forgets it.
    #[inline]
    pub fn say(&self, _text: impl fmt::Display) -> &Self {
        self
    }

    /// Does nothing.
    #[inline]
    pub fn abandon(self) {}
}

/// A line that is not sent: the feature `enabled` is off.
#[inline]
pub fn journal(_service: impl Into<Cow<'static, str>>, _line: impl fmt::Display) -> JournalLine {
    JournalLine(())
}

/// A line that is not sent.
#[derive(Debug)]
pub struct JournalLine(());

impl JournalLine {
    /// Forgets it.
    #[inline]
    pub fn level(&mut self, _level: i32) -> &mut Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn alert(&mut self) -> &mut Self {
        self
    }
}
