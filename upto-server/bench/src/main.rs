//! The command `upto-server-bench`.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    upto_server_bench::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    upto_bench_harness::tell("upto-server-bench", "this measures with what only Linux has");
    ExitCode::FAILURE
}
