//! What the benchmark programs of this workspace share.
//!
//! # The map
//!
//! A [`Program`] is a list of [`Candidate`]s and of [`goals`]. `arguments` says what to run. `runs` starts the
//! program again for each run of each candidate, in random order, because candidates set what a process has once: a
//! client, a global subscriber, the cores that it uses. A candidate measures, and prints a [`figure`] per line.
//! `report` prints their medians, which [`summary`] has, and what became of the goals. [`failure`] is why something
//! could not be measured. [`api`] reads what a server says of what it was sent.

pub mod api;
mod arguments;
mod candidate;
pub mod failure;
pub mod figure;
pub mod goals;
mod program;
mod report;
mod runs;
pub mod summary;

pub use self::candidate::Candidate;
pub use self::program::Program;
pub use self::report::tell;
