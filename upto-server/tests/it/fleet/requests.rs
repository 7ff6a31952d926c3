//! What is refused, and what lies in a queue and is no task.

use serde_json::json;

use super::{builder, host, items, memory, start};
use crate::support::{Client, TestServer};

fn put(client: &Client, body: &serde_json::Value) -> crate::support::Answer {
    let body = body.to_string();
    client.request("PUT", "/api/fleet/groups/g", "application/json", body.as_bytes())
}

#[test]
fn unknown_checks_and_tasks_that_never_come_to_their_turn_are_refused() {
    let server = start();
    for (body, expected) in [
        (json!({"tasks": {"a": {"check": "unheard of"}}}), "no check called"),
        (json!({"tasks": {"a": {"check": "ready", "after": ["a"]}}}), "waits for itself"),
        (json!({"tasks": {"a": {"check": "ready", "after": ["b"]}}}), "none of the group"),
        (json!({"tasks": {"a": {"check": "ready", "when": "now"}}}), "unknown field"),
        (json!({"tasks": {"a": 7}}), "invalid type"),
        (json!({"tasks": {}}), "1 to 256"),
        (json!({"tasks": [], "id": 7}), ""),
    ] {
        let detail = put(&server, &body).problem(422);
        assert!(detail.contains(expected), "{body}: {detail}");
    }
    // Which would take twenty times as much memory as its text.
    let detail = put(&server, &json!({"tasks": vec![json!([]); 400_000]})).problem(413);
    assert!(detail.contains("1024 KiB"), "{detail}");
    server.get("/api/fleet/groups/g").problem(404);
    for path in ["checks/unheard%20of", "checks/unheard%20of/results", "measurements/unheard%20of"] {
        server.get(&format!("/api/fleet/{path}")).problem(404);
    }
    for query in ["limit=0", "limit=1001", "cursor=x", "cursor=%E2%98%83-1"] {
        server.get(&format!("/api/fleet/checks/seven/results?{query}")).problem(400);
    }
    server.get("/api/fleet/hosts?recent=301").problem(400);
}

#[test]
fn what_is_no_task_is_kept_with_its_reason_and_the_queue_goes_on() {
    let store = memory();
    let server = TestServer::start_with(builder(store.clone()));
    host(&server);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let payload = b"<script>alert(1)</script>".to_vec();
    runtime.block_on(store.push("fleet/seven", payload)).expect("pushed");
    let letter = server
        .eventually("it is found", || items(&server.json("/api/fleet/dead-letters")).into_iter().next());
    assert_eq!((&letter["queue"], &letter["attempts"]), (&json!("fleet/seven"), &json!(1)));
    assert_eq!(letter["payload"], "<script>alert(1)</script>");
    assert!(letter["reason"].as_str().expect("a reason").contains("no task"), "{letter}");
    let seen = server.json("/api/fleet")["seen"].as_u64().expect("a count");
    server.eventually("results still come", || {
        (server.json("/api/fleet")["seen"].as_u64()? > seen + 5).then_some(())
    });
    assert_eq!(items(&server.json("/api/fleet/dead-letters")).len(), 1);
}

#[test]
fn a_host_that_is_forgotten_and_still_there_comes_back() {
    let server = start();
    host(&server);
    assert_eq!(server.request("DELETE", "/api/fleet/hosts/here", "", b"").status, 204);
    server.request("DELETE", "/api/fleet/hosts/nowhere", "", b"").problem(404);
    server.get("/api/fleet/hosts/nowhere").problem(404);
    host(&server);
}
