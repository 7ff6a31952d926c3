//! A real `cargo build`, shown as a timeline: see `README.md` beside this folder, and `cargo-upto`, which does the same for
//! every day and has the parts.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_upto::build_system()
}
