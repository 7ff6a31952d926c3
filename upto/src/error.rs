//! Why a client did not start.

use std::fmt;

/// Why [`init`](crate::init) or [`ClientBuilder::init`](crate::ClientBuilder::init) failed. The program
/// goes on without events.
#[derive(Debug)]
#[non_exhaustive]
pub enum InitError {
    /// Settings do not parse, or are out of their range: all that do, so that one look is enough to mend them.
    Settings(Vec<SettingError>),
    /// A client is running already; a process has one.
    AlreadyRunning,
    /// The system refused the flusher's thread.
    Thread(std::io::Error),
}

impl fmt::Display for InitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InitError::Settings(mistakes) => {
                let mistakes: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
                formatter.write_str(&mistakes.join("; "))
            }
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

/// One setting that is wrong. Shown as `name="value": problem`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingError {
    /// The setting: an environment variable, or a method of the builder.
    pub name: &'static str,
    /// What was given; of a text that is too long, how many bytes it has.
    pub value: String,
    /// What is wrong, and what is expected, with the range if there is one.
    pub problem: String,
}

impl fmt::Display for SettingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SettingError { name, value, problem } = self;
        write!(formatter, "{name}={value:?}: {problem}")
    }
}

impl std::error::Error for SettingError {}
