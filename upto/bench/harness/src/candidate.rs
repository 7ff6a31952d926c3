//! What is measured. Each is measured in a process of its own.

use crate::failure::Failure;
use crate::figure::Figure;

/// Something to measure.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// One word, which the names of its figures begin with.
    pub name: &'static str,
    /// A line for `--list`.
    pub about: &'static str,
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
    /// One whose only figure is a time in nanoseconds per start and end pair; it has the candidate's name.
    #[must_use]
    pub const fn per_pair(
        name: &'static str,
        about: &'static str,
        measure: fn() -> Result<f64, Failure>,
    ) -> Self {
        Self::of(name, about, usize::MAX, Measure::PerPair(measure))
    }

    /// One that measures whatever figures it gives, in at most so many processes.
    #[must_use]
    pub const fn figures(
        name: &'static str,
        about: &'static str,
        runs: usize,
        measure: fn() -> Result<Vec<Figure>, Failure>,
    ) -> Self {
        Self::of(name, about, runs, Measure::Figures(measure))
    }

    const fn of(name: &'static str, about: &'static str, runs: usize, measure: Measure) -> Self {
        Candidate { name, about, runs, keeps_memory: false, measure }
    }

    /// The same one, with the system's allocator told to keep what memory it has.
    #[must_use]
    pub const fn with_memory_kept(self) -> Self {
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
