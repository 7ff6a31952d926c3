//! The command `cargo upto`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_upto::cargo_upto()
}
