//! What is measured. Each is measured in a process of its own.

mod cadence;
mod chrome;
mod fastrace;
#[cfg(target_os = "linux")]
mod flusher;
mod layer;
mod load;
mod opentelemetry;
mod plain;
mod puffin;
mod registry;
mod spanned;
mod udp;
mod upto;

use std::pin::pin;
use std::task::{Context, Waker};

use crate::failure::Failure;
use crate::figure::Figure;

/// Something to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    /// A line for `--list`.
    pub(crate) about: &'static str,
    /// Processes that are worth their time, at most.
    pub(crate) runs: usize,
    /// Whether the system's allocator is told to keep what memory it has.
    pub(crate) keeps_memory: bool,
    measure: Measure,
}

#[derive(Clone, Copy, Debug)]
enum Measure {
    /// Nanoseconds per start and end pair on the calling thread: the figure has the candidate's name.
    PerPair(fn() -> Result<f64, Failure>),
    /// Figures whose names begin with the candidate's.
    Figures(fn() -> Result<Vec<Figure>, Failure>),
}

impl Candidate {
    const fn per_pair(
        name: &'static str,
        about: &'static str,
        measure: fn() -> Result<f64, Failure>,
    ) -> Self {
        Candidate { name, about, runs: usize::MAX, keeps_memory: false, measure: Measure::PerPair(measure) }
    }

    const fn figures(
        name: &'static str,
        about: &'static str,
        runs: usize,
        measure: fn() -> Result<Vec<Figure>, Failure>,
    ) -> Self {
        Candidate { name, about, runs, keeps_memory: false, measure: Measure::Figures(measure) }
    }

    const fn with_memory_kept(self) -> Self {
        Candidate { keeps_memory: true, ..self }
    }

    /// Measures it, in this process. Works once per process.
    ///
    /// # Errors
    /// What it needs is not there.
    pub(crate) fn run(&self) -> Result<Vec<Figure>, Failure> {
        match self.measure {
            Measure::PerPair(measure) => Ok(vec![Figure::new(self.name, measure()?, "ns/pair")]),
            Measure::Figures(measure) => measure(),
        }
    }
}

/// All of them, in the order in which they are reported.
pub(crate) fn all() -> impl Iterator<Item = &'static Candidate> {
    let mut files = vec![
        plain::CANDIDATES,
        upto::CANDIDATES,
        layer::CANDIDATES,
        fastrace::CANDIDATES,
        puffin::CANDIDATES,
        registry::CANDIDATES,
        opentelemetry::CANDIDATES,
        chrome::CANDIDATES,
        cadence::CANDIDATES,
        udp::CANDIDATES,
    ];
    #[cfg(target_os = "linux")]
    files.push(flusher::CANDIDATES);
    files.push(load::CANDIDATES);
    files.into_iter().flatten()
}

/// The one of this name.
///
/// # Errors
/// There is none.
pub(crate) fn find(name: &str) -> Result<&'static Candidate, Failure> {
    all().find(|candidate| candidate.name == name).ok_or_else(|| Failure::UnknownCandidate(name.to_owned()))
}

/// Polls a future once, by hand: a runtime would be measured too.
fn poll_once(future: impl Future<Output = ()>) {
    // Those that are measured never wait.
    let _ready = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_one_word_and_differ() {
        let names: Vec<_> = all().map(|candidate| candidate.name).collect();
        assert!(names.iter().all(|name| !name.contains(char::is_whitespace)));
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn one_is_found_by_its_name() {
        assert_eq!(find("plain").map(|candidate| candidate.name).ok(), Some("plain"));
        assert!(matches!(find("plane"), Err(Failure::UnknownCandidate(name)) if name == "plane"));
    }
}
