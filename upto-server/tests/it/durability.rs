//! What was acknowledged over HTTP survives `kill -9`.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::support::{Client, ServerProcess, TestServer};

/// Sends numbered events until the server is gone, and notes which ones it acknowledged.
fn send_until_gone(client: &Client, sender: u64, acknowledged: &Mutex<Vec<u64>>, enough: &AtomicBool) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for number in 0.. {
        let id = sender * 1_000_000 + number + 1;
        let body = json!({"context": "c", "name": "n", "type": "start", "id": id}).to_string();
        let request =
            agent.post(format!("{}/api/events", client.url)).header("content-type", "application/json");
        match request.send(body.as_bytes()) {
            Ok(answer) if answer.status() == 201 => acknowledged.lock().expect("not poisoned").push(id),
            Ok(answer) => panic!("{answer:?}"),
            Err(_) => return,
        }
        enough.fetch_or(number == 20, Ordering::SeqCst);
    }
}

#[test]
fn nothing_that_was_acknowledged_is_lost_by_kill_9() {
    let folder = tempfile::tempdir().expect("a folder");
    let acknowledged = Mutex::new(Vec::new());
    for round in 0..3 {
        let server = ServerProcess::start(folder.path());
        let (client, enough) = (server.client.clone(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for sender in 0..4 {
                let (client, acknowledged, enough) = (&client, &acknowledged, &enough);
                scope.spawn(move || send_until_gone(client, 4 * round + sender, acknowledged, enough));
            }
            while !enough.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            server.kill();
        });
    }
    let server = ServerProcess::start(folder.path());
    let events = server.client.events(&server.client.latest("c"));
    let stored: std::collections::HashSet<u64> =
        events.iter().filter_map(|event| event["id"].as_u64()).collect();
    let acknowledged = acknowledged.into_inner().expect("not poisoned");
    let lost: Vec<_> = acknowledged.iter().filter(|id| !stored.contains(id)).collect();
    assert!(acknowledged.len() > 60, "{}", acknowledged.len());
    assert!(lost.is_empty(), "{lost:?} of {}", acknowledged.len());
}

#[test]
fn a_message_as_large_as_allowed_comes_back_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let (name, text) = ("n".repeat(16_384), "x".repeat(60_000));
    let server = ServerProcess::start(folder.path());
    server.client.post(
        &json!({"context": "c".repeat(8_000), "name": name, "host": name, "type": 2, "text": text})
            .to_string(),
    );
    server.kill();
    let server = ServerProcess::start(folder.path());
    let event = server.client.events(&server.client.latest(&"c".repeat(8_000))).remove(0);
    assert_eq!(
        (&event["name"], &event["host"], &event["message"]),
        (&json!(name), &json!(name), &json!(text))
    );
    assert_eq!(event.get("truncated"), None);
}

#[test]
fn after_a_restart_an_end_finds_the_timeline_where_its_event_is_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = ServerProcess::start(folder.path());
    server.client.post(
        r#"[{"context":"c","timeline":"first","name":"long","type":"start","time":1},
        {"context":"c","timeline":"second","name":"other","type":"start","time":2}]"#,
    );
    server.kill();
    let server = ServerProcess::start(folder.path());
    server.client.post(r#"{"context":"c","name":"long","type":"end","time":3}"#);
    let events = server.client.events("/api/contexts/c/timelines/first");
    assert_eq!((events.len(), &events[0]["state"]), (1, &json!("done")));
    assert_eq!(server.client.latest("c"), "/api/contexts/c/timelines/second");
}

#[test]
fn a_timeline_that_was_thrown_out_of_memory_forgets_what_ended_since() {
    let builder = upto_server::Server::builder().store(upto_server::store::StoreUrl::Memory).memory_bytes(1);
    let server = TestServer::start_with(builder);
    server.post(r#"{"context":"c","timeline":"first","name":"a","type":"start","time":1}"#);
    // Each commit throws out what it does not hold itself.
    server.post(r#"{"context":"other","name":"n","type":"event"}"#);
    server.post(r#"{"context":"c","timeline":"first","name":"a","type":"end","time":2}"#);
    server.post(r#"[{"context":"c","timeline":"second","type":"new"},{"context":"c","name":"a","type":"end","time":4}]"#);
    assert_eq!(server.events("/api/contexts/c/timelines/first").len(), 1);
    assert_eq!(server.events("/api/contexts/c/timelines/second")[0]["state"], "unknown_start");
}

#[test]
fn an_end_finds_its_timeline_though_that_was_thrown_out_of_memory() {
    let builder = upto_server::Server::builder().store(upto_server::store::StoreUrl::Memory).memory_bytes(1);
    let server = TestServer::start_with(builder);
    server.post(r#"{"context":"c","timeline":"first","name":"a","type":"start","time":1}"#);
    server.post(r#"{"context":"c","timeline":"second","name":"n","type":"event"}"#);
    server.post(r#"{"context":"other","name":"n","type":"event"}"#);
    server.post(r#"{"context":"c","name":"a","type":"end","time":4}"#);
    assert_eq!(server.events("/api/contexts/c/timelines/first")[0]["state"], "done");
    // It is thrown out right after the answer.
    server.eventually("room", || (server.counter("upto_fold_bytes") < 2_000).then_some(()));
}

#[test]
fn clients_that_are_not_done_do_not_keep_the_server_from_ending() {
    let builder = upto_server::Server::builder().store(upto_server::store::StoreUrl::Memory);
    let server = TestServer::start_with(builder.grace(std::time::Duration::from_millis(20)));
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut half = std::net::TcpStream::connect(&address).expect("connected");
    std::io::Write::write_all(
        &mut half,
        b"POST /api/events HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{",
    )
    .expect("sent");
    // Answered, so the other connection has been accepted too.
    assert_eq!(server.get("/healthz").status, 200);
    drop(server);
}

#[test]
fn marks_that_come_after_a_timeline_was_thrown_out_do_not_gather_in_memory() {
    let builder = upto_server::Server::builder().store(upto_server::store::StoreUrl::Memory).memory_bytes(1);
    let server = TestServer::start_with(builder);
    for round in 0..4 {
        let marks: Vec<_> = (0..300)
            .map(|id| json!({"context": "c", "timeline": "t", "name": "n", "type": "start", "id": 300 * round + id + 1}))
            .chain((0..300).map(|id| json!({"context": "c", "timeline": "t", "name": "n", "type": "end", "id": 300 * round + id + 1})))
            .collect();
        server.post(&json!(marks).to_string());
        server.post(r#"{"context":"other","name":"n","type":"event"}"#);
    }
    // It is thrown out right after the answer.
    server.eventually("room", || (server.counter("upto_fold_bytes") < 2_000).then_some(()));
    assert_eq!(server.events("/api/contexts/c/timelines/t").len(), 1_200);
}
