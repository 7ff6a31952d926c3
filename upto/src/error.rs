//! Why a client did not start.

use std::fmt;

/// Why [`init`](crate::init) or [`ClientBuilder::init`](crate::ClientBuilder::init) failed. The program
/// goes on without events.
#[derive(Debug)]
#[non_exhaustive]
pub enum InitError {
    /// A setting does not parse.
    Setting {
        /// The setting: an environment variable, or a method of the builder.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is wrong, and what is expected.
        problem: &'static str,
    },
    /// A client is running already; a process has one.
    AlreadyRunning,
    /// The system refused the flusher's thread.
    Thread(std::io::Error),
}

impl fmt::Display for InitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InitError::Setting { name, value, problem } => write!(formatter, "{name}={value:?}: {problem}"),
            InitError::AlreadyRunning => {
                formatter.write_str("an upto client is running in this process already")
            }
            InitError::Thread(error) => {
                write!(formatter, "the thread that sends events can't be started: {error}")
            }
        }
    }
}

impl std::error::Error for InitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            InitError::Thread(error) => Some(error),
            _ => None,
        }
    }
}
