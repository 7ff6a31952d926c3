//! `cargo upto` with a real cargo, a real `rustc` and a server.

// A test ends by panicking; clippy knows that of `#[test]` functions only.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod builds;
mod program;
mod runs_of_tests;

// What the tests of the examples have for the same purpose. Not all of it is used here.
#[allow(dead_code)]
#[path = "../../../examples/tests/it/build_system/project.rs"]
mod project;
#[path = "../../../examples/tests/it/build_system/ran.rs"]
mod ran;
#[allow(dead_code)]
#[path = "../../../examples/tests/it/reader.rs"]
mod reader;
