//! `connector` as its users run it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::programs::{Running, output, quiet, upto};

/// Only ends a test that fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the cluster `folder` is, as the command tells it, once it is as is wanted.
fn eventually(page: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let said = output(quiet(upto()).args(["clusters", "--json"]).env("UPTO_URL", page));
        let clusters: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(clusters[0]["name"], "folder", "{clusters}");
        if is_so(&clusters[0]) {
            return clusters[0].clone();
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {clusters}");
    }
}

#[test]
fn a_folder_is_watched() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str| std::fs::write(folder.path().join(name), "").expect("a file");
    ["a", "b", "c"].into_iter().for_each(write);
    let mut program = quiet(env!("CARGO_BIN_EXE_connector"));
    let mut program = program.arg(folder.path()).stdout(Stdio::piped()).spawn().expect("the program");
    let mut lines = BufReader::new(program.stdout.take().expect("its output")).lines();
    let _running = Running(program);
    let line = lines.next().expect("a line").expect("text");
    let page = line.strip_prefix("upto ").expect("where it is");
    let up = eventually(page, |cluster| cluster["state"] == "up");
    assert_eq!(up["latest"]["figures"]["entries"], 3.0);
    (0..1_000).for_each(|number| write(&number.to_string()));
    let degraded = eventually(page, |cluster| cluster["state"] == "degraded");
    assert_eq!(degraded["latest"]["problem"], "somebody should tidy up");
    std::fs::remove_dir_all(folder.path()).expect("removed");
    eventually(page, |cluster| cluster["state"] == "down");
}
