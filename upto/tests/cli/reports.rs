//! `pulse`, `cancel`, `log`, `run --pulse` and `ping`: what is said of services.

use serde_json::{Value as Json, json};
use upto::Value;
use upto::wire::{Kind, Status};

use crate::support::http::{Listener, Request, respond};
use crate::support::udp::{Received, Receiver, decoded};
use crate::support::{output, refusal, said, upto};

fn send(receiver: &Receiver, arguments: &[&str]) -> Received {
    let port = receiver.port();
    let all = arguments.iter().copied().chain(["--rp", port.as_str()]);
    assert_eq!(said(&output(all)), "");
    receiver.message()
}

fn attributes(message: &Received) -> Vec<(&str, Value)> {
    message.attributes.iter().map(|(key, value)| (key.as_str(), value.clone())).collect()
}

#[test]
fn a_pulse_says_when_the_next_one_comes() {
    let receiver = Receiver::new();
    let pulse = send(&receiver, &["pulse", "backup", "--next", "1m 30s"]);
    assert_eq!((pulse.kind, pulse.name.as_str(), pulse.status), (Kind::Pulse, "backup", Status::Ok));
    assert_eq!(attributes(&pulse), [("next", Value::from(90.0))]);

    let all = ["--next", "0.5", "--grace", "1h", "--run", "7", "--tell", "mail:a@example.org", "--failed"];
    let pulse = send(&receiver, &[&["pulse", "backup", "--message", "disk 2"], &all[..]].concat());
    assert_eq!((pulse.text.as_str(), pulse.status), ("disk 2", Status::Failed));
    let expected = [
        ("alert_target", Value::from("a@example.org")),
        ("alert_type", Value::from("mail")),
        ("grace", Value::from(3_600.0)),
        ("next", Value::from(0.5)),
        ("run", Value::from("7")),
    ];
    assert_eq!(attributes(&pulse), expected);
}

#[test]
fn options_of_pulses_may_stand_before_the_command() {
    let receiver = Receiver::new();
    let pulse = send(&receiver, &["--next", "60", "--run", "7", "pulse", "backup"]);
    assert_eq!(attributes(&pulse), [("next", Value::from(60.0)), ("run", Value::from("7"))]);
}

#[test]
fn a_cancel_and_a_line_are_of_their_service() {
    let receiver = Receiver::new();
    let cancel = send(&receiver, &["cancel", "backup", "--run", "7"]);
    assert_eq!((cancel.kind, attributes(&cancel)), (Kind::Cancel, vec![("run", Value::from("7"))]));

    let line = send(&receiver, &["log", "--level", "-3", "--alert", "backup", "disk 2 is full"]);
    assert_eq!((line.kind, line.name.as_str(), line.text.as_str()), (Kind::Log, "backup", "disk 2 is full"));
    assert_eq!(attributes(&line), [("alert", Value::from(true)), ("level", Value::from(-3))]);
}

#[test]
fn what_is_no_pulse_is_refused_before_anything_is_sent() {
    let long = "t".repeat(70_000);
    for arguments in [
        &["pulse", "s"][..],
        &["pulse", "s", "--next", "0"],
        &["pulse", "s", "--next", "soon"],
        &["pulse", "s", "--next", "1e12"],
        &["pulse", "s", "--next", "60", "--grace", "-1"],
        &["pulse", "s", "--next", "60", "--tell", "mail"],
        &["pulse", "", "--next", "60"],
        &["log", "s", &long],
        &["run", "--pulse", "s", "--", "true"],
        &["run", "--next", "60", "--", "true"],
    ] {
        let refused = output(arguments);
        assert_ne!(refused.status.code(), Some(0), "{arguments:.60?}");
        assert!(!refused.stderr.is_empty());
    }
}

#[test]
fn a_run_pulses_when_it_has_ended() {
    let receiver = Receiver::new();
    for (script, code, status, text) in
        [("exit 0", 0, Status::Ok, ""), ("exit 3", 3, Status::Failed, "exit code 3")]
    {
        let mut run = upto(["run", "--pulse", "nightly", "--next", "1d", "--", "sh", "-c", script]);
        let ended = run.env("UPTO_SERVER", receiver.address()).output().expect("the command");
        assert_eq!(ended.status.code(), Some(code));
        let kinds = [receiver.message().kind, receiver.message().kind];
        assert_eq!(kinds, [Kind::Start, Kind::End]);
        let pulse = receiver.message();
        assert_eq!((pulse.kind, pulse.status, pulse.text.as_str()), (Kind::Pulse, status, text));
        assert_eq!(attributes(&pulse), [("next", Value::from(86_400.0))]);
    }
}

#[test]
fn by_http_a_pulse_is_confirmed() {
    let server = Listener::new(|_, stream| respond(stream, 201, r#"{"timelines": []}"#));
    assert_eq!(said(&output(["pulse", "backup", "--next", "60", "--http", &server.url])), "");
    let request = server.request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/api/events"));
    assert_eq!(decoded(&request.body)[0].name, "backup");

    let refusing = Listener::answering(|_| (422, json!({"detail": "next is missing"}).to_string()));
    let refused = output(["pulse", "backup", "--next", "60", "--http", &refusing.url]);
    assert!(refusal(&refused, 1).contains("next is missing"));
}

fn pings(request: &Request) -> (u16, String) {
    let ping = |service: &str, state: &str, problem: Json| {
        json!({
            "service": service, "url": "http://web/", "state": state, "last": "2026-11-21T00:00:10Z",
            "latency_seconds": 0.25, "problem": problem,
        })
    };
    let items = [ping("web", "up", Json::Null), ping("shop", "down", json!("status 500\u{1b}[2J"))];
    let body = match request.target.as_str() {
        "/api" => json!({"_links": {"upto:pings": {"href": "/p"}}}),
        "/p" => json!({"_embedded": {"item": items}, "_links": {}}),
        _ => return (404, "{}".to_owned()),
    };
    (200, body.to_string())
}

#[test]
fn pings_are_listed_and_one_that_is_down_is_an_exit_code() {
    let server = Listener::answering(pings);
    let all = output(["ping", "--url", &server.url]);
    let text = String::from_utf8_lossy(&all.stdout).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("SERVICE") && lines[1].contains("250 ms") && lines.len() == 3, "{text}");
    assert!(lines[2].contains("status 500") && !text.contains('\u{1b}'), "{text}");
    assert_eq!(all.status.code(), Some(2));

    let one = said(&output(["ping", "web", "--json", "--url", &server.url]));
    let one: Json = serde_json::from_str(&one).expect("JSON");
    assert_eq!((one.as_array().map(Vec::len), one[0]["service"].as_str()), (Some(1), Some("web")));
    assert!(refusal(&output(["ping", "none", "--url", &server.url]), 1).contains("\"none\""));
}
