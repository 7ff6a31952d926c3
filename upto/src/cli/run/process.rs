//! The command's process: started, waited for, and told of the signals that this one gets.

#[cfg(unix)]
mod signals;

use std::process::{Child, Command};
use std::time::Instant;

use super::outcome::Outcome;
use super::passing::Passing;
use crate::cli::failure::tell;

/// A command that has ended, and what it may have left behind.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    passing: Option<Passing>,
}

impl Ended {
    /// Waits until everything that was written is passed on; the exit code.
    pub(super) fn finish(self) -> u8 {
        if let Some(passing) = self.passing {
            let_signals_end();
            passing.finish();
        }
        self.outcome.code()
    }
}

/// Runs a command to its end; notes the last lines of its output, if that is asked for.
pub(super) fn run(command: &mut Command, lines: Option<u16>) -> Ended {
    match try_run(command, lines) {
        Ok(ended) => ended,
        Err(error) => {
            tell(&format!("{}: {error}", command.get_program().to_string_lossy()));
            Ended { outcome: Outcome::not_run(error), passing: None }
        }
    }
}

/// From now on, signals end this process: it may have to wait for long, and no command is there to tell of them.
pub(super) fn let_signals_end() {
    #[cfg(unix)]
    signals::let_end();
}

fn try_run(command: &mut Command, lines: Option<u16>) -> std::io::Result<Ended> {
    // Before the command starts, so that no signal falls in between.
    #[cfg(unix)]
    let signals = signals::Waiting::new()?;
    if lines.is_some() {
        Passing::prepare(command);
    }
    let mut child = command.spawn()?;
    #[cfg(unix)]
    let signals = signals.pass_on_to(&child);
    let passing = lines.map(|lines| Passing::start(&mut child, lines)).transpose();
    let passing = passing.inspect_err(|_| {
        // Nobody would read what it writes: it could not go on.
        let _ = child.kill();
    })?;
    wait_without_reaping(&child);
    let at = Instant::now();
    // As long as the child is not reaped, its number belongs to nobody else.
    #[cfg(unix)]
    signals.stop();
    let status = child.wait()?;
    let tail = passing.as_ref().map(Passing::tail).unwrap_or_default();
    Ok(Ended { outcome: Outcome::of(status, at, tail), passing })
}

#[cfg(unix)]
fn wait_without_reaping(child: &Child) {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(pid) = signals::pid(child) else { return };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    // Whatever else goes wrong here, `Child::wait` tells it.
    let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid), options));
}

#[cfg(not(unix))]
fn wait_without_reaping(_child: &Child) {}
