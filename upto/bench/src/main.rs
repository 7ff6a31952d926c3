//! `make bench`: what an event costs, beside its named peers, measured in one run.
//!
//! # The map
//!
//! [`arguments`] says what to run. [`runs`] starts this program again for each run of each
//! [`candidate`], in random order, because candidates set what a process has once: a client, a global
//! subscriber, a reporter. A candidate measures with [`bursts`] or at a [`pace`], and prints a [`figure`]
//! per line. [`report`] prints their medians and what became of the [`goals`].

mod arguments;
mod bursts;
mod candidate;
#[cfg(target_os = "linux")]
mod cpu;
mod failure;
mod figure;
mod goals;
mod pace;
mod receiver;
mod report;
mod runs;
mod server;
mod summary;

use std::process::ExitCode;

use clap::Parser;

use self::arguments::Arguments;
use self::candidate::Candidate;
use self::failure::Failure;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(failure) => {
            report::failure(&failure);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.list {
        report::list(candidate::all())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(name) = &arguments.measure {
        report::figures(&candidate::find(name)?.run()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let measured = runs::all(&chosen(&arguments.candidates)?, arguments.rounds)?;
    let summaries = summary::summaries(&measured.figures);
    let mut verdicts = goals::verdicts(&summaries);
    // Who asks for a few candidates knows that the others are missing.
    verdicts.retain(|verdict| verdict.value.is_some() || arguments.candidates.is_empty());
    report::all(&summaries, &verdicts, arguments.json)?;
    let is_good = measured.is_complete && verdicts.iter().all(|verdict| verdict.met);
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The candidates of these names; all if there are none.
fn chosen(names: &[String]) -> Result<Vec<&'static Candidate>, Failure> {
    if names.is_empty() {
        return Ok(candidate::all().collect());
    }
    names.iter().map(|name| candidate::find(name)).collect()
}
