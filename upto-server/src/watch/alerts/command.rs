//! The command `upto-server alerts`.
// What it says goes to whoever typed it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use clap::{Args, Subcommand};
use tokio::runtime::Runtime;

use super::super::heartbeat::AlertTarget;
use super::super::notice::Notice;
use super::channel::{Channels, SendProblem};
use super::raise::NAMED;
use super::{AlertSettings, Message};
use crate::clock::{Clock, SystemClock};
use crate::config::WatchArguments;

/// The arguments of `upto-server alerts`.
#[derive(Clone, Debug, Args)]
pub struct AlertsArguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Send a test to a target of the configuration, and say whether it left
    Test {
        /// The name of the target, or TYPE:ADDRESS such as mail:me@example.org
        target: String,
        #[command(flatten)]
        config: WatchArguments,
    },
}

/// Runs the command.
#[must_use]
pub fn run(arguments: AlertsArguments) -> ExitCode {
    let Command::Test { target, config } = arguments.command;
    match test(&target, config) {
        Ok(()) => {
            println!("sent to {target}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("upto-server: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn test(target: &str, config: WatchArguments) -> Result<(), Box<dyn std::error::Error>> {
    let settings = config.watch(&|name| std::env::var_os(name))?.alerts;
    Ok(Runtime::new()?.block_on(send(&settings, target))?)
}

async fn send(settings: &AlertSettings, target: &str) -> Result<(), SendProblem> {
    let target = match target.split_once(':') {
        Some((kind, address)) if !settings.targets.contains_key(target) => {
            AlertTarget { kind: kind.to_owned(), address: address.to_owned() }
        }
        _ => AlertTarget { kind: NAMED.to_owned(), address: target.to_owned() },
    };
    let Some(message) = Message::of(vec![Notice::of_test(SystemClock.now())]) else { return Ok(()) };
    Channels::new(settings)?.send(settings, &target, &message).await
}
