//! What is asked for on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

/// Runs `cargo build` and shows what it was up to
///
/// Each crate, its build script and its linking become events of a timeline, which is shown while it
/// grows, printed when the build is done, and compared with the previous build of the same context.
/// The exit code is cargo's.
#[derive(Clone, Debug, Parser)]
#[command(name = "build-system", version, after_long_help = VARIABLES)]
pub(crate) struct Arguments {
    /// End after the report instead of serving the page until Ctrl-C
    #[arg(long)]
    pub(crate) exit: bool,
    /// Context of the timeline; builds of one context are compared
    #[arg(long, value_name = "NAME", env = "UPTO_CONTEXT", default_value = CONTEXT, hide_env_values = true)]
    context: String,
    /// Folder of the package or workspace to build (cargo runs there), or its Cargo.toml
    /// [default: the crate `upto` of the workspace that this program comes from]
    pub(crate) path: Option<PathBuf>,
    /// Arguments of `cargo build`, such as `-- --release --offline`; without a --target-dir among
    /// them, everything is built anew in a temporary folder
    #[arg(last = true, value_name = "CARGO ARGS")]
    pub(crate) cargo: Vec<OsString>,
}

const CONTEXT: &str = "build";

impl Arguments {
    /// The context. As with the other variables, one that is set to nothing is not set.
    pub(crate) fn context(&self) -> &str {
        if self.context.is_empty() { CONTEXT } else { &self.context }
    }
}

const VARIABLES: &str = "\
Variables:
  UPTO_SERVER    host:port of a server that runs already; without it, one runs in this process and
                 keeps its timelines in ./upto-data
  UPTO_URL       that server's page and API [default: http://HOST:8080]
  UPTO_TIMELINE  name of the timeline, such as a build's number [default: its time]
  UPTO_HOST      host of the events [default: auto, this machine's name]
  UPTO_PARENT    path of the event that this build is part of
  RUSTC_WRAPPER  is still used; one that only a cargo configuration file names is not
  NO_COLOR       if set, no colours
  TMPDIR         where the temporary folder is made";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_comes_after_two_dashes_is_for_cargo() {
        let arguments =
            Arguments::parse_from(["build-system", "--exit", "there", "--", "--release", "-p", "a"]);
        assert!(arguments.exit);
        assert_eq!(arguments.path, Some("there".into()));
        assert_eq!(arguments.cargo, ["--release", "-p", "a"]);
    }
}
