//! What the command line asks for.

use clap::Parser;

/// Measures what an event of upto costs, beside its named peers
///
/// Prints a table, then lines `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL`; what misses its goal is
/// marked MISSED, and the exit status is 1.
#[derive(Debug, Parser)]
#[command(version)]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from([&["upto-bench"], arguments].concat())
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
