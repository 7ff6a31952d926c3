//! The command line: its operations, and what is said when it is not one.

mod order;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::blame::BlameArguments;
use super::clusters::ClustersArguments;
use super::compare::CompareArguments;
use super::completions::CompletionsArguments;
use super::contexts::ContextsArguments;
use super::critical_path::CriticalPathArguments;
use super::export::ExportArguments;
use super::fleet::FleetArguments;
use super::gate::GateArguments;
use super::manual::ManualArguments;
use super::ping::PingArguments;
use super::report::{CancelArguments, LogArguments, PulseArguments};
use super::run::{self, RunArguments};
use super::send::{EndArguments, MarkArguments, NewArguments};
use super::show::ShowArguments;
use super::timelines::TimelinesArguments;
use super::watch::WatchArguments;

/// What stands below the help: where to begin, for those who see it for the first time.
const BEGIN: &str = "\
To begin, while `upto-server` runs in another terminal:
  upto run --context hello -- sleep 1    tell what a command is up to
  upto show hello                        and look at it

Options of a command may stand before it, too. The variable UPTO=off switches all sending off.";

/// Tells what programs are up to, and shows what they were up to
#[derive(Parser)]
#[command(name = "upto", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = BEGIN)]
struct Cli {
    #[command(subcommand)]
    operation: Operation,
}

/// What is to be done. Deferred: the options of a command are made when it is the one that is given, because that takes as
/// long as all the rest of sending a datagram.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Operation {
    /// Open a new timeline, which becomes the active one of its context
    #[command(visible_alias = "n")]
    New(NewArguments),
    /// Say that an event starts
    #[command(visible_alias = "s")]
    Start(MarkArguments),
    /// Say that an event ends
    #[command(visible_alias = "e")]
    End(EndArguments),
    /// Say that something happened at this instant
    #[command(visible_alias = "v")]
    Event(MarkArguments),
    /// Run a command as an event, and end with its exit code
    Run(RunArguments),
    /// Say that a service lives, and when it will say so again
    Pulse(PulseArguments),
    /// Say that a service will not pulse any more
    Cancel(CancelArguments),
    /// Add a line to the server's journal
    Log(LogArguments),
    /// List the addresses that the server asks, and how they answer
    Ping(PingArguments),
    /// List the contexts that the server knows
    Contexts(ContextsArguments),
    /// List the timelines of a context, the newest first
    Timelines(TimelinesArguments),
    /// Show a timeline as a tree with bars
    Show(ShowArguments),
    /// Follow a timeline while it happens
    Watch(WatchArguments),
    /// List the clusters that the server watches, and how each is
    Clusters(ClustersArguments),
    /// Say why a timeline took longer, or less time, than another one
    Compare(CompareArguments),
    /// Say which rows of a timeline took most of its time
    Blame(BlameArguments),
    /// Say what the length of a timeline depends on
    CriticalPath(CriticalPathArguments),
    /// Write all events of a timeline for other programs
    Export(ExportArguments),
    /// Fail if a timeline took longer than earlier ones
    Gate(GateArguments),
    /// Show the hosts of the fleet, and how each is
    Fleet(FleetArguments),
    /// Print completions for a shell
    Completions(CompletionsArguments),
    /// Print a manual page, as roff
    Man(ManualArguments),
}

/// The whole command line, for what describes it.
pub(super) fn command() -> clap::Command {
    Cli::command()
}

/// Reads the command line, the program's name first.
///
/// # Errors
/// It is none, or help was asked for.
pub(super) fn parse(raw: Vec<OsString>) -> Result<Operation, Refusal> {
    let raw = order::options_behind(raw);
    let is_run = raw.get(1).is_some_and(|name| name == "run");
    let parsed = command().try_get_matches_from(raw).and_then(|found| Cli::from_arg_matches(&found));
    parsed.map(|cli| cli.operation).map_err(|error| Refusal { error, is_run })
}

/// Why nothing is done.
#[derive(Debug)]
pub(super) struct Refusal {
    error: clap::Error,
    is_run: bool,
}

impl Refusal {
    /// Says so; the exit code.
    pub(super) fn tell(&self) -> ExitCode {
        // There is nobody else to tell that it can't be told.
        let _ = self.error.print();
        match self.error.use_stderr() {
            false => ExitCode::SUCCESS,
            true if self.is_run => ExitCode::from(run::OWN_FAILURE),
            true => ExitCode::FAILURE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Operation, String> {
        let raw = line.split(' ').map(OsString::from).collect();
        parse(raw).map_err(|refusal| refusal.error.to_string())
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn the_options_that_take_values_are_known() {
        let mut command = command();
        command.build();
        for operation in command.get_subcommands() {
            for option in operation.get_opts() {
                let short = option.get_short().map(|letter| format!("-{letter}"));
                let long = option.get_long_and_visible_aliases().unwrap_or_default();
                for name in long.into_iter().map(|name| format!("--{name}")).chain(short) {
                    assert!(order::TAKE_VALUES.contains(&name.as_str()), "{name}");
                }
            }
        }
    }

    #[test]
    fn options_stand_before_or_behind_the_command() {
        let expected = format!("{:?}", read("upto start --rh h --rp 9 -a ctx a.b").expect("a start"));
        for line in [
            "upto --rh h --rp 9 -a start ctx a.b",
            "upto --remotehost=h -a s ctx --remoteport 9 a.b",
            "upto -a s ctx a.b --rh h --rp=9",
            "upto --autohost --rp 9 s --rh h ctx a.b",
        ] {
            assert_eq!(format!("{:?}", read(line).expect(line)), expected, "{line}");
        }
    }

    #[test]
    fn what_follows_two_dashes_is_the_command_s() {
        let operation = read("upto run --event a.b -- make -j 4 -- --context x").expect("a run");
        let Operation::Run(arguments) = operation else { panic!("{operation:?}") };
        assert_eq!(arguments.command, ["make", "-j", "4", "--", "--context", "x"]);
    }

    #[test]
    fn usage_errors_are_refusals() {
        for line in [
            "upto",
            "upto start",
            "upto start ctx",
            "upto --rh",
            "upto launch",
            "upto start ctx a --rp 0",
            "upto start ctx a --http http://h --rh h",
            "upto end ctx a --status fine",
            "upto start ctx a --attr novalue",
            "upto run",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
