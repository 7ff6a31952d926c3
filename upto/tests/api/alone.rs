//! Tests that need a process for themselves: they start a client that sends, which none does while another test captures.

use std::process::Command;

use crate::receiver::turn;

/// Runs `test`, whose full name this is, in a process of its own.
pub(crate) fn in_own_process(name: &str, test: impl FnOnce()) {
    let _turn = turn();
    if std::env::var("UPTO_TEST_ALONE").is_ok_and(|asked| asked == name) {
        return test();
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([name, "--exact", "--nocapture"]).env("UPTO_TEST_ALONE", name);
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    // A name that is of no test passes, too.
    assert!(output.status.success() && said.contains("test result: ok. 1 passed"), "{said}");
}
