//! Running the command as cargo does.

use std::path::Path;
use std::process::Command;

pub(super) use crate::ran::{Ran, run};

/// Nobody is there, so that no server of this machine is told.
const NOBODY: &str = "http://127.0.0.1:9";

/// The command in a folder, with timelines in another one.
pub(super) fn upto(folder: &Path, data: &Path) -> Command {
    let mut command = crate::ran::undisturbed(env!("CARGO_BIN_EXE_cargo-upto"));
    command.current_dir(folder).env("UPTO_URL", NOBODY).arg("upto").arg("--data").arg(data);
    command
}
