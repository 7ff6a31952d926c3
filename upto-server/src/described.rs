//! `upto-server man` and `upto-server completions`: the command's own description, for manual pages and shells.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

/// Print a manual page, as roff
#[derive(Debug, Args)]
pub(crate) struct ManualArguments {
    /// The command that the page is about, such as `store check` [default: all of them, in brief]
    command: Vec<String>,
}

/// Print completions for a shell
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Prints the page `upto-server(1)`, or that of a command, such as `upto-server-store-check(1)`.
pub(crate) fn manual(arguments: &ManualArguments, command: Command) -> ExitCode {
    // `help` has no page, as it tells nothing of its own.
    let mut command =
        command.disable_help_subcommand(true).mut_subcommands(|below| below.disable_help_subcommand(true));
    // Fills in what the commands inherit.
    command.build();
    let Some(page) = page_of(&command, &arguments.command) else {
        eprintln!("upto-server: there is no command of that name: upto-server --help lists them");
        return ExitCode::from(2);
    };
    let mut roff = Vec::new();
    ended(Man::new(page).render(&mut roff).and_then(|()| io::stdout().write_all(&roff)))
}

/// A command, by its name and those of the ones above it. `None`: there is none.
fn page_of(program: &Command, names: &[String]) -> Option<Command> {
    let found = names.iter().try_fold(program, |above, name| above.find_subcommand(name))?;
    let title = names.iter().fold(program.get_name().to_owned(), |title, name| format!("{title}-{name}"));
    Some(found.clone().display_name(title))
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
