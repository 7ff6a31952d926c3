//! What can be asked of hosts: the checks that every host knows, and what a check of one's own is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bytes of the name of a check, and of a host, at most.
pub(crate) const NAME_BYTES: usize = 200;
/// Bytes of a unit at most.
pub(crate) const UNIT_BYTES: usize = 40;
/// Checks at most: each has a queue of its own that every worker looks at.
pub(crate) const CHECKS: usize = 64;

/// The checks that every host knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum BuiltIn {
    /// 1: it answers.
    Healthy,
    /// 1: it takes work, 0: it does not at present.
    Ready,
    /// How much of its memory is in use.
    MemoryUsed,
    /// How busy its processors were since it was asked before.
    CpuUsed,
    /// How much of its disks is in use.
    DiskUsed,
    /// Its processes.
    ProcsRunning,
    /// What its disks read and wrote since it was asked before.
    DiskIo,
    /// What came and went over its networks since it was asked before.
    NetworkTraffic,
}

impl BuiltIn {
    /// All, in the order of `ForgeStatus`.
    pub(crate) const ALL: [Self; 8] = [
        Self::Healthy,
        Self::Ready,
        Self::MemoryUsed,
        Self::CpuUsed,
        Self::DiskUsed,
        Self::ProcsRunning,
        Self::DiskIo,
        Self::NetworkTraffic,
    ];

    /// The one of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.name() == name)
    }

    /// Such as `memory_used`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Ready => "ready",
            Self::MemoryUsed => "memory_used",
            Self::CpuUsed => "cpu_used",
            Self::DiskUsed => "disk_used",
            Self::ProcsRunning => "procs_running",
            Self::DiskIo => "disk_io",
            Self::NetworkTraffic => "network_traffic",
        }
    }

    /// What a value of it is; empty for a plain number.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Healthy | Self::Ready => "",
            Self::MemoryUsed | Self::CpuUsed | Self::DiskUsed => "%",
            Self::ProcsRunning => "processes",
            Self::DiskIo | Self::NetworkTraffic => "bytes/s",
        }
    }

    /// How often it is asked for unless somebody says otherwise.
    pub(crate) fn period(self) -> Duration {
        Duration::from_millis(match self {
            Self::Healthy | Self::Ready => 500,
            Self::MemoryUsed | Self::CpuUsed | Self::DiskUsed | Self::ProcsRunning => 1_000,
            Self::DiskIo | Self::NetworkTraffic => 2_000,
        })
    }
}

/// A check as all servers and workers know it: how it is done, each host knows by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Check {
    /// Such as `memory_used`.
    pub(crate) name: String,
    /// What a value is; empty for a plain number.
    pub(crate) unit: String,
    /// How often it is asked for.
    pub(crate) period: Duration,
    /// How long a host may take to measure, if that is another time than for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<Duration>,
}

impl From<BuiltIn> for Check {
    fn from(check: BuiltIn) -> Self {
        let (name, unit) = (check.name().to_owned(), check.unit().to_owned());
        Check { name, unit, period: check.period(), timeout: None }
    }
}

/// Measures once; the reason if it can't. It is called on a thread that may wait.
pub type Measure = Arc<dyn Fn() -> Result<f64, String> + Send + Sync>;

/// A check of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCheck {
    /// What it is called: 1 to 200 bytes without control characters, and none of the names that are taken.
    pub name: String,
    /// What a value is, up to 40 bytes; empty for a plain number.
    pub unit: String,
    /// How often it is asked for.
    pub period: Duration,
    /// How it is done on this host.
    pub how: How,
}

/// How a check of one's own is done.
#[derive(Clone)]
#[non_exhaustive]
pub enum How {
    /// The program with its arguments, without a shell, prints a number within this time. It is ended if it does not.
    Command {
        /// The program and its arguments.
        words: Vec<String>,
        /// How long it may take.
        timeout: Duration,
    },
    /// `GET` of this address answers JSON within this time, in which a number is, or true or false.
    Http {
        /// The address.
        url: String,
        /// Where the number is (RFC 6901); empty: it is all there is.
        pointer: String,
        /// How long it may take.
        timeout: Duration,
    },
    /// This is called.
    Call(Measure),
}

