//! What the command line asks for.

use clap::{Args, Command, FromArgMatches};

/// The flags of a benchmark program.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// List the candidates
    #[arg(long, conflicts_with_all = ["candidates", "json", "rounds"])]
    pub(crate) list: bool,
    /// Measure this one, and no others but those that are named likewise
    #[arg(long = "candidate", value_name = "NAME")]
    pub(crate) candidates: Vec<String>,
    /// Measure this one once, in this process: what this program starts itself with
    #[arg(long, value_name = "NAME", hide = true, exclusive = true)]
    pub(crate) measure: Option<String>,
    /// Print everything as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Processes per candidate at most; those that take seconds each have fewer
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) rounds: u8,
}

/// Behind what the program says of itself.
const ABOUT: &str = "Prints a table, then lines `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL`; what misses its \
                     goal is marked MISSED, and the exit status is 1.";

impl Arguments {
    /// Those that the process was given. Ends it if they make no sense, or ask for help.
    pub(crate) fn of_process(name: &'static str, about: &'static str) -> Self {
        let command = command(name, about);
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }
}

fn command(name: &'static str, about: &'static str) -> Command {
    let command = Arguments::augment_args(Command::new(name).version(env!("CARGO_PKG_VERSION")));
    command.about(about).long_about(format!("{about}\n\n{ABOUT}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        let given = [&["bench"], arguments].concat();
        let matches = command("bench", "Measures").try_get_matches_from(given)?;
        Arguments::from_arg_matches(&matches)
    }

    #[test]
    fn everything_is_measured_five_times_unless_told_otherwise() {
        let arguments = parse(&[]).expect("arguments");
        assert!(!(arguments.list || arguments.json) && arguments.candidates.is_empty());
        assert_eq!((arguments.measure, arguments.rounds), (None, 5));
    }

    #[test]
    fn candidates_are_named_one_by_one() {
        let arguments = parse(&["--candidate", "a", "--candidate", "b"]).expect("arguments");
        assert_eq!(arguments.candidates, ["a", "b"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for arguments in [&["--rounds", "0"][..], &["--list", "--json"], &["--candidate"], &["one"]] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }
}
