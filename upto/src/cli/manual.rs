//! `upto man`: the manual pages.

use clap::Args;
use clap_mangen::Man;

use super::failure::Failure;
use super::{arguments, output};

/// Print a manual page, as roff
#[derive(Debug, Args)]
pub(super) struct ManualArguments {
    /// The command that the page is about [default: all of them, in brief]
    command: Option<String>,
}

/// Prints the page `upto(1)`, or that of a command, such as `upto-run(1)`.
pub(super) fn manual(arguments: &ManualArguments) -> Result<(), Failure> {
    // `help` has no page, as it tells nothing of its own.
    let mut command = arguments::command().disable_help_subcommand(true);
    // Fills in what the commands inherit.
    command.build();
    let page = match &arguments.command {
        None => command,
        Some(name) => page_of(&command, name)?,
    };
    let mut roff = Vec::new();
    Man::new(page).render(&mut roff)?;
    output::text(&String::from_utf8_lossy(&roff))
}

fn page_of(command: &clap::Command, name: &str) -> Result<clap::Command, Failure> {
    let operation = command.find_subcommand(name).ok_or_else(|| Failure::NoCommand(name.to_owned()))?;
    Ok(operation.clone().display_name(format!("upto-{}", operation.get_name())))
}
