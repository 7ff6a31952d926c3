//! A job that pulses, and who is told when it fails.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::process::{ChildStdout, Command, Stdio};

use crate::programs::{Running, example, quiet, upto_server};

/// A program and the lines that it writes.
fn start(command: &mut Command) -> (Running, Lines<BufReader<ChildStdout>>) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    (Running(child), lines)
}

/// The next line that begins with a word, without that.
fn line(lines: &mut Lines<BufReader<ChildStdout>>, word: &str) -> String {
    let mut lines = lines.map(|line| line.expect("text"));
    let found = lines.find_map(|line| line.strip_prefix(word).map(str::to_owned));
    found.unwrap_or_else(|| panic!("no line begins with {word:?}"))
}

#[test]
fn who_has_to_know_is_told_that_it_failed_and_that_it_is_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_receiver, mut alerts) = start(quiet("python3").arg(example("watch/receiver")).arg("0"));
    let port = line(&mut alerts, "listening on ");
    let settings =
        fs::read_to_string(example("watch/upto.yaml")).expect("the settings").replace("9099", &port);
    fs::write(folder.path().join("upto.yaml"), settings).expect("a file");
    let mut server = quiet(upto_server());
    let (_server, mut addresses) =
        start(server.args(["--udp", "0", "--http", "0"]).current_dir(folder.path()));
    let url = line(&mut addresses, "http ");
    let nightly = |work: &str| {
        let ran = quiet(example("watch/nightly")).arg(work).env("UPTO_URL", &url).output().expect("the job");
        assert_eq!(ran.status.success(), work == "true", "{ran:?}");
    };
    // The text on top promises these.
    let promised = fs::read_to_string(example("watch/nightly")).expect("the script");
    let mut promised = promised.split("\"alert: ").skip(1).filter_map(|rest| rest.split('"').next());
    nightly("true");
    nightly("false");
    assert_eq!(Some(&*line(&mut alerts, "alert: ")), promised.next());
    nightly("true");
    assert_eq!(Some(&*line(&mut alerts, "alert: ")), promised.next());
    assert_eq!(promised.next(), None);
}
