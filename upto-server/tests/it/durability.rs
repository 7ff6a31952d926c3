//! What a server that is killed or short of memory still knows. `store/kills.rs` kills one at random moments.

use serde_json::json;

use crate::support::{ServerProcess, TestServer};

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
    let timeline = server.json("/api/contexts/c/timelines/t");
    assert_eq!((&timeline["events"]["total"], &timeline["events"]["open"]), (&json!(1_200), &json!(0)));
}
