//! Signals to `upto run`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use upto::wire::Status;

use super::{marks, run};
use crate::support::udp::Receiver;

/// A command that has said that it is ready.
fn ready(command: &mut Command) -> Child {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the command");
    let mut line = String::new();
    let output = child.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    child
}

fn send(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id().try_into().expect("a number")).expect("a process");
    kill_process(pid, signal).expect("sent");
}

#[test]
fn signals_are_passed_on_and_the_end_is_sent() {
    for (signal, name) in
        [(Signal::INT, "INT"), (Signal::TERM, "TERM"), (Signal::HUP, "HUP"), (Signal::QUIT, "QUIT")]
    {
        let receiver = Receiver::new();
        let script = format!("trap 'kill $!; wait $!; exit 7' {name}; sleep 60 & echo ready; wait");
        let mut child = ready(&mut run(&receiver, &[], &["sh", "-c", &script]));
        send(&child, signal);
        assert_eq!(child.wait().expect("its end").code(), Some(7), "{name}");
        assert_eq!(marks(&receiver).1.text, "exit code 7", "{name}");
    }
}

#[test]
fn a_command_that_dies_by_it_is_told_as_such() {
    let receiver = Receiver::new();
    let mut child = ready(&mut run(&receiver, &[], &["sh", "-c", "echo ready; exec cat"]));
    // `wait` would close it, and then the command would end by that.
    let _input = child.stdin.take();
    send(&child, Signal::TERM);
    assert_eq!(child.wait().expect("its end").code(), Some(143));
    assert_eq!(marks(&receiver).1.text, "killed by SIGTERM");
}

#[test]
fn a_command_that_ignores_it_is_waited_for() {
    let receiver = Receiver::new();
    let script = "trap '' TERM; echo ready; read line; exit 0";
    let mut child = ready(&mut run(&receiver, &[], &["sh", "-c", script]));
    send(&child, Signal::TERM);
    // It goes on: this is what it waits for.
    child.stdin.take().expect("its input").write_all(b"go\n").expect("written");
    assert_eq!(child.wait().expect("its end").code(), Some(0));
    assert_eq!(marks(&receiver).1.status, Status::Ok);
}

#[test]
fn waiting_for_what_is_left_behind_can_be_ended() {
    let receiver = Receiver::new();
    let script = "exec 3<&0; (read line <&3) & echo ready; exit 5";
    let mut child = ready(&mut run(&receiver, &["--output-tail", "1"], &["sh", "-c", script]));
    marks(&receiver);
    // The end has been sent; what holds the outputs goes on. Whether it waits already can't be seen from here.
    while child.try_wait().expect("a process").is_none() {
        send(&child, Signal::TERM);
        std::thread::yield_now();
    }
    assert_eq!(child.wait().expect("its end").code(), Some(143));
}

#[test]
fn what_was_ignored_before_stays_ignored() {
    let receiver = Receiver::new();
    let script = "trap '' HUP; exec \"$@\"";
    let inner = "kill -HUP $$; exit 9";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_upto"), "run", "--", "sh", "-c", inner]);
    let status = command.env("UPTO_SERVER", receiver.address()).status().expect("a shell");
    assert_eq!(status.code(), Some(9));
}

#[test]
fn where_ends_of_children_were_ignored_they_are_not_missed() {
    let receiver = Receiver::new();
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "trap '' CHLD; exec \"$@\"",
        "sh",
        env!("CARGO_BIN_EXE_upto"),
        "run",
        "--",
        "sh",
        "-c",
    ]);
    let status = command.arg("exit 6").env("UPTO_SERVER", receiver.address()).status().expect("a shell");
    assert_eq!(status.code(), Some(6));
}
