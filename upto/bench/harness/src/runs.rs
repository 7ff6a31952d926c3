//! Each run in a process of its own. In each round every candidate runs once, in random order: those of a round have about
//! the same time of day, whoever else uses the machine then, and can be compared with each other.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::candidate::Candidate;
use crate::failure::Failure;
use crate::figure::Figure;
use crate::report;

/// Progress is told after this time,
const TELL_AFTER: Duration = Duration::from_secs(2);
/// and then again and again.
const TELL_EVERY: Duration = Duration::from_secs(15);

/// Has glibc keep the memory that it has, for candidates that are to be seen at their best. By default it depends on
/// what lies at the heap's end whether memory goes back to the system and is taken again all the time: fastrace then
/// takes 45 ns in one process and 85 in the next.
const KEEP_MEMORY: (&str, &str) = ("MALLOC_TRIM_THRESHOLD_", "1000000000");

/// What all runs measured.
#[derive(Debug)]
pub(crate) struct Measured {
    /// In the order of the candidates.
    pub(crate) figures: Vec<Figure>,
    /// False if there was a run without figures. Why was told on standard error.
    pub(crate) is_complete: bool,
}

/// Measures each candidate in at most so many processes of this program, whose name is for messages.
///
/// # Errors
/// This program can't be started again.
pub(crate) fn all(name: &str, candidates: &[&Candidate], rounds: u8) -> Result<Measured, Failure> {
    let program = env::current_exe().map_err(Failure::system("find this program"))?;
    let mut figures = vec![Vec::new(); candidates.len()];
    let mut is_complete = true;
    let order = shuffled(candidates.iter().map(|candidate| candidate.runs.min(rounds.into())));
    let mut tell_at = Instant::now() + TELL_AFTER;
    for (done, &place) in order.iter().enumerate() {
        match run(&program, candidates[place]) {
            Ok(measured) => figures[place].extend(measured),
            Err(failure) => {
                report::tell(name, &failure.to_string());
                is_complete = false;
            }
        }
        if Instant::now() >= tell_at {
            report::tell(name, &format!("{} of {} runs are done", done + 1, order.len()));
            tell_at = Instant::now() + TELL_EVERY;
        }
    }
    Ok(Measured { figures: figures.concat(), is_complete })
}

/// Each place as often as it has runs, once in a round, in random order within each.
fn shuffled(runs: impl Iterator<Item = usize>) -> Vec<usize> {
    let runs: Vec<usize> = runs.collect();
    let rounds = runs.iter().max().copied().unwrap_or(0);
    let round = |round: usize| {
        let mut order: Vec<usize> = (0..runs.len()).filter(|place| runs[*place] > round).collect();
        fastrand::shuffle(&mut order);
        order
    };
    (0..rounds).flat_map(round).collect()
}

/// What a process of `program` measures of a candidate.
fn run(program: &Path, candidate: &Candidate) -> Result<Vec<Figure>, Failure> {
    let mut command = Command::new(program);
    command
        .args(["--measure", candidate.name])
        .envs(candidate.keeps_memory.then_some(KEEP_MEMORY))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = command.output().map_err(Failure::system("start a candidate"))?;
    if !output.status.success() {
        return Err(Failure::Candidate { candidate: candidate.name, status: output.status });
    }
    String::from_utf8_lossy(&output.stdout).lines().map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_candidate_that_has_runs_left_has_one_in_each_round() {
        let order = shuffled([3, 0, 2].into_iter());
        let rounds = [&order[..2], &order[2..4], &order[4..]].map(|round| {
            let mut round = round.to_vec();
            round.sort_unstable();
            round
        });
        assert_eq!(rounds, [vec![0, 2], vec![0, 2], vec![0]]);
    }
}
