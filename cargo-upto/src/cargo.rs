//! Running cargo and hearing from it what this program's own processes can't see.
//!
//! Cargo's messages and its text come through one pipe, so that they are read in the order in which cargo
//! wrote them: [`line`](mod@line) tells what each line says, the [`observer`] what it means for the build.

mod line;
mod message;
mod noise;
mod observer;
mod package;
mod plan;
mod scripts;
mod testing;
mod total;

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

pub(crate) use self::observer::Unseen;
use self::observer::{Observed, Observer};
pub(crate) use self::plan::Plan;
pub(crate) use self::total::packages;
use crate::interrupt::Interrupt;
use crate::problem::Problem;
use crate::progress::Progress;

/// What became of a build.
#[derive(Debug)]
pub(crate) struct Built {
    /// How cargo ended.
    pub(crate) status: ExitStatus,
    /// Packages that were compiled.
    pub(crate) packages: usize,
    /// Build scripts and tests that ended without having been seen to start.
    pub(crate) unseen: Vec<Unseen>,
}

/// Cargo, together with the variables that are set for all its processes.
pub(crate) struct Cargo<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) variables: &'a [(&'static str, OsString)],
    /// Where everything is built anew, unless the plan says where.
    pub(crate) target: Option<&'a Path>,
}

impl Cargo<'_> {
    /// Runs the build to its end. One that fails because there is no network, before anything was
    /// compiled, is tried again with what is in cargo's cache.
    ///
    /// # Errors
    /// Cargo can't be run.
    pub(crate) fn build(&self, progress: &Progress, interrupt: &Interrupt) -> Result<Built, Problem> {
        let (status, observed) = self.attempt(None, progress, interrupt)?;
        if status.success() || !observed.lacks_network() || self.plan.is_offline() || interrupt.is_told() {
            return Ok(observed.built(status));
        }
        progress.print("no network: trying again with --offline, from what is in cargo's cache");
        let (status, observed) = self.attempt(Some("--offline"), progress, interrupt)?;
        Ok(observed.built(status))
    }

    fn attempt(
        &self,
        offline: Option<&str>,
        progress: &Progress,
        interrupt: &Interrupt,
    ) -> Result<(ExitStatus, Observed), Problem> {
        let mut command = self.command();
        command.args(offline);
        let run = || {
            let (mut child, output) = start(command)?;
            let forwarding = interrupt.forward_to(&child);
            let observed = observe(output, progress)?;
            drop(forwarding);
            Ok((child.wait()?, observed))
        };
        run().map_err(|source| Problem::Cargo { program: self.plan.cargo().display().to_string(), source })
    }

    fn command(&self) -> Command {
        let mut command = self.plan.command(self.plan.subcommand());
        command.arg("--message-format=json-render-diagnostics").args(self.plan.arguments());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(target) = self.target {
            // The variable is for those whose configuration has the two in different places.
            command.arg("--target-dir").arg(target).env("CARGO_BUILD_BUILD_DIR", target);
        }
        command
    }
}

fn start(mut command: Command) -> io::Result<(Child, io::PipeReader)> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    // The command keeps the pipe's other end open; when it goes, only cargo and its like have it.
    Ok((command.spawn()?, reader))
}

fn observe(output: impl io::Read, progress: &Progress) -> io::Result<Observed> {
    let mut observer = Observer::new(progress);
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        observer.take(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']));
        line.clear();
    }
    Ok(observer.end())
}
