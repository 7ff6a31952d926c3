//! What a host may do to the SDK, and what it must not get back: no wait, no panic, no wrong count, no memory without
//! bound.
#![cfg(feature = "enabled")]
// What is not as it should be here fails the test.
#![allow(clippy::expect_used, clippy::panic)]
// Some of what hosts do can only be done so: each place says why it may.
#![allow(unsafe_code)]

use std::process::{Command, Output};

use upto::Stats;

use self::receiver::{DEADLINE, Received, Receiver, turn};

#[path = "hostile/accounts.rs"]
mod accounts;
#[path = "hostile/departure.rs"]
mod departure;
#[cfg(unix)]
#[path = "hostile/forked.rs"]
mod forked;
#[path = "hostile/guards.rs"]
mod guards;
#[path = "hostile/input.rs"]
mod input;
#[path = "hostile/memory.rs"]
mod memory;
#[path = "hostile/nesting.rs"]
mod nesting;
#[cfg(target_os = "linux")]
#[path = "hostile/network.rs"]
mod network;
#[path = "support/receiver.rs"]
mod receiver;
#[cfg(unix)]
#[path = "hostile/signals.rs"]
mod signals;
#[cfg(target_os = "linux")]
#[path = "hostile/stacks.rs"]
mod stacks;
#[cfg(target_os = "linux")]
#[path = "hostile/stuck.rs"]
mod stuck;
#[path = "hostile/tasks.rs"]
mod tasks;
#[cfg(target_os = "linux")]
#[path = "hostile/threads.rs"]
mod threads;

/// True in a process that [`run_child`] has started.
fn is_child() -> bool {
    std::env::var_os("UPTO_TEST_CHILD").is_some()
}

/// Runs a test of this binary as a process of its own, in which [`is_child`] holds, until it ends.
fn run_child(test: &str, receiver: &Receiver) -> Output {
    let child = Command::new(std::env::current_exe().expect("this binary"));
    run(child, test, receiver)
}

/// Likewise, by a command that runs the one that follows its arguments.
#[cfg(target_os = "linux")]
fn run_child_by(command: &[&str], test: &str, receiver: &Receiver) -> Output {
    let mut child = Command::new(command[0]);
    child.args(&command[1..]).arg(std::env::current_exe().expect("this binary"));
    run(child, test, receiver)
}

fn run(mut child: Command, test: &str, receiver: &Receiver) -> Output {
    child.args([test, "--exact", "--ignored", "--nocapture"]).env("UPTO_TEST_CHILD", "1");
    let output = child.env("UPTO_SERVER", receiver.address()).output().expect("the child");
    // A name that is of no test ends well, too. What a child does may end it before the test has passed.
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("running 1 test"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Messages that were dropped for any reason.
fn dropped(stats: &Stats) -> u64 {
    stats.dropped_queue_full + stats.dropped_name + stats.dropped_unsent
}
