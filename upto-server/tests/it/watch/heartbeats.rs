//! Heartbeats over UDP and the native API.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use upto::wire::{Kind, Value as Attribute};
use upto_server::Server;
use upto_server::clock::ManualClock;
use upto_server::store::StoreUrl;

use super::{datagram, items, messages, pulse, send};
use crate::support::{ServerProcess, TestServer};

const SECOND: Duration = Duration::from_secs(1);

fn server_with_clock() -> (TestServer, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(1_800_000_000_000_000_000));
    let builder = Server::builder().store(StoreUrl::Memory).clock(clock.clone());
    (TestServer::start_with(builder), clock)
}

fn state(server: &TestServer, service: &str) -> String {
    let heartbeat = server.json(&format!("/api/heartbeats/{service}"));
    heartbeat["state"].as_str().expect("a state").to_owned()
}

#[test]
fn a_service_that_stops_pulsing_is_late_then_dead_and_recovers() {
    let (server, clock) = server_with_clock();
    let body = json!({"service": "back/up", "next": 10, "grace": 5, "text": "fine"});
    let answer = send(&server, "POST", "/api/heartbeats", &body);
    assert_eq!((answer.status, answer.location.as_str()), (201, "/api/heartbeats/back%2Fup"));
    assert_eq!(answer.json()["state"], "up");
    assert_eq!(send(&server, "POST", "/api/heartbeats", &body).status, 200);
    clock.advance(11 * SECOND);
    assert_eq!(state(&server, "back%2Fup"), "late");
    clock.advance(4 * SECOND);
    server.eventually("its death", || (state(&server, "back%2Fup") == "dead").then_some(()));
    send(&server, "POST", "/api/heartbeats", &body);
    assert_eq!(state(&server, "back%2Fup"), "up");
    let lines = server.eventually("both lines", || {
        Some(messages(&server, "?service=^back/up$")).filter(|lines| lines.len() == 2)
    });
    assert!(lines[0].starts_with("Service back/up is pulsing again - "), "{lines:?}");
    assert!(
        lines[1]
            .starts_with("Service back/up has not pulsed - The service back/up is not pulsing since 2027-")
    );
    let heartbeat = server.json("/api/heartbeats/back%2Fup");
    assert_eq!((&heartbeat["deaths"], &heartbeat["uptime"]["day"]), (&json!(1), &json!(1.0)));
}

#[test]
fn pulses_and_cancels_come_by_udp_alone_or_many() {
    let server = TestServer::start();
    server.send(&datagram(Kind::Pulse, "one", "ok", &[("next", Attribute::Int(3_600))]));
    let told = server.eventually("the pulse", || {
        let answer = server.get("/api/heartbeats/one");
        (answer.status == 200).then(|| answer.json())
    });
    assert_eq!((&told["text"], &told["next_seconds"]), (&json!("ok"), &json!(3_600.0)));
    server.send(&datagram(Kind::Cancel, "one", "", &[]));
    server.eventually("the cancel", || (state(&server, "one") == "cancelled").then_some(()));
    server.send(&datagram(Kind::Log, "one", "a \"line\"; and\nanother", &[("level", Attribute::Int(4))]));
    server.eventually("the line", || Some(()).filter(|()| messages(&server, "?level=4").len() == 1));
    server.send(&datagram(Kind::Pulse, "two", "", &[]));
    server.eventually("the refusal", || {
        (server.counter("upto_refused_total{input=\"udp\",reason=\"pulse\"}") == 1).then_some(())
    });
    assert_eq!(server.get("/api/heartbeats/two").status, 404);
}

#[test]
fn what_comes_with_marks_is_taken_with_them() {
    let server = TestServer::start();
    let answer = server.post(
        r#"[{"type":"pulse","name":"s","attrs":{"next":60}},{"context":"c","name":"n","type":"start"},
            {"type":"log","name":"s","text":"began"}]"#,
    );
    assert_eq!(answer["stored"], 3);
    assert_eq!((state(&server, "s").as_str(), messages(&server, "").len()), ("up", 1));
    let wrong = r#"[{"context":"c","name":"m","type":"start"},{"type":"pulse","name":"s"}]"#;
    let answer = server.request("POST", "/api/events", "application/json", wrong.as_bytes());
    assert!(answer.problem(422).contains("no next is given"));
    assert_eq!(server.eventually_events("c", 1).len(), 1, "none of them was taken");
}

