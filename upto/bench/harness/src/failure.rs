//! Why something could not be measured.

use std::io;
use std::process::ExitStatus;

use thiserror::Error;

/// Why something could not be measured, and what was being done.
#[derive(Debug, Error)]
pub enum Failure {
    /// `--candidate` names none.
    #[error("there is no candidate {0:?}; --list lists them")]
    UnknownCandidate(String),
    /// The system refused something.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// What has to be there while it is measured was not.
    #[error("{0}")]
    Missing(&'static str),
    /// A peer could not be set up.
    #[error("{peer}: {source}")]
    Peer {
        /// Its name.
        peer: &'static str,
        /// What it says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The process that measured a candidate failed.
    #[error("{candidate} failed: {status}")]
    Candidate {
        /// Its name.
        candidate: &'static str,
        /// How it ended.
        status: ExitStatus,
    },
    /// A line of a candidate's process is no figure.
    #[error("not a line `figure NAME VALUE UNIT`: {0:?}")]
    NoFigure(String),
    /// The figures can't be written as JSON.
    #[error("can't write JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Failure {
    /// For `map_err`, where the system was asked for something.
    pub fn system(doing: &'static str) -> impl FnOnce(io::Error) -> Failure {
        move |source| Failure::System { doing, source }
    }

    /// For `map_err`, where a peer was set up.
    pub fn peer<E>(peer: &'static str) -> impl FnOnce(E) -> Failure
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Failure::Peer { peer, source: source.into() }
    }
}
