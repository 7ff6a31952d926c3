//! SIGHUP: clusters come and go while the server runs.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use super::collector::RunningCollector;
use crate::support::{Client, ServerProcess, TestServer, command};

fn write(file: &Path, clusters: &str) {
    std::fs::write(file, format!("udp: '127.0.0.1:0'\nstore: 'memory:'\nclusters:\n{clusters}"))
        .expect("written");
}

fn names(client: &Client) -> Vec<String> {
    let list = client.json("/api/clusters");
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
    assert_eq!(names(&server.client), ["one"]);
    write(&file, &format!("{one}{two}"));
    hang_up("clusters: 1 begun, 0 changed, 0 ended");
    assert_eq!(names(&server.client), ["one", "two"]);
    // Of what is known, nothing is lost by being read again.
    write(&file, &format!("{two}- {{name: three, connector: redis, url: 'http://h'}}\n"));
    hang_up("line 5");
    assert_eq!(names(&server.client), ["one", "two"]);
    write(&file, two);
    hang_up("clusters: 0 begun, 0 changed, 1 ended");
    assert_eq!(names(&server.client), ["two"]);
    server.client.eventually("it goes on", || {
        let two = server.client.json("/api/clusters/two");
        (two["state"] == "up").then_some(())
    });
}

#[test]
fn a_collector_reads_its_clusters_again_too() {
    let (folder, server) = (tempfile::tempdir().expect("a folder"), TestServer::start());
    let file = folder.path().join("upto.yaml");
    let cluster = |name: &str, words: &str| {
        format!("- {{name: {name}, connector: command, period: 200ms, command: [{words}]}}\n")
    };
    let figure = |name: &str, figure: &str| {
        server.eventually("a figure", || {
            let answer = server.get(&format!("/api/clusters/{name}"));
            let found = (answer.status == 200).then(|| answer.json())?;
            found["latest"]["figures"][figure].as_f64()
        })
    };
    write(&file, &cluster("one", "echo, load 1"));
    let mut collector = RunningCollector::start(&server.url, &file);
    assert_eq!((figure("one", "load"), names(&server)), (1.0, vec!["one".to_owned()]));
    let mut hang_up = |expected: &str| {
        collector.signal(Signal::HUP);
        collector.tells(expected);
    };
    write(&file, &(cluster("one", "echo, depth 2") + &cluster("two", "echo, load 3")));
    hang_up("clusters: 1 begun, 1 changed, 0 ended");
    assert_eq!((figure("one", "depth"), figure("two", "load")), (2.0, 3.0));
    write(&file, &(cluster("one", "echo, load 4") + "- {name: three, connector: floppy}\n"));
    hang_up("line 5");
    write(&file, &cluster("two", "echo, width 5"));
    hang_up("clusters: 0 begun, 1 changed, 1 ended");
    assert_eq!(figure("two", "width"), 5.0);
    // What is asked no more is still shown, as it was last.
    assert_eq!(figure("one", "depth"), 2.0);
}