impl fmt::Debug for How {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Arguments and addresses may have secrets in them.
        formatter.write_str(match self {
            How::Command { .. } => "Command",
            How::Http { .. } => "Http",
            How::Call(_) => "Call",
        })
    }
}

impl PartialEq for How {
    /// Two calls are the same if they call the same thing.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (How::Command { words: own, timeout: time }, How::Command { words, timeout }) => {
                (own, time) == (words, timeout)
            }
            (How::Http { url: own, pointer: place, timeout: time }, How::Http { url, pointer, timeout }) => {
                (own, place, time) == (url, pointer, timeout)
            }
            (How::Call(own), How::Call(other)) => Arc::ptr_eq(own, other),
            _ => false,
        }
    }
}

impl Eq for How {}

impl OwnCheck {
    /// What all servers and workers know of it.
    pub(crate) fn check(&self) -> Check {
        let timeout = match &self.how {
            How::Command { timeout, .. } | How::Http { timeout, .. } => Some(*timeout),
            How::Call(_) => None,
        };
        Check { name: self.name.clone(), unit: self.unit.clone(), period: self.period, timeout }
    }

    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<String> {
        if let Some(fault) = name_fault(&self.name) {
            return Some(format!("the check {:?}: {fault}", self.name));
        }
        if BuiltIn::of(&self.name).is_some() {
            return Some(format!("the check {:?}: every host knows one of this name", self.name));
        }
        if self.unit.len() > UNIT_BYTES || self.unit.chars().any(char::is_control) {
            return Some(format!("the check {:?}: a unit has up to {UNIT_BYTES} bytes", self.name));
        }
        match &self.how {
            How::Command { words, .. } if words.first().is_none_or(String::is_empty) => {
                Some(format!("the check {:?}: the command is empty", self.name))
            }
            How::Http { pointer, .. } if !pointer.is_empty() && !pointer.starts_with('/') => {
                Some(format!("the check {:?}: a JSON pointer begins with /", self.name))
            }
            _ => None,
        }
    }
}

/// What is wrong with the name of a host or a check.
pub(crate) fn name_fault(name: &str) -> Option<&'static str> {
    let is_one = (1..=NAME_BYTES).contains(&name.len())
        && !name.trim().is_empty()
        && !name.chars().any(char::is_control);
    (!is_one).then_some("a name has 1 to 200 bytes and no control characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(name: &str, how: How) -> OwnCheck {
        OwnCheck { name: name.into(), unit: String::new(), period: Duration::from_secs(1), how }
    }

    fn command(words: &[&str]) -> How {
        let words = words.iter().map(ToString::to_string).collect();
        How::Command { words, timeout: Duration::from_secs(1) }
    }

    #[test]
    fn all_that_hosts_know_are_found_by_their_names() {
        for check in BuiltIn::ALL {
            assert_eq!(BuiltIn::of(check.name()), Some(check));
        }
        assert_eq!(BuiltIn::of("GetHealthy"), None);
    }

    #[test]
    fn mistakes_of_own_checks_are_told() {
        assert_eq!(own("queue depth", command(&["true"])).fault(), None);
        for name in ["", " ", "a\nb", "healthy", &"n".repeat(201)] {
            assert!(own(name, command(&["true"])).fault().is_some(), "{name:?}");
        }
        assert!(own("a", command(&[])).fault().is_some_and(|fault| fault.contains("empty")));
        let how =
            How::Http { url: "http://h/".into(), pointer: "a/b".into(), timeout: Duration::from_secs(1) };
        assert!(own("a", how).fault().is_some_and(|fault| fault.contains("pointer")));
    }

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let text = format!("{:?}", own("a", command(&["login", "hunter2"])));
        assert!(!text.contains("hunter2"), "{text}");
    }
}
