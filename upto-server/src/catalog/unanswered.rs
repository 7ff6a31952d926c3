//! Why a question to a timeline has no answer.

use thiserror::Error;

use crate::store::StoreError;

/// Why there is no answer.
#[derive(Clone, Debug, Error)]
pub(crate) enum Unanswered {
    /// What the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The answer needs more memory than there is for one.
    #[error(
        "this needs all of the timeline's events at once, and its about {events} events take more than what the server \
         may use of its memory for that ({budget} bytes); give it more with --memory, or ask for less"
    )]
    TooLarge {
        /// How many events the timeline has; where that is not known exactly, about.
        events: u64,
        /// Bytes that there are for an answer.
        budget: usize,
    },
}

impl Unanswered {
    /// Whether the same question may be answered later without anybody changing anything.
    #[must_use]
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self, Unanswered::Store(error) if error.is_temporary())
    }
}
