//! `make bench`: what an event costs, beside its named peers, measured in one run.
//!
//! # The map
//!
//! What is common to benchmark programs is `upto_bench_harness`: it runs each [`candidate`] in processes of their own
//! and compares what they measured with the [`goals`]. A candidate measures with [`bursts`], by its
//! [`overhead`] or at a [`pace`].

mod bursts;
mod candidate;
#[cfg(target_os = "linux")]
mod cpu;
mod goals;
mod overhead;
mod pace;
mod receiver;
mod server;

use std::process::ExitCode;

use upto_bench_harness::{Program, failure, figure, summary};

fn main() -> ExitCode {
    let program = Program {
        name: "upto-bench",
        about: "Measures what an event of upto costs, beside its named peers",
        candidates: candidate::all().collect(),
        goals: goals::GOALS,
    };
    program.main()
}