#[test]
fn runs_of_one_service_are_watched_each() {
    let (server, clock) = server_with_clock();
    for (run, next) in [("a", 10), ("b", 100)] {
        let body = json!({"service": "job", "run": run, "next": next});
        assert_eq!(send(&server, "POST", "/api/heartbeats", &body).status, 201);
    }
    clock.advance(20 * SECOND);
    let states = || {
        let all = items(&server.json("/api/heartbeats"));
        all.iter().map(|each| format!("{}{}", each["run"], each["state"])).collect::<Vec<_>>()
    };
    server.eventually("the death of one", || (states() == ["\"a\"\"dead\"", "\"b\"\"up\""]).then_some(()));
    assert_eq!(server.get("/api/heartbeats/job").status, 404);
    let cancelled = server.request("DELETE", "/api/heartbeats/job?run=b", "", b"");
    assert_eq!((cancelled.status, cancelled.json()["state"].clone()), (200, json!("cancelled")));
    server.request("DELETE", "/api/heartbeats/job?run=a&forget=true", "", b"");
    assert_eq!(states(), ["\"b\"\"cancelled\""]);
}

#[test]
fn what_is_expected_may_be_said_before_the_first_pulse_and_watching_may_pause() {
    let (server, clock) = server_with_clock();
    let defined = send(&server, "PUT", "/api/heartbeats/s", &json!({"next": 10}));
    assert_eq!((defined.status, defined.json()["state"].clone()), (201, json!("new")));
    clock.advance(100 * SECOND);
    assert_eq!(state(&server, "s"), "new");
    pulse(&server, "s", 10.0);
    let paused = server.request("PUT", "/api/heartbeats/s/paused", "", b"");
    assert_eq!(
        (paused.json()["state"].clone(), paused.json()["deadline"].clone()),
        (json!("paused"), json!(null))
    );
    clock.advance(100 * SECOND);
    assert_eq!(state(&server, "s"), "paused");
    assert_eq!(server.request("DELETE", "/api/heartbeats/s/paused", "", b"").json()["state"], "up");
    clock.advance(10 * SECOND);
    server.eventually("its death", || (state(&server, "s") == "dead").then_some(()));
}

#[test]
fn what_is_no_pulse_is_refused_and_changes_nothing() {
    let server = TestServer::start();
    for (body, status) in [
        (r#"{"next":1}"#, 422),
        (r#"{"service":"s"}"#, 422),
        (r#"{"service":"","next":1}"#, 422),
        (r#"{"service":"s","next":0}"#, 422),
        (r#"{"service":"s","next":-1}"#, 422),
        (r#"{"service":"s","next":1e12}"#, 422),
        (r#"{"service":"s","next":"1"}"#, 422),
        (r#"{"service":7,"next":1}"#, 422),
        (r#"{"service":"s","next":NaN}"#, 400),
        (r#"{"service":"s","next":1,"alert_type":"mail"}"#, 422),
        ("7", 422),
        ("{", 400),
    ] {
        let answer = server.request("POST", "/api/heartbeats", "application/json", body.as_bytes());
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        answer.problem(status);
    }
    let long = json!({"service": "s".repeat(300), "next": 1});
    send(&server, "POST", "/api/heartbeats", &long).problem(422);
    let large = vec![b' '; 10 << 20];
    server.request("POST", "/api/heartbeats", "application/json", &large).problem(413);
    server.request("POST", "/api/heartbeats", "text/plain", b"{}").problem(415);
    assert_eq!(items(&server.json("/api/heartbeats")).len(), 0);
    for path in ["/api/heartbeats/none", "/api/heartbeats/none?run=x"] {
        server.get(path).problem(404);
        server.request("DELETE", path, "", b"").problem(404);
    }
}

#[test]
fn all_are_listed_page_by_page() {
    let server = TestServer::start();
    for number in 0..7 {
        pulse(&server, &format!("s{number}"), 60.0);
    }
    let (mut seen, mut next) = (Vec::new(), Some("/api/heartbeats?limit=3".to_owned()));
    while let Some(path) = next {
        let page = server.json(&path);
        seen.extend(items(&page).iter().map(|each| each["service"].as_str().expect("a name").to_owned()));
        next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, ["s0", "s1", "s2", "s3", "s4", "s5", "s6"]);
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill_and_nobody_died_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = ServerProcess::start(folder.path());
    pulse(&server.client, "short", 0.2);
    pulse(&server.client, "long", 3_600.0);
    server.client.eventually("a death", || {
        (server.client.json("/api/heartbeats/short")["state"] == "dead").then_some(())
    });
    pulse(&server.client, "short", 3_600.0);
    server.kill();
    let again = ServerProcess::start(folder.path());
    for service in ["short", "long"] {
        assert_eq!(again.client.json(&format!("/api/heartbeats/{service}"))["state"], "up");
    }
    assert_eq!(again.client.json("/api/heartbeats/short")["deaths"], 1);
}
