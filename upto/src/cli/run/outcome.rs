//! How a command ended.

use std::io;
use std::process::ExitStatus;
use std::time::Instant;

use upto::wire::Status;

use crate::cli::attribute::Attribute;

/// The exit code of what can't be run, as `env` has it.
const NOT_EXECUTABLE: u8 = 126;
/// The exit code of what does not exist.
const NOT_FOUND: u8 = 127;

/// How a command ended, or why it never ran.
#[derive(Debug)]
pub(super) struct Outcome {
    ending: Ending,
    /// When that was.
    pub(super) at: Instant,
    /// The last lines that it wrote; empty if nobody asked for them.
    pub(super) tail: String,
}

#[derive(Debug)]
enum Ending {
    Exited(u8),
    /// By a signal.
    Killed(u8),
    NotRun(io::Error),
}

impl Outcome {
    /// Of a command that ended.
    pub(super) fn of(status: ExitStatus, at: Instant, tail: String) -> Self {
        let ending = match (status.code(), signal(status)) {
            // More than 8 bits are for systems that have more, and then say something else than 0.
            (Some(code), _) => Ending::Exited(u8::try_from(code).unwrap_or(u8::MAX)),
            (None, signal) => Ending::Killed(signal),
        };
        Outcome { ending, at, tail }
    }

    /// Of one that never ran.
    pub(super) fn not_run(error: io::Error) -> Self {
        Outcome { ending: Ending::NotRun(error), at: Instant::now(), tail: String::new() }
    }

    /// The exit code that tells of it.
    pub(super) fn code(&self) -> u8 {
        match &self.ending {
            Ending::Exited(code) => *code,
            Ending::Killed(signal) => 128_u8.saturating_add(*signal),
            Ending::NotRun(error) if error.kind() == io::ErrorKind::NotFound => NOT_FOUND,
            Ending::NotRun(_) => NOT_EXECUTABLE,
        }
    }

    /// How the event ended by that.
    pub(super) fn status(&self) -> Status {
        match self.ending {
            Ending::Exited(0) => Status::Ok,
            _ => Status::Failed,
        }
    }

    /// Why it failed; empty if it did not.
    pub(super) fn reason(&self) -> String {
        match &self.ending {
            Ending::Exited(0) => String::new(),
            Ending::Exited(code) => format!("exit code {code}"),
            Ending::Killed(signal) => format!("killed by {}", signal_name(*signal)),
            Ending::NotRun(error) => format!("not run: {error}"),
        }
    }

    /// What is noted of it.
    pub(super) fn attributes(&self) -> Vec<Attribute> {
        match &self.ending {
            Ending::Exited(code) => vec![Attribute::new("exit_code", code)],
            Ending::Killed(signal) => vec![Attribute::new("signal", &signal_name(*signal))],
            Ending::NotRun(_) => Vec::new(),
        }
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal().and_then(|signal| u8::try_from(signal).ok()).unwrap_or_default()
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> u8 {
    0
}

#[cfg(unix)]
fn signal_name(signal: u8) -> String {
    let name = signal_hook::low_level::signal_name(signal.into());
    name.map_or_else(|| format!("signal {signal}"), str::to_owned)
}

#[cfg(not(unix))]
fn signal_name(signal: u8) -> String {
    format!("signal {signal}")
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn of(raw: i32) -> Outcome {
        Outcome::of(ExitStatus::from_raw(raw), Instant::now(), String::new())
    }

    #[test]
    fn codes_are_those_that_a_shell_has() {
        let not_run = |kind: io::ErrorKind| Outcome::not_run(kind.into());
        for (outcome, code, status, reason) in [
            (of(0), 0, Status::Ok, ""),
            (of(3 << 8), 3, Status::Failed, "exit code 3"),
            (of(15), 143, Status::Failed, "killed by SIGTERM"),
            (of(64), 192, Status::Failed, "killed by signal 64"),
            (not_run(io::ErrorKind::NotFound), 127, Status::Failed, "not run: entity not found"),
            (not_run(io::ErrorKind::PermissionDenied), 126, Status::Failed, "not run: permission denied"),
        ] {
            assert_eq!((outcome.code(), outcome.status(), outcome.reason().as_str()), (code, status, reason));
        }
    }
}
