//! What goes in and out of the command.

use std::io::{Read as _, Write as _};
use std::process::{Command, Output, Stdio};
use std::thread;

use upto::Value;

use super::{marks, run, shell};
use crate::support::udp::Receiver;

/// Ten megabytes of all bytes, with lines of every length.
fn noise() -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..10 << 20).map(|_| next()).collect()
}

/// Runs it with `input`, which is written while its outputs are read.
fn with_input(command: &mut Command, input: Vec<u8>) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command");
    let mut stdin = child.stdin.take().expect("its input");
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("its output");
    writer.join().expect("no panic").expect("written");
    output
}

#[test]
fn ten_megabytes_go_through_untouched() {
    let receiver = Receiver::new();
    let noise = noise();
    for options in [&[][..], &["--output-tail", "5"]] {
        let output = with_input(&mut run(&receiver, options, &["cat"]), noise.clone());
        assert!(output.status.success() && output.stderr.is_empty(), "{options:?}");
        assert!(output.stdout == noise, "{options:?}: {} bytes", output.stdout.len());
        let output = with_input(&mut run(&receiver, options, &["sh", "-c", "cat >&2"]), noise.clone());
        assert!(output.status.success() && output.stdout.is_empty(), "{options:?}");
        assert!(output.stderr == noise, "{options:?}: {} bytes", output.stderr.len());
    }
}

#[test]
fn the_end_of_the_output_is_noted_when_it_fails() {
    let receiver = Receiver::new();
    let output = shell(&receiver, &["--output-tail", "2"], "echo one; echo two; echo three; exit 4");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(4), &b"one\ntwo\nthree\n"[..]));
    let (_, end) = marks(&receiver);
    let with_output = receiver.message();
    assert_eq!(end.attributes, [("exit_code".to_owned(), Value::Int(4))].into());
    assert_eq!(with_output.attributes, [("output".to_owned(), Value::Text("two\nthree".into()))].into());
    assert_eq!((with_output.id, with_output.text.as_str()), (end.id, "exit code 4"));
}

#[test]
fn the_output_of_what_succeeds_is_nobody_s_business() {
    let receiver = Receiver::new();
    shell(&receiver, &["--output-tail", "2"], "echo secret");
    marks(&receiver);
    shell(&receiver, &[], "exit 0");
    assert_eq!(marks(&receiver).1.attributes.get("output"), None);
}

#[test]
fn a_reader_that_leaves_is_the_command_s_to_notice() {
    let receiver = Receiver::new();
    for options in [&[][..], &["--output-tail", "5"]] {
        let mut child =
            run(&receiver, options, &["yes"]).stdout(Stdio::piped()).spawn().expect("the command");
        let mut output = child.stdout.take().expect("its output");
        output.read_exact(&mut [0; 4]).expect("some of it");
        drop(output);
        // By SIGPIPE, as without `upto`.
        assert_eq!(child.wait().expect("its end").code(), Some(141), "{options:?}");
        assert_eq!(marks(&receiver).1.text, "killed by SIGPIPE");
        if !options.is_empty() {
            receiver.message();
        }
    }
}

#[test]
fn what_is_left_behind_can_go_on_writing() {
    let receiver = Receiver::new();
    let script = "exec 3<&0; (read line <&3; echo late) & echo early; exit 5";
    let mut command = run(&receiver, &["--output-tail", "1"], &["sh", "-c", script]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the command");
    let (_, end) = marks(&receiver);
    assert_eq!(end.text, "exit code 5");
    // Only now does it get what it waits for.
    child.stdin.take().expect("its input").write_all(b"go\n").expect("written");
    let output = child.wait_with_output().expect("its output");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(5), &b"early\nlate\n"[..]));
}
