//! What the command says of why, against a real server.

use std::process::Output;

use serde_json::{Value, json};

use super::told;
use crate::support::TestServer;

/// A timeline of one build: `compile` takes so many seconds, `link` one.
fn build(server: &TestServer, name: &str, compile: u64) {
    let message = |name: &str, id: u64, start: u64, end: u64| json!({"name": name, "id": id, "host": "ci-01", "type": "end", "started": start * 1_000_000_000, "time": end * 1_000_000_000});
    let with_place = |mut message: Value| {
        message["context"] = json!("ci");
        message["timeline"] = json!(name);
        message
    };
    let messages =
        [message("compile", 1, 100, 100 + compile), message("link", 2, 100 + compile, 101 + compile)];
    server.post(&Value::from(messages.map(with_place).to_vec()).to_string());
}

fn server() -> TestServer {
    let server = TestServer::start();
    (0..4).for_each(|number| build(&server, &format!("b{number}"), 9));
    build(&server, "slow", 14);
    server
}

fn asked(server: &TestServer, arguments: &[&str]) -> Output {
    told(server, "upto").args(arguments).env("UPTO_URL", &server.url).output().expect("the command")
}

fn said(server: &TestServer, arguments: &[&str]) -> String {
    let output = asked(server, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Lines, each as its words.
fn words(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_comparison_says_what_grew() {
    let server = server();
    let lines = words(&said(&server, &["compare", "ci"]));
    assert!(lines[0].starts_with("ci b3: 10.00 s slow: 15.00 s +5.00 s (+50 %)"), "{lines:?}");
    assert_eq!(lines[1..], ["EFFECT WHAT ROW BEFORE AFTER", "+5.00 s grew compile 9.00 s 14.00 s"]);
    let lines = words(&said(&server, &["compare", "ci", "slow", "b1"]));
    assert!(lines[0].starts_with("ci slow: 15.00 s b1: 10.00 s -5.00 s (-33 %)"), "{lines:?}");
    let json: Value = serde_json::from_str(&said(&server, &["compare", "ci", "--json"])).expect("JSON");
    assert_eq!(json["difference_seconds"], 5.0);
}

#[test]
fn what_is_new_has_no_time_before() {
    let server = server();
    server.post(r#"{"context":"ci","timeline":"other","name":"sign","id":1,"type":"end","started":1000000000,"time":3000000000}"#);
    let lines = words(&said(&server, &["compare", "ci", "b1"]));
    assert!(lines.contains(&"+2.00 s new sign - 2.00 s".to_owned()), "{lines:?}");
    assert!(lines.contains(&"-9.00 s gone compile 9.00 s -".to_owned()), "{lines:?}");
}

#[test]
fn blame_and_the_critical_path_say_where_the_time_went() {
    let server = server();
    let lines = words(&said(&server, &["blame", "ci", "--by", "total"]));
    assert_eq!(lines[1], "SELF SHARE TOTAL DRAG EVENTS ROW");
    assert!(lines[2].starts_with("14.00 s 93.3 % 14.00 s") && lines[2].ends_with("1 compile"), "{lines:?}");
    let lines = words(&said(&server, &["critical-path", "ci", "b1", "--what-if", "compile"]));
    assert_eq!(lines[1], "TIME OWN DRAG SLACK EVENT");
    assert!(lines[2].starts_with("9.00 s 9.00 s") && lines[2].ends_with("compile on ci-01"), "{lines:?}");
    let last = lines.last().expect("a line");
    assert_eq!(last, "if compile took 0.5 times as long: 5.50 s (-4.50 s)");
    let json = said(&server, &["critical-path", "ci", "--limit", "1", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON")["duration_seconds"], 15.0);
}

#[test]
fn exports_are_written_whole_or_not_at_all() {
    let server = server();
    assert_eq!(said(&server, &["export", "ci", "b1"]).lines().count(), 2);
    assert!(said(&server, &["export", "ci", "--format", "csv"]).contains("compile"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trace.json");
    let path = file.to_str().expect("a path");
    assert_eq!(said(&server, &["export", "ci", "--format", "chrome", "-o", path]), "");
    let trace: Value = serde_json::from_slice(&std::fs::read(&file).expect("a file")).expect("JSON");
    assert!(trace["traceEvents"].is_array());
    let nowhere = folder.path().join("no folder/trace.json");
    let refused = asked(&server, &["export", "ci", "-o", nowhere.to_str().expect("a path")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("can't be written"), "{refused:?}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1);
}

#[test]
fn the_gate_has_an_exit_code_for_each_case() {
    let server = server();
    for (arguments, code, expected) in [
        (&["gate", "ci", "--max-regression", "20%"][..], 2, "too long: it took 15.00 s (+50 %)"),
        (&["gate", "ci", "--max-regression", "0.6"], 0, "usual: it took 15.00 s (+50 %)"),
        (&["gate", "ci", "b1", "--max-regression", "20%", "--least-runs", "1"], 0, "usual"),
        (&["gate", "ci", "--max-regression", "20%", "--least-runs", "9"], 0, "unknown: 4 earlier timelines"),
        (&["gate", "ci"], 0, "unknown"),
    ] {
        let output = asked(&server, arguments);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        assert!(text.contains(expected), "{arguments:?}: {text}");
    }
    let reasons = asked(&server, &["gate", "ci", "--max-regression", "20%"]);
    let lines = words(&String::from_utf8_lossy(&reasons.stdout));
    assert_eq!(lines.last().map(String::as_str), Some("+5.00 s grew compile 9.00 s 14.00 s"));
    server.post(r#"{"context":"ci","timeline":"open","name":"a","type":"start","id":1}"#);
    assert_eq!(asked(&server, &["gate", "ci", "--max-regression", "20%"]).status.code(), Some(1));
    let json = asked(&server, &["gate", "ci", "slow", "--max-regression", "20%", "--json"]);
    let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(
        (&json["verdict"], &json["comparison"]["difference_seconds"]),
        (&json!("too_long"), &json!(5.0))
    );
}
