//! What is asked for on the command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Runs cargo, and says where the time went and why it took longer than before
///
/// Each crate, its build script, its code generation and its linking become events of a timeline, and so do tests. Runs of a
/// workspace that did the same work are compared.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo upto", bin_name = "cargo upto", version, after_help = VARIABLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) call: Call,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// Context of the timelines [default: the workspace's folder and the subcommand, as `shop build`]
    #[arg(long, value_name = "NAME", env = "UPTO_CONTEXT", hide_env = true)]
    context: Option<String>,
    /// Where timelines are kept if no server runs [default: a folder for this workspace in the user's data]
    #[arg(long, value_name = "DIR", env = "CARGO_UPTO_DATA", hide_env = true)]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Call {
    /// cargo build
    Build(Cargo),
    /// cargo check
    Check(Cargo),
    /// cargo test: each test program is an event, and so is each test
    Test(Cargo),
    /// List the last runs of this workspace
    History {
        /// Of what
        #[arg(value_enum, default_value_t = Of::Build)]
        of: Of,
    },
    /// Show the runs of this workspace as a page, until Ctrl-C
    Serve,
}

/// What has a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Of {
    Build,
    Check,
    Test,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Cargo {
    /// Arguments of cargo
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "CARGO ARGS")]
    pub(crate) words: Vec<OsString>,
}

impl Of {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Of::Build => "build",
            Of::Check => "check",
            Of::Test => "test",
        }
    }
}

impl Common {
    /// The context of a workspace's runs. As with the other variables, one that is set to nothing is not set.
    pub(crate) fn context(&self, workspace: &Path, subcommand: &str) -> String {
        let given = self.context.clone().filter(|context| !context.is_empty());
        given.unwrap_or_else(|| {
            let folder = workspace.file_name().unwrap_or(workspace.as_os_str()).to_string_lossy();
            format!("{folder} {subcommand}")
        })
    }
}

/// The command line as its user typed it: cargo puts the subcommand's name behind the program's.
pub(crate) fn as_typed(mut raw: Vec<OsString>) -> Vec<OsString> {
    if raw.get(1).is_some_and(|word| word == "upto") {
        raw.remove(1);
    }
    raw
}

const VARIABLES: &str = "\
Options of `cargo upto` stand before its subcommand: cargo upto --data DIR build --release.

Variables:
  UPTO_SERVER    host:port of a server to tell, and UPTO_URL where its page is;
                 without it, the server at http://127.0.0.1:8080 if one answers,
                 else one in this process, for as long as that runs
  UPTO_TIMELINE  name of the timeline, as a build's number [default: its time]
  RUSTC_WRAPPER  is still used; one that only a cargo configuration names is not
  NO_COLOR       if set, no colours

The exit code is cargo's.";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(words: &[&str]) -> Arguments {
        Arguments::parse_from(as_typed(words.iter().map(OsString::from).collect()))
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_follows_the_subcommand_is_for_cargo() {
        for first in [&["cargo-upto", "upto"][..], &["cargo-upto"]] {
            let arguments =
                parse(&[first, &["--context", "c", "test", "-p", "a", "--", "--nocapture"]].concat());
            let Call::Test(cargo) = arguments.call else { panic!("{arguments:?}") };
            assert_eq!(cargo.words, ["-p", "a", "--", "--nocapture"]);
            assert_eq!(arguments.common.context(Path::new("/x/shop"), "test"), "c");
        }
    }

    #[test]
    fn a_context_is_of_the_workspace_and_of_what_is_done() {
        let arguments = parse(&["cargo-upto", "build"]);
        assert_eq!(arguments.common.context(Path::new("/x/shop"), "build"), "shop build");
    }
}
