//! A benchmark program: what it does from its arguments to its exit status.

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::candidate::Candidate;
use crate::failure::Failure;
use crate::goals::{self, Goal};
use crate::{report, runs, summary};

/// A benchmark program.
#[derive(Clone, Debug)]
pub struct Program {
    /// The name of its binary.
    pub name: &'static str,
    /// What it measures, in a line.
    pub about: &'static str,
    /// What there is to measure, in the order in which it is reported.
    pub candidates: Vec<&'static Candidate>,
    /// What the figures have to be.
    pub goals: &'static [Goal],
}

impl Program {
    /// Does what the arguments of the process say. What goes wrong is told on standard error.
    ///
    /// Fails, too, if a goal is missed.
    #[must_use]
    pub fn main(&self) -> ExitCode {
        match self.run(&Arguments::of_process(self.name, self.about)) {
            Ok(code) => code,
            Err(failure) => {
                report::tell(self.name, &failure.to_string());
                ExitCode::FAILURE
            }
        }
    }

    fn run(&self, arguments: &Arguments) -> Result<ExitCode, Failure> {
        if arguments.list {
            report::list(&self.candidates)?;
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(name) = &arguments.measure {
            report::figures(&self.find(name)?.run()?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let measured = runs::all(self.name, &self.chosen(&arguments.candidates)?, arguments.rounds)?;
        let summaries = summary::summaries(&measured.figures);
        let mut verdicts = goals::verdicts(self.goals, &summaries);
        // Who asks for a few candidates knows that the others are missing.
        verdicts.retain(|verdict| verdict.value.is_some() || arguments.candidates.is_empty());
        report::all(&summaries, &verdicts, arguments.json)?;
        let is_good = measured.is_complete && verdicts.iter().all(|verdict| verdict.met);
        Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The candidates of these names; if there are none, all.
    fn chosen(&self, names: &[String]) -> Result<Vec<&'static Candidate>, Failure> {
        if names.is_empty() {
            return Ok(self.candidates.clone());
        }
        names.iter().map(|name| self.find(name)).collect()
    }

    fn find(&self, name: &str) -> Result<&'static Candidate, Failure> {
        let found = self.candidates.iter().copied().find(|candidate| candidate.name == name);
        found.ok_or_else(|| Failure::UnknownCandidate(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANDIDATES: [Candidate; 3] = [
        Candidate::per_pair("short", "", || Ok(1.0)),
        Candidate::figures("long", "", 1, || Ok(Vec::new())),
        Candidate::per_pair("other", "", || Ok(2.0)),
    ];

    fn chosen(names: &[&str]) -> Result<Vec<&'static str>, Failure> {
        let program =
            Program { name: "bench", about: "", candidates: CANDIDATES.iter().collect(), goals: &[] };
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        Ok(program.chosen(&names)?.iter().map(|candidate| candidate.name).collect())
    }

    #[test]
    fn all_are_chosen_unless_some_are_named() {
        assert_eq!(chosen(&[]).expect("candidates"), ["short", "long", "other"]);
        assert_eq!(chosen(&["long", "short"]).expect("candidates"), ["long", "short"]);
    }

    #[test]
    fn an_unknown_one_is_told() {
        assert!(matches!(chosen(&["shart"]), Err(Failure::UnknownCandidate(name)) if name == "shart"));
    }
}
