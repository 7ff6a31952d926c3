//! What a try came to.

use serde::{Deserialize, Serialize};

/// What a try came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// When it was asked, in nanoseconds since the epoch.
    pub(crate) time: i64,
    /// How long it took, in nanoseconds.
    pub(crate) latency: i64,
    /// The status of the answer, if there was one.
    pub(crate) status: Option<u16>,
    /// What is wrong; `None`: nothing.
    pub(crate) problem: Option<String>,
}

impl Outcome {
    pub(crate) fn is_fine(&self) -> bool {
        self.problem.is_none()
    }
}
