//! Tests that need a process for themselves.

use std::process::Command;

/// Runs `test`, whose full name this is, in a process of its own.
pub(super) fn in_own_process(name: &str, test: impl FnOnce()) {
    if std::env::var("UPTO_TEST_ALONE").is_ok_and(|asked| asked == name) {
        return test();
    }
    let mut child = Command::new(std::env::current_exe().expect("this binary"));
    child.args([name, "--exact"]).env("UPTO_TEST_ALONE", name);
    let output = child.output().expect("the child");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}
