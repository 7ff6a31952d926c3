//! SIGHUP: clusters come and go while the server runs.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{ServerProcess, command};

fn write(file: &Path, clusters: &str) {
    std::fs::write(file, format!("udp: '127.0.0.1:0'\nstore: 'memory:'\nclusters:\n{clusters}"))
        .expect("written");
}

fn names(server: &ServerProcess) -> Vec<String> {
    let list = server.client.json("/api/clusters");
    let items = list["_embedded"]["item"].as_array().expect("items").clone();
    items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn clusters_are_read_again_and_a_bad_file_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("upto.yaml");
    let one = "- {name: one, connector: command, period: 200ms, command: ['true']}\n";
    let two = "- {name: two, connector: command, period: 200ms, command: ['true']}\n";
    write(&file, one);
    let mut command = command();
    command.arg("--config").arg(&file).stderr(Stdio::piped());
    let mut server = ServerProcess::with(&mut command);
    let mut notices = BufReader::new(server.child.stderr.take().expect("a pipe")).lines();
    let mut hang_up = |expected: &str| {
        kill_process(Pid::from_child(&server.child), Signal::HUP).expect("told");
        let notice = notices.next().expect("a notice").expect("text");
        assert!(notice.contains(expected), "{notice}");
    };
    assert_eq!(names(&server), ["one"]);
    write(&file, &format!("{one}{two}"));
    hang_up("clusters: 1 begun, 0 changed, 0 ended");
    assert_eq!(names(&server), ["one", "two"]);
    // Of what is known, nothing is lost by being read again.
    write(&file, &format!("{two}- {{name: three, connector: redis, url: 'http://h'}}\n"));
    hang_up("line 5");
    assert_eq!(names(&server), ["one", "two"]);
    write(&file, two);
    hang_up("clusters: 0 begun, 0 changed, 1 ended");
    assert_eq!(names(&server), ["two"]);
    server.client.eventually("it goes on", || {
        let two = server.client.json("/api/clusters/two");
        (two["state"] == "up").then_some(())
    });
}
