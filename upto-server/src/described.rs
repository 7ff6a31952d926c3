//! `upto-server man` and `upto-server completions`: the command's own description, for manual pages and shells.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

/// Print a manual page, as roff
#[derive(Debug, Args)]
pub(crate) struct ManualArguments {
    /// The command that the page is about [default: all of them, in brief]
    command: Option<String>,
}

/// Print completions for a shell
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Prints the page `upto-server(1)`, or that of a command, such as `upto-server-agent(1)`.
pub(crate) fn manual(arguments: &ManualArguments, mut command: Command) -> ExitCode {
    // Fills in what the commands inherit.
    command.build();
    let page = match &arguments.command {
        None => Some(command),
        Some(name) => command
            .find_subcommand(name)
            .map(|operation| operation.clone().display_name(format!("upto-server-{}", operation.get_name()))),
    };
    let Some(page) = page else {
        eprintln!("upto-server: there is no command of that name");
        return ExitCode::from(2);
    };
    let mut roff = Vec::new();
    ended(Man::new(page).render(&mut roff).and_then(|()| io::stdout().write_all(&roff)))
}

/// Prints a script for the shell.
pub(crate) fn completions(arguments: &CompletionsArguments, mut command: Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "upto-server", &mut script);
    ended(io::stdout().write_all(&script))
}

/// Who reads may leave early.
fn ended(written: io::Result<()>) -> ExitCode {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("upto-server: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
