//! Running the program.

use std::path::Path;
use std::process::Command;

use super::ran::undisturbed;
pub(super) use super::ran::{Ran, run};

/// The program in a folder, with nothing of what is around the tests.
pub(super) fn program(folder: &Path) -> Command {
    let mut command = undisturbed(env!("CARGO_BIN_EXE_build-system"));
    command.current_dir(folder);
    command
}
