//! The command `upto` against a real server.
//!
//! The command is a program of another crate, which this one can't name as a dependency. Who runs all tests has built it
//! and says so in `UPTO_COMMAND`; else it is built here, in a folder of its own, because the one beside may be run by
//! others' tests at this moment.

mod answers;
mod fleet;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::TestServer;

/// The command's file, built if nobody says where it is.
fn upto() -> PathBuf {
    if let Some(built) = std::env::var_os("UPTO_COMMAND") {
        return built.into();
    }
    let test = std::env::current_exe().expect("this test");
    let built = test.ancestors().nth(3).expect("the target folder").join("command-line");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--quiet",
        "--package",
        "upto",
        "--bin",
        "upto",
        "--features",
        "cli",
        "--manifest-path",
    ]);
    let status = cargo.arg(manifest).arg("--target-dir").arg(&built).status().expect("cargo");
    assert!(status.success(), "the command can't be built");
    built.join("debug/upto")
}

/// A program that tells this server, and finds `upto` where programs are.
fn told(server: &TestServer, program: &str) -> Command {
    let upto = upto();
    let programs = std::env::var_os("PATH").unwrap_or_default();
    let own = upto.parent().expect("its folder").to_owned();
    let all = std::iter::once(own).chain(std::env::split_paths(&programs));
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::join_paths(all).expect("folders"));
    command.env("UPTO_SERVER", server.udp.to_string());
    command
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("the program");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// The script in this section of the README.
fn script(section: &str, first: &str) -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(readme).expect("the README");
    let section = readme.split(section).nth(1).expect("its section");
    let blocks: Vec<&str> = section.split("```sh\n").skip(1).collect();
    let block = blocks.iter().find(|block| block.starts_with(first)).expect("its script");
    block.split("```").next().expect("its end").to_owned()
}

#[test]
fn the_script_of_the_readme_works_as_typed() {
    let server = TestServer::start();
    let script = script("## Tell what a script is up to", "upto new");
    let said = output(told(&server, "sh").args(["-eu", "-c", &script]));
    assert_eq!(said, "uploading\n");
    let events = server.eventually("all of it", || {
        let events = server.eventually_events("nightly", 3);
        events.iter().all(|event| event["state"] != "open").then_some(events)
    });
    let brief: Vec<_> = events.iter().map(|event| json!([event["name"], event["state"]])).collect();
    let expected = [["backup.dump", "done"], ["backup.upload", "done"], ["backup.done", "point"]];
    assert_eq!(brief, expected.map(|event| json!(event)));
    let mut show = told(&server, "upto");
    let shown = output(show.args(["show", "nightly", "--url", &server.url]));
    let lines: Vec<_> = shown.lines().map(|line| line.split(' ').find(|word| !word.is_empty())).collect();
    assert_eq!(lines, ["nightly", "backup", "dump", "upload", "done"].map(Some), "{shown}");
}

#[test]
fn the_readme_s_section_about_services_works_as_typed() {
    let server = TestServer::start();
    let script = script("## Be told when something stays away", "upto pulse");
    // Over UDP nobody says when it has arrived: each line is followed by what it has to lead to.
    let (pulse, rest) = script.split_once("curl").expect("a request");
    let (request, cancel) = rest.split_once("upto cancel").expect("the end");
    assert_eq!(output(told(&server, "sh").args(["-eu", "-c", pulse])), "backing up\n");
    let backup = || server.json("/api/heartbeats")["_embedded"]["item"].clone();
    server.eventually("both services", || (backup().as_array()?.len() == 2).then_some(()));
    let request = format!("curl{}", request.replace("http://127.0.0.1:8080", &server.url));
    let told_by_curl: Value =
        serde_json::from_str(&output(told(&server, "sh").args(["-eu", "-c", &request]))).expect("JSON");
    assert_eq!((&told_by_curl["service"], &told_by_curl["state"]), (&json!("backup"), &json!("up")));
    server.eventually("the line", || {
        let lines = server.json("/api/journal?service=backup&level=3");
        (lines["_embedded"]["item"][0]["message"] == "the second disk is nearly full").then_some(())
    });
    output(told(&server, "sh").args(["-eu", "-c", &format!("upto cancel{cancel}")]));
    server.eventually("the end", || {
        (server.json("/api/heartbeats/backup")["state"] == "cancelled").then_some(())
    });
}

#[test]
fn a_run_that_fails_is_a_dead_service() {
    let server = TestServer::start();
    let mut run = told(&server, "upto");
    run.args(["run", "--pulse", "nightly", "--next", "1d", "--", "sh", "-c", "exit 3"]);
    assert_eq!(run.status().expect("the command").code(), Some(3));
    server.eventually("its death", || {
        let list = server.json("/api/heartbeats");
        let nightly = &list["_embedded"]["item"][0];
        (nightly["service"] == "nightly" && nightly["state"] == "dead").then_some(())
    });
}

#[test]
fn a_timeline_is_opened_run_in_and_listed() {
    let server = TestServer::start();
    let upto =
        |arguments: &[&str]| output(told(&server, "upto").args(arguments).env("UPTO_URL", &server.url));
    let name = upto(&["new", "ci"]);
    assert_eq!(server.json(&server.latest("ci"))["name"], name.trim_end());
    upto(&[
        "run",
        "--fail",
        "--context",
        "ci",
        "--event",
        "outer",
        "--timeline",
        "77",
        "--",
        "upto",
        "run",
        "--fail",
        "--",
        "true",
    ]);
    let events = server.events(&server.latest("ci"));
    let brief: Vec<_> = events.iter().map(|event| json!([event["name"], event["state"]])).collect();
    assert_eq!(brief, [json!(["outer", "done"]), json!(["outer.true", "done"])]);
    let timelines: Value = serde_json::from_str(&upto(&["timelines", "ci", "--json"])).expect("JSON");
    let names: Vec<_> =
        timelines.as_array().expect("a list").iter().map(|timeline| &timeline["name"]).collect();
    assert_eq!(names, [&json!("77"), &json!(name.trim_end())]);
    let contexts: Value = serde_json::from_str(&upto(&["contexts", "--json"])).expect("JSON");
    assert_eq!((&contexts[0]["name"], &contexts[0]["latest"]), (&json!("ci"), &json!("77")));
}

#[test]
fn what_happens_is_watched() {
    let server = TestServer::start();
    server.post(r#"{"context":"ci","name":"first","type":"start","time":1}"#);
    let mut watch = told(&server, "upto");
    watch.args(["watch", "ci", "--url", &server.url]).stdout(Stdio::piped());
    let mut watching = watch.spawn().expect("the command");
    let mut lines = BufReader::new(watching.stdout.take().expect("its output")).lines();
    let mut next = |expected: &str| {
        let line = lines.next().expect("a line").expect("text");
        assert!(line.contains(expected), "{line:?} has no {expected:?}");
    };
    next("ci  ");
    next("start      first");
    server.post(
        r#"{"context":"ci","name":"first","type":"end","time":1000000001,"status":"failed","text":"no"}"#,
    );
    next("failed     first  1.00 s  no");
    // A newer timeline is followed.
    server.post(r#"[{"context":"ci","timeline":"2","type":"new"},{"context":"ci","name":"second","type":"start","time":5}]"#);
    next("ci  2");
    next("start      second");
    watching.kill().expect("ended");
    watching.wait().expect("ended");
}
