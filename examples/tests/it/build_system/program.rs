//! Running the program.

use std::path::Path;
use std::process::{Command, Output};

/// Variables that would lead it, cargo or `rustc` elsewhere.
const VARIABLES: [&str; 12] = [
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
    "CARGO_TERM_COLOR",
    "NO_COLOR",
];

/// The program in a folder, with nothing of what is around the tests.
pub(super) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_build-system"));
    command.current_dir(folder);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) output: String,
    pub(super) errors: String,
}

pub(super) fn run(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: status.code(), output: text(stdout), errors: text(stderr) }
}
