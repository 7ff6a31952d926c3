//! The client that there is not.

use std::time::Duration;

use crate::error::InitError;
use crate::settings::Settings;
use crate::stats::Stats;

/// Does nothing: the feature `enabled` is off.
///
/// # Errors
/// None.
#[inline]
pub fn init() -> Result<Guard, InitError> {
    Ok(Guard(()))
}

/// Does nothing: the feature `enabled` is off.
#[inline]
pub fn new_timeline(_name: &str) {}

/// Nothing: the feature `enabled` is off.
#[inline]
#[must_use]
pub fn child_environment() -> Vec<(&'static str, String)> {
    Vec::new()
}

/// Counts nothing: the feature `enabled` is off.
#[derive(Clone, Copy, Debug)]
pub struct Client(());

impl Client {
    /// A builder whose settings are forgotten.
    #[inline]
    pub fn builder() -> ClientBuilder {
        ClientBuilder(())
    }

    /// False, as there is no client.
    #[inline]
    #[must_use]
    pub fn is_active() -> bool {
        false
    }

    /// None, as there is no client.
    #[inline]
    #[must_use]
    pub fn stats() -> Option<Stats> {
        None
    }
}

/// Settings that are forgotten.
#[derive(Clone, Debug)]
#[must_use = "a client starts with `init`"]
pub struct ClientBuilder(());

/// Forgets them.
impl From<Settings> for ClientBuilder {
    #[inline]
    fn from(_settings: Settings) -> Self {
        ClientBuilder(())
    }
}

impl ClientBuilder {
    /// Reads nothing.
    ///
    /// # Errors
    /// None.
    #[inline]
    pub fn from_env(self) -> Result<Self, InitError> {
        Ok(self)
    }

    /// Forgets it.
    #[inline]
    pub fn enabled(self, _enabled: bool) -> Self {
        self
    }

    /// Forgets it.
    ///
    /// # Errors
    /// None.
    #[inline]
    pub fn server(self, _server: &str) -> Result<Self, InitError> {
        Ok(self)
    }

    /// Forgets it.
    #[inline]
    pub fn context(self, _context: impl Into<String>) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn timeline(self, _timeline: impl Into<String>) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn host(self, _host: impl Into<String>) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn parent(self, _path: impl Into<String>) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn packet_bytes(self, _bytes: usize) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn traceparent(self, _traceparent: impl Into<String>) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn thread_bytes(self, _bytes: usize) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn total_bytes(self, _bytes: usize) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn send_ends_twice(self, _twice: bool) -> Self {
        self
    }

    /// Forgets it.
    #[inline]
    pub fn flush_deadline(self, _deadline: Duration) -> Self {
        self
    }

    /// Starts nothing.
    ///
    /// # Errors
    /// None.
    #[inline]
    pub fn init(self) -> Result<Guard, InitError> {
        Ok(Guard(()))
    }
}

/// Guards nothing.
#[derive(Debug)]
#[must_use = "dropping the guard ends the client"]
pub struct Guard(());

impl Guard {
    /// True at once.
    #[inline]
    pub fn flush(&self, _deadline: Duration) -> bool {
        true
    }

    /// All zero.
    #[inline]
    pub fn finish(self) -> Stats {
        Stats::default()
    }
}
