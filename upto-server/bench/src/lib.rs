//! `make bench`: what `upto-server` takes and stores, beside the bare system calls and named peers, in one run.
//!
//! # The map
//!
//! `load` makes datagrams of the events of a busy program, as the SDK and as scripts send them, and `sender` sends
//! them from one of the `cores`. On the other one is a `process` that is a `receiver`: the `sink`, which only
//! receives and decodes, the `server`, an `agent`, or one of the `peers`. `feed` keeps a pace and waits until all is taken,
//! `search` finds the highest pace without loss, and `drain` measures what a datagram costs that waits already.
//! `database` starts private databases, and a `crowd` watches and asks while a server is fed. A `candidate` puts these together, and the `goals` judge it.
#![cfg(target_os = "linux")]

mod agent;
mod candidate;
mod cores;
mod crowd;
mod database;
mod drain;
mod feed;
mod goals;
mod load;
mod peers;
mod place;
mod process;
mod receiver;
mod search;
mod sender;
mod server;
mod sink;

use std::process::ExitCode;

use upto_bench_harness::{Program, failure, figure};

const NAME: &str = env!("CARGO_PKG_NAME");

/// Does what the arguments say: measures, or is the sink that is measured.
#[must_use]
pub fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(sink::FLAG) {
        return sink::run(arguments.next().as_deref().unwrap_or_default());
    }
    let program = Program {
        name: NAME,
        about: "Measures the server's ingest and stores, beside the bare system calls and named peers",
        candidates: candidate::all().collect(),
        goals: goals::GOALS,
    };
    program.main()
}
