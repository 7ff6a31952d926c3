//! Running the command as cargo does.

use std::path::Path;
use std::process::{Command, Output};

/// Variables that would lead it, cargo or `rustc` elsewhere.
const VARIABLES: [&str; 12] = [
    "UPTO",
    "UPTO_SERVER",
    "UPTO_CONTEXT",
    "UPTO_TIMELINE",
    "UPTO_HOST",
    "UPTO_PARENT",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_TARGET_DIR",
    "CARGO_TERM_COLOR",
    "RUST_TEST_THREADS",
];
/// Nobody is there, so that no server of this machine is told.
const NOBODY: &str = "http://127.0.0.1:9";

/// The command in a folder, with timelines in another one.
pub(super) fn upto(folder: &Path, data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-upto"));
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.current_dir(folder).env("UPTO_URL", NOBODY).arg("upto").arg("--data").arg(data);
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
