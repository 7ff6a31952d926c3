//! `contexts`, `timelines` and `show`, by the links of a server that is none.

use serde_json::{Value, json};

use crate::support::http::{Listener, Request};
use crate::support::{output, refusal, said, upto};

/// A server whose addresses nobody could guess, and whose names are not nice.
fn answer(request: &Request) -> (u16, String) {
    let body = match request.target.as_str() {
        "/api" => json!({"_links": {"contexts": {"href": "/x1"}}}),
        "/x1" => list(&[json!({"name": "other", "_links": {}})], Some("/x2")),
        "/x2" => list(&[context()], None),
        "/x3" => list(&[timeline("1", "/t1"), timeline("evil\u{1b}[2J", "/t2")], Some("/x4")),
        "/x4" => {
            list(&[json!({"context": "ci", "name": "0", "state": null, "events": null, "_links": {}})], None)
        }
        "/t1" => timeline("1", "/t1"),
        "/t1/raw" => {
            json!({"context": "ci", "name": "raw", "state": "done", "_links": {"tree": {"href": "/t1/tree"}}})
        }
        "/t1/tree" => {
            json!({"roots": [node("build\u{9b}2J", 1, &[node("compile", 0, &[]), node("link", 1, &[])])]})
        }
        _ => return (404, json!({"detail": "nothing here"}).to_string()),
    };
    (200, body.to_string())
}

fn list(items: &[Value], next: Option<&str>) -> Value {
    let links = next.map_or_else(|| json!({}), |next| json!({"next": {"href": next}}));
    json!({"_embedded": {"item": items}, "_links": links})
}

fn context() -> Value {
    let links = json!({"timelines": {"href": "/x3"}, "latest": {"href": "/t1"}});
    json!({"name": "ci", "state": "running", "last": "2026-11-21T00:00:10Z", "timelines": 3, "_links": links})
}

fn timeline(name: &str, address: &str) -> Value {
    json!({
        "context": "ci", "name": name, "state": "running", "pinned": false,
        "first": "1970-01-01T00:00:00Z", "last": "1970-01-01T00:00:10Z", "duration_seconds": 10.0,
        "events": {"total": 3, "open": 1, "failed": 0},
        "loss": {"packets": 1, "messages": 4, "dropped": 1, "at_least": false},
        "_links": {"self": {"href": address}, "tree": {"href": "/t1/tree"}, "raw": {"href": "/t1/raw"}}
    })
}

fn node(segment: &str, open: u64, children: &[Value]) -> Value {
    let duration = if open > 0 { Value::Null } else { json!(5.0) };
    json!({
        "segment": segment, "name": segment, "first": "1970-01-01T00:00:00Z", "last": "1970-01-01T00:00:05Z",
        "duration_seconds": duration, "occurrences": 1, "total_seconds": 5.0, "open": open, "failed": 0,
        "unknown_start": 0, "children": children
    })
}

fn read(arguments: &[&str]) -> String {
    let server = Listener::answering(answer);
    said(&upto(arguments).env("UPTO_URL", &server.url).output().expect("the command"))
}

#[test]
fn contexts_are_listed_over_all_pages() {
    let expected = "CONTEXT  TIMELINES  STATE    LAST\n\
        other    -          -        -\n\
        ci       3          running  2026-11-21T00:00:10Z\n";
    assert_eq!(read(&["contexts"]), expected);
    let json: Value = serde_json::from_str(&read(&["contexts", "--json"])).expect("JSON");
    assert_eq!(json[1], context());
}

#[test]
fn timelines_are_listed_and_do_nothing_to_the_terminal() {
    let listed = read(&["timelines", "ci"]);
    let lines: Vec<_> = listed.lines().collect();
    assert_eq!(lines.len(), 4, "{listed}");
    assert_eq!(lines[1], "1         running  10.00 s   3       1     0       1970-01-01T00:00:00Z");
    assert!(lines[2].starts_with("evil\u{fffd}[2J"), "{listed}");
    assert_eq!(lines[3], "0         damaged  -         -       -     -       -");
    assert_eq!(read(&["timelines", "ci", "--limit", "1"]).lines().count(), 2);
    let json = read(&["timelines", "ci", "--json"]);
    assert!(json.contains("evil\\u001b[2J"), "{json}");
}

#[test]
fn show_draws_the_newest_timeline() {
    let server = Listener::answering(answer);
    let mut command = upto(["show", "ci"]);
    let shown =
        said(&command.env("UPTO_URL", &server.url).env("COLUMNS", "60").output().expect("the command"));
    let (open, done) = ("▒".repeat(28), "█".repeat(14));
    let expected = [
        "ci  1  running  10.00 s  3 events, 1 open  5 messages lost".to_owned(),
        format!("build\u{fffd}2J  {open}          open"),
        format!("  compile {done}{:14}        5.00 s", ""),
        format!("  link    {open}          open"),
    ];
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn show_knows_depth_raw_times_and_json() {
    assert_eq!(read(&["show", "ci", "1", "--depth", "1"]).lines().count(), 2);
    assert!(read(&["show", "ci", "--raw"]).starts_with("ci  raw  done"));
    let json = read(&["show", "ci", "--json"]);
    assert!(!json.contains('\u{9b}'), "{json:?}");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["timeline"], timeline("1", "/t1"));
    assert_eq!(json["tree"]["roots"][0]["segment"], "build\u{9b}2J");
}

#[test]
fn what_is_not_there_is_one_line() {
    let server = Listener::answering(answer);
    for (arguments, expected) in [
        (&["show", "buidl"][..], "there is no context \"buidl\""),
        (&["timelines", "e\u{1b}"], "there is no context \"e\\u{1b}\""),
        (&["show", "ci", "99"], "the context \"ci\" has no timeline \"99\""),
        (&["show", "other"], "the context \"other\" has no timeline yet"),
        (&["show", "ci", "0"], "no link \"tree\""),
    ] {
        let output = upto(arguments).env("UPTO_URL", &server.url).output().expect("the command");
        let line = refusal(&output, 1);
        assert!(line.contains(expected), "{line}");
    }
}

#[test]
fn links_to_elsewhere_are_not_followed() {
    let server = Listener::answering(|_| {
        (200, r#"{"_links":{"contexts":{"href":"http://127.0.0.1:1/"}}}"#.to_owned())
    });
    let line = refusal(&output(["contexts", "--url", &server.url]), 1);
    assert!(line.contains("a link to another place"), "{line}");
}
