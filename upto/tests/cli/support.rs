//! The command, and what it talks to.

#[path = "support/http.rs"]
pub(crate) mod http;
#[path = "support/udp.rs"]
pub(crate) mod udp;

use std::ffi::OsStr;
use std::process::{Command, Output};
use std::time::Duration;

/// Only ends tests that fail: what is waited for happens.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// The command, with nothing in its environment but where programs are.
pub(crate) fn upto<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upto"));
    command.args(arguments).env_clear();
    command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
    command
}

/// The command, run to its end.
pub(crate) fn output<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    upto(arguments).output().expect("the command")
}

/// What it wrote to standard output; it has to be a success.
pub(crate) fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// The one line that it wrote to standard error; it has to be a failure with this code, and nothing else written.
pub(crate) fn refusal(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr.clone()).expect("text");
    assert!(text.starts_with("upto: ") && text.lines().count() == 1, "{text:?}");
    text
}
