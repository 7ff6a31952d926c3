//! `upto completions`: what shells complete command lines by.

use clap::Args;
use clap_complete::Shell;

use super::failure::Failure;
use super::{arguments, output};

/// Print completions for a shell
#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Prints a script for the shell.
pub(super) fn completions(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut arguments::command(), "upto", &mut script);
    output::text(&String::from_utf8_lossy(&script))
}
