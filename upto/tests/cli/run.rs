//! `upto run`: what the command, and those who are told of it, get to see.

#[path = "run/delivery.rs"]
mod delivery;
#[path = "run/places.rs"]
mod places;
#[path = "run/signals.rs"]
mod signals;
#[path = "run/streams.rs"]
mod streams;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use upto::Value;
use upto::wire::{Kind, Status};

use crate::support::udp::{Received, Receiver};
use crate::support::upto;

/// `upto run` with these options and this command, told to `receiver`.
fn run(receiver: &Receiver, options: &[&str], command: &[&str]) -> Command {
    let mut run = upto(["run"]);
    run.args(options).arg("--").args(command).env("UPTO_SERVER", receiver.address());
    run
}

fn shell(receiver: &Receiver, options: &[&str], script: &str) -> Output {
    run(receiver, options, &["sh", "-c", script]).output().expect("the command")
}

/// The event's start and end, which have to be those of one event.
fn marks(receiver: &Receiver) -> (Received, Received) {
    let (start, end) = (receiver.message(), receiver.message());
    assert_eq!((start.kind, end.kind), (Kind::Start, Kind::End), "{start:?} {end:?}");
    let identity = |mark: &Received| (mark.context.clone(), mark.name.clone(), mark.host.clone(), mark.id);
    assert_eq!(identity(&start), identity(&end));
    assert_ne!(start.id, 0);
    assert_eq!(end.started, start.time);
    assert!(end.time >= end.started);
    (start, end)
}

/// A file that nobody may execute.
fn plain_file() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plain");
    fs::write(&path, "no program").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
    path
}

#[test]
fn success_is_an_event_that_ended_well() {
    let receiver = Receiver::new();
    let output = shell(&receiver, &["--context", "ci", "--event", "build.all", "--attr", "n=1"], "exit 0");
    assert_eq!((output.status.code(), output.stdout, output.stderr), (Some(0), vec![], vec![]));
    let (start, end) = marks(&receiver);
    assert_eq!((start.context.as_str(), start.name.as_str()), ("ci", "build.all"));
    assert_eq!(start.attributes.get("n"), Some(&Value::Int(1)));
    assert_eq!((end.status, end.text.as_str()), (Status::Ok, ""));
    assert_eq!(end.attributes, [("exit_code".to_owned(), Value::Int(0))].into());
}

#[test]
fn failure_is_the_command_s_code_and_an_event_that_failed() {
    let receiver = Receiver::new();
    let output = shell(&receiver, &[], "exit 3");
    assert_eq!((output.status.code(), output.stdout, output.stderr), (Some(3), vec![], vec![]));
    let (start, end) = marks(&receiver);
    assert_eq!((start.context.as_str(), start.name.as_str()), ("sh", "sh"));
    assert_eq!((end.status, end.text.as_str()), (Status::Failed, "exit code 3"));
    assert_eq!(end.attributes, [("exit_code".to_owned(), Value::Int(3))].into());
}

#[test]
fn a_command_that_a_signal_ended_is_128_and_the_signal() {
    let receiver = Receiver::new();
    for (signal, code) in [("TERM", 143), ("KILL", 137), ("SEGV", 139)] {
        assert_eq!(shell(&receiver, &[], &format!("kill -{signal} $$")).status.code(), Some(code));
        let (_, end) = marks(&receiver);
        assert_eq!(
            (end.status, end.text.as_str()),
            (Status::Failed, format!("killed by SIG{signal}").as_str())
        );
    }
}

#[test]
fn a_program_that_is_missing_is_127() {
    let receiver = Receiver::new();
    let output = run(&receiver, &[], &["/no/such.program"]).output().expect("the command");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(127), 0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("upto: /no/such.program: "), "{output:?}");
    let (start, end) = marks(&receiver);
    assert_eq!((start.name.as_str(), end.status), ("such\\.program", Status::Failed));
    assert!(end.text.starts_with("not run: "), "{end:?}");
}

#[test]
fn what_can_t_be_executed_is_126() {
    let receiver = Receiver::new();
    let plain = plain_file();
    for program in [plain.as_path(), env!("CARGO_TARGET_TMPDIR").as_ref()] {
        let output = run(&receiver, &[], &[program.to_str().expect("text")]).output().expect("the command");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(126), 0), "{output:?}");
        assert_eq!(marks(&receiver).1.status, Status::Failed);
    }
}

#[test]
fn own_usage_errors_are_125_and_nothing_is_run() {
    for arguments in [
        &["run"][..],
        &["run", "true"],
        &["run", "--nonsense", "--", "true"],
        &["run", "--output-tail", "0", "--", "echo"],
        &["--rp", "0", "run", "--", "echo"],
    ] {
        let output = upto(arguments).output().expect("the command");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(125), 0), "{output:?}");
    }
}

#[test]
fn arguments_are_verbatim() {
    let receiver = Receiver::new();
    let script = ["sh", "-c", "for each; do printf '<%s>' \"$each\"; done", "sh"];
    let arguments = ["", "a b", "*", "$HOME", "--", "--context", "'\"\\", "\u{e4}\n"];
    let command = [&script[..], &arguments].concat();
    let output = run(&receiver, &[], &command).output().expect("the command");
    let expected: String = arguments.map(|argument| format!("<{argument}>")).concat();
    assert_eq!(String::from_utf8(output.stdout).expect("text"), expected);
}
