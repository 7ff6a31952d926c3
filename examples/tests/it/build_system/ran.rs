//! Programs that run cargo, and what comes of them.

use std::process::{Command, Output};

/// Variables that would lead them, cargo or `rustc` elsewhere.
const VARIABLES: [&str; 14] = [
    "UPTO",
    "UPTO_SERVER",
    "UPTO_URL",
    "UPTO_CONTEXT",
    "UPTO_TIMELINE",
    "UPTO_HOST",
    "UPTO_PARENT",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_TARGET_DIR",
    "CARGO_TERM_COLOR",
    "NO_COLOR",
    "RUST_TEST_THREADS",
];

/// A program with nothing of what is around the tests.
pub(crate) fn undisturbed(program: &str) -> Command {
    let mut command = Command::new(program);
    VARIABLES.iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: status.code(), output: text(stdout), errors: text(stderr) }
}
