//! Pulses by nothing but an address.

use serde_json::{Value, json};

use super::{items, messages, pulse, send};
use crate::support::{Answer, Client, TestServer};

fn said(answer: &Answer) -> (u16, String) {
    (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
}

fn get(client: &Client, path: &str) -> (u16, String) {
    said(&client.get(path))
}

/// Where a heartbeat is pulsed.
fn ping(client: &Client, service: &str) -> String {
    let heartbeat = client.json(&format!("/api/heartbeats/{service}"));
    heartbeat["_links"]["upto:ping"]["href"].as_str().expect("a link").to_owned()
}

fn ok() -> (u16, String) {
    (200, "OK".to_owned())
}

#[test]
fn a_heartbeat_is_signalled_by_its_uuid() {
    let server = TestServer::start();
    pulse(&server, "backup", 3_600.0);
    let ping = ping(&server, "backup");
    let state = || server.json("/api/heartbeats/backup")["state"].clone();
    assert_eq!(get(&server, &ping), ok());
    assert_eq!(said(&server.request("POST", &format!("{ping}/fail"), "text/plain", b"no space")), ok());
    assert_eq!(
        (state(), server.json("/api/heartbeats/backup")["text"].clone()),
        (json!("dead"), json!("no space"))
    );
    assert_eq!(get(&server, &format!("{ping}/0")), ok());
    assert_eq!(state(), "up");
    assert_eq!(get(&server, &format!("{ping}/3")), ok());
    assert_eq!(
        (state(), server.json("/api/heartbeats/backup")["text"].clone()),
        (json!("dead"), json!("exit status 3"))
    );
    assert_eq!(server.request("HEAD", &ping, "", b"").status, 200);
    assert_eq!(state(), "up");
    assert_eq!(said(&server.request("POST", &format!("{ping}/log"), "text/plain", b"half done")), ok());
    assert_eq!(messages(&server, "?message=^half"), ["half done"]);
    for action in ["start", "start?next=60"] {
        assert_eq!(get(&server, &format!("{ping}/{action}")), ok());
    }
    assert_eq!(server.json("/api/heartbeats/backup")["next_seconds"], 60.0);
}

#[test]
fn of_a_log_of_any_length_the_beginning_is_kept() {
    let server = TestServer::start();
    pulse(&server, "backup", 3_600.0);
    let log = format!("no space{}", "x".repeat(2 << 20));
    let path = format!("{}/fail", ping(&server, "backup"));
    assert_eq!(said(&server.request("POST", &path, "text/plain", log.as_bytes())), ok());
    let heartbeat = server.json("/api/heartbeats/backup");
    assert_eq!(heartbeat["state"], "dead");
    assert!(heartbeat["text"].as_str().is_some_and(|text| text.starts_with("no spacexxx")));
}

#[test]
fn what_is_not_there_and_what_makes_no_sense_is_told_as_the_convention_has_it() {
    let server = TestServer::start();
    pulse(&server, "s", 60.0);
    let ping = ping(&server, "s");
    let unknown = "/ping/01234567-89ab-4def-8123-456789abcdef";
    assert_eq!(get(&server, unknown), (404, "not found".to_owned()));
    assert_eq!(get(&server, "/ping/nonsense"), (404, "not found".to_owned()));
    assert_eq!(get(&server, &format!("{ping}/256")), (400, "invalid url format".to_owned()));
    assert_eq!(get(&server, &format!("{ping}/stop")), (400, "invalid url format".to_owned()));
    assert_eq!(get(&server, &format!("{ping}?rid=7")), (400, "invalid uuid format".to_owned()));
    assert_eq!(get(&server, &format!("{ping}?next=0")), (400, "invalid next".to_owned()));
    server.get(&format!("{ping}?next=soon")).problem(400);
    assert_eq!(server.json("/api/heartbeats/s")["next_seconds"], 60.0);
}

#[test]
fn a_service_is_created_if_that_is_wanted() {
    let server = TestServer::start();
    assert_eq!(get(&server, "/ping/key/nightly"), (404, "not found".to_owned()));
    assert_eq!(get(&server, "/ping/key/nightly?create=1&next=120"), (201, "Created".to_owned()));
    assert_eq!(get(&server, "/ping/key/nightly/start"), ok());
    let heartbeat = server.json("/api/heartbeats/nightly");
    assert_eq!((&heartbeat["next_seconds"], &heartbeat["grace_seconds"]), (&json!(120.0), &json!(3_600.0)));
    assert_eq!(get(&server, "/ping/key/weekly/start?create=1"), (201, "Created".to_owned()));
    assert_eq!(server.json("/api/heartbeats/weekly")["next_seconds"], 86_400.0);
    assert_eq!(get(&server, "/ping/key/monthly/7?create=1"), (201, "Created".to_owned()));
    let heartbeat = server.json("/api/heartbeats/monthly");
    assert_eq!(
        (&heartbeat["state"], &heartbeat["text"], &heartbeat["next_seconds"]),
        (&json!("dead"), &json!("exit status 7"), &json!(86_400.0))
    );
    assert_eq!(get(&server, "/ping/key/monthly"), ok());
    assert_eq!(server.json("/api/heartbeats/monthly")["state"], "up");
}

#[test]
fn a_run_is_watched_from_its_start_to_its_end() {
    let server = TestServer::start();
    pulse(&server, "job", 3_600.0);
    let (ping, rid) = (ping(&server, "job"), "01234567-89ab-4def-8123-456789abcdef");
    get(&server, &format!("{ping}/start?rid={rid}"));
    let runs = || -> Vec<Value> {
        items(&server.json("/api/heartbeats"))
            .iter()
            .map(|each| json!([each["run"], each["state"]]))
            .collect()
    };
    assert_eq!(runs(), [json!(["", "up"]), json!([rid, "up"])]);
    get(&server, &format!("{ping}?rid={rid}"));
    assert_eq!(runs(), [json!(["", "up"])]);
}

#[test]
fn where_tokens_are_needed_the_key_is_one() {
    let server = TestServer::start();
    pulse(&server, "s", 60.0);
    let ping = ping(&server, "s");
    // The first one closes the doors, so it has to be one that may make others.
    let order = json!({"name": "admin", "scopes": ["admin"]});
    let made = send(&server, "POST", "/api/tokens", &order).json();
    let admin = made["token"].as_str().expect("a token").to_owned();
    let made = |scope: &str, context: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let order = json!({"name": "n", "scopes": [scope], "contexts": [context]}).to_string();
        let request =
            agent.post(format!("{}/api/tokens", server.url)).header("content-type", "application/json");
        let mut answer =
            request.header("authorization", format!("Bearer {admin}")).send(order).expect("an answer");
        let made: Value =
            serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("JSON");
        made["token"].as_str().expect("a token").to_owned()
    };
    let (sender, reader, other) = (made("send", "n*"), made("read", "*"), made("send", "other"));
    assert_eq!(get(&server, &format!("/ping/{sender}/nightly?create=1")), (201, "Created".to_owned()));
    for key in ["wrong", &reader, &other] {
        assert_eq!(get(&server, &format!("/ping/{key}/nightly")), (404, "not found".to_owned()));
    }
    assert_eq!(get(&server, &ping), ok(), "the address itself is what lets in");
}
