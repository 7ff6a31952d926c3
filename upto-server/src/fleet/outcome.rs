//! How a task ended.

use serde::{Deserialize, Serialize};

use super::answer::HostAnswer;
use super::task::{Part, Task};

/// The one end of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The task's id.
    pub(crate) id: String,
    /// What hosts were asked for.
    pub(crate) check: String,
    /// When that was due, in nanoseconds since the epoch.
    pub(crate) scheduled: i64,
    /// When they had been asked, likewise.
    pub(crate) ended: i64,
    /// How long asking took, in nanoseconds.
    pub(crate) took: i64,
    /// How often the task had been claimed by then: the fencing token of the claim.
    pub(crate) attempt: u32,
    /// The host that asked.
    pub(crate) worker: String,
    /// The group that it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) part: Option<Part>,
    /// What came of it.
    pub(crate) ending: Ending,
}

/// What came of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// All hosts were asked; this is what they said, by their names.
    Answered(Vec<HostAnswer>),
    /// Nobody took it before there were too many.
    Dropped,
    /// It could not be done, and why.
    Refused(String),
}

impl Outcome {
    /// The end of a task at `ended`.
    pub(crate) fn of(task: &Task, attempt: u32, worker: &str, ended: i64, ending: Ending) -> Self {
        let Task { id, check, scheduled, part } = task.clone();
        Outcome { id, check, scheduled, ended, took: 0, attempt, worker: worker.to_owned(), part, ending }
    }

    /// What hosts said; nothing where none were asked.
    pub(crate) fn answers(&self) -> &[HostAnswer] {
        match &self.ending {
            Ending::Answered(answers) => answers,
            Ending::Dropped | Ending::Refused(_) => &[],
        }
    }

    /// What puts outcomes of a check in their order.
    pub(crate) fn place(&self) -> (i64, &str) {
        (self.scheduled, &self.id)
    }
}
