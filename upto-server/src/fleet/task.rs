//! A task as it lies in its queue, and what is wrong with one that is none.

use serde::{Deserialize, Serialize};

use super::check::name_fault;
use crate::catalog::document::{self, escaped};
use crate::store::Result;

/// Queues of tasks begin with this. Then follows the check, escaped: each has its own, so that the oldest of one check
/// can be dropped without touching another.
const QUEUES: &str = "fleet/";
/// Bytes of a task at most.
const TASK_BYTES: usize = 4 << 10;
/// Bytes of a task's id at most.
pub(crate) const ID_BYTES: usize = 450;

/// One check that all hosts are to be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    /// By which its result is known: whatever happens, there is one of it.
    pub(crate) id: String,
    /// The check.
    pub(crate) check: String,
    /// When it was due, in nanoseconds since the epoch.
    pub(crate) scheduled: i64,
    /// The group that it is of, and what it is called there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) part: Option<Part>,
}

/// A task's place in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The group's id.
    pub(crate) group: String,
    /// What the task is called within it.
    pub(crate) name: String,
}

impl Task {
    /// The queue that it belongs into.
    pub(crate) fn queue(&self) -> String {
        queue(&self.check)
    }

    /// The bytes that are queued.
    ///
    /// # Errors
    /// None in practice.
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        document::encode(self, &self.id)
    }

    /// Reads a payload of the queue of `check`.
    ///
    /// # Errors
    /// Why this is no task that could be done, for people.
    pub(crate) fn decode(bytes: &[u8], check: &str) -> Result<Self, String> {
        if bytes.len() > TASK_BYTES {
            return Err(format!("a task has at most {TASK_BYTES} bytes, this one {}", bytes.len()));
        }
        let task: Task = rmp_serde::from_slice(bytes).map_err(|error| format!("it is no task: {error}"))?;
        if task.id.is_empty() || task.id.len() > ID_BYTES {
            return Err(format!("the id of a task has 1 to {ID_BYTES} bytes"));
        }
        if let Some(fault) = name_fault(&task.check) {
            return Err(format!("its check: {fault}"));
        }
        if task.check != check {
            return Err(format!("it asks for {:?} in the queue of {check:?}", task.check));
        }
        Ok(task)
    }
}

/// The queue of a check.
pub(crate) fn queue(check: &str) -> String {
    format!("{QUEUES}{}", escaped(check))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Task {
        let part = Some(Part { group: "g".into(), name: "n".into() });
        Task { id: "cpu_used-7".into(), check: "cpu_used".into(), scheduled: -5, part }
    }

    #[test]
    fn a_task_reads_back() {
        for task in [task(), Task { part: None, ..task() }] {
            let bytes = task.encode().expect("bytes");
            assert_eq!(Task::decode(&bytes, "cpu_used"), Ok(task));
        }
    }

    #[test]
    fn what_is_no_task_is_told_with_its_reason() {
        let decode = |bytes: &[u8]| Task::decode(bytes, "cpu_used").expect_err("no task");
        for bytes in [b"".as_slice(), b"garbage", b"\x80", &vec![0xc1; TASK_BYTES]] {
            assert!(decode(bytes).contains("no task"), "{bytes:?}");
        }
        assert!(decode(&vec![0; TASK_BYTES + 1]).contains("at most"));
        let of = |task: Task| decode(&task.encode().expect("bytes"));
        assert!(of(Task { id: String::new(), ..task() }).contains("id"));
        assert!(of(Task { check: "ready".into(), ..task() }).contains("in the queue of"));
        assert!(of(Task { check: "a\nb".into(), ..task() }).contains("its check"));
    }

    #[test]
    fn each_check_has_a_queue_whatever_it_is_called() {
        assert_eq!(queue("cpu_used"), "fleet/cpu_used");
        assert_ne!(queue("a/b"), queue("a%2Fb"));
    }
}
