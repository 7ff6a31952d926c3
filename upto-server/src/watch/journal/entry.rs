//! A line of the journal.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::watch::heartbeat::check_names;

/// Bytes of a line's message at most.
pub(crate) const MESSAGE_BYTES: usize = 16 << 10;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When the server had it, in nanoseconds since the epoch.
    pub(crate) time: i64,
    pub(crate) service: String,
    /// How grave it is; more is worse.
    pub(crate) level: i32,
    pub(crate) message: String,
    /// Somebody was told of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) alert: bool,
}

/// Why something is no line of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum EntryFault {
    #[error("{0}")]
    Service(#[from] crate::watch::heartbeat::Fault),
    #[error("no message is given")]
    NoMessage,
    #[error("a message has at most {MESSAGE_BYTES} bytes")]
    LongMessage,
}

impl Entry {
    /// Checks what a line is to say.
    ///
    /// # Errors
    /// What is wrong first.
    pub(crate) fn check(service: &str, message: &str) -> Result<(), EntryFault> {
        check_names(service, "")?;
        match message.len() {
            0 => Err(EntryFault::NoMessage),
            length if length > MESSAGE_BYTES => Err(EntryFault::LongMessage),
            _ => Ok(()),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        Entry::bytes_of(&self.service, &self.message)
    }

    /// About how many bytes one with these texts takes.
    pub(crate) fn bytes_of(service: &str, message: &str) -> usize {
        service.len() + message.len() + 64
    }
}
