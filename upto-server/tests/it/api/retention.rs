//! What is kept: the limits of a context, and pinned timelines.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::clock::ManualClock;
use upto_server::retention::Retention;
use upto_server::store::StoreUrl;

use super::{all, names};
use crate::support::{Answer, Client, TestServer};

const LIMITS: &str = "/api/contexts/c/retention";

fn put(client: &Client, path: &str, body: &str) -> Answer {
    client.request("PUT", path, "application/json", body.as_bytes())
}

fn limits(answer: &Value) -> (&Value, &Value, &Value, &Value) {
    (&answer["age_seconds"], &answer["count"], &answer["bytes"], &answer["own"])
}

fn open(server: &TestServer, timelines: &[&str]) {
    for timeline in timelines {
        server.post(&json!({"context": "c", "timeline": timeline, "name": "n", "type": "event"}).to_string());
    }
}

fn await_names(server: &TestServer, expected: &[&str]) {
    server.eventually("the timelines that are kept", || {
        (names(&all(server, "/api/contexts/c/timelines")) == expected).then_some(())
    });
}

#[test]
fn limits_are_set_shown_and_reset() {
    let retention = Retention { count: Some(7), ..Retention::default() };
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).retention(retention));
    open(&server, &["t"]);
    assert_eq!(server.json("/api/contexts/c")["_links"]["upto:retention"]["href"], LIMITS);
    let shown = server.json(LIMITS);
    assert_eq!(limits(&shown), (&Value::Null, &json!(7), &Value::Null, &json!(false)));
    assert_eq!(shown["_links"]["upto:context"]["href"], "/api/contexts/c");
    let set = put(&server, LIMITS, r#"{"age_seconds": 60, "bytes": 1000}"#);
    assert_eq!(set.status, 200);
    for answer in [set.json(), server.json(LIMITS)] {
        assert_eq!(limits(&answer), (&json!(60), &Value::Null, &json!(1000), &json!(true)));
    }
    let reset = server.request("DELETE", LIMITS, "", b"");
    assert_eq!((reset.status, &reset.json()["own"]), (200, &json!(false)));
    assert_eq!(server.json(LIMITS)["count"], 7);
}

#[test]
fn limits_that_are_none_are_refused() {
    let server = TestServer::start();
    open(&server, &["t"]);
    for (body, status) in [
        ("", 400),
        ("{", 400),
        (r#"{"count": 0}"#, 422),
        (r#"{"count": -1}"#, 422),
        (r#"{"count": 1.5}"#, 422),
        (r#"{"counts": 1}"#, 422),
        (r#"{"age_seconds": "1d"}"#, 422),
        ("[]", 422),
    ] {
        let answer = put(&server, LIMITS, body);
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        answer.problem(status);
    }
    assert_eq!(server.request("PUT", LIMITS, "text/plain", b"{}").status, 415);
    assert_eq!(put(&server, "/api/contexts/nobody/retention", "{}").status, 404);
    assert_eq!(server.get("/api/contexts/nobody/retention").status, 404);
    assert_eq!(server.json(LIMITS)["own"], false);
}

#[test]
fn what_is_over_its_limits_goes_and_what_is_pinned_stays() {
    let clock = Arc::new(ManualClock::new(1_000));
    let builder = Server::builder().store(StoreUrl::Memory).clock(clock.clone());
    let server = TestServer::start_with(builder.sweep_period(Duration::from_millis(2)));
    open(&server, &["a", "b", "c", "d"]);
    let pinned = put(&server, "/api/contexts/c/timelines/a/pinned", "");
    assert_eq!((pinned.status, &pinned.json()["pinned"]), (200, &json!(true)));
    let link = &pinned.json()["_links"]["upto:pinned"]["href"];
    assert_eq!(link, "/api/contexts/c/timelines/a/pinned");
    assert_eq!(put(&server, LIMITS, r#"{"count": 2}"#).status, 200);
    await_names(&server, &["d", "c", "a"]);
    assert_eq!(server.get("/api/contexts/c/timelines/b").status, 404);
    assert_eq!(server.counter("upto_timelines_removed_total"), 1);
    assert_eq!(put(&server, LIMITS, r#"{"age_seconds": 3600}"#).status, 200);
    clock.advance(Duration::from_secs(3_601));
    await_names(&server, &["d", "a"]);
    let unpinned = server.request("DELETE", "/api/contexts/c/timelines/a/pinned", "", b"");
    assert_eq!((unpinned.status, &unpinned.json()["pinned"]), (200, &json!(false)));
    await_names(&server, &["d"]);
    assert_eq!(put(&server, "/api/contexts/c/timelines/a/pinned", "").status, 404);
}

#[test]
fn a_pin_outlives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let retention = Retention { count: Some(1), ..Retention::default() };
    let start = |retention| {
        let builder = Server::builder().data(folder.path()).retention(retention);
        TestServer::start_with(builder.sweep_period(Duration::from_millis(2)))
    };
    let server = start(Retention::default());
    open(&server, &["a", "b", "c"]);
    assert_eq!(put(&server, "/api/contexts/c/timelines/a/pinned", "").status, 200);
    drop(server);
    let server = start(retention);
    await_names(&server, &["c", "a"]);
    assert_eq!(server.json("/api/contexts/c/timelines/a")["pinned"], true);
}
