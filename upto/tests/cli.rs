//! The command `upto` as a program: against sockets and HTTP listeners of the tests' own.

// A test ends by panicking; clippy knows that of `#[test]` functions only.
#![allow(clippy::expect_used, clippy::panic)]
#![cfg(unix)]

#[path = "cli/support.rs"]
mod support;

#[path = "cli/datagrams.rs"]
mod datagrams;
#[path = "cli/described.rs"]
mod described;
#[path = "cli/gate.rs"]
mod gate;
#[path = "cli/http.rs"]
mod http;
#[path = "cli/reading.rs"]
mod reading;
#[path = "cli/reports.rs"]
mod reports;
#[path = "cli/run.rs"]
mod run;
#[path = "cli/watching.rs"]
mod watching;
