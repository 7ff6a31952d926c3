//! A store that is slower than what comes: what can't be kept is refused and counted, and nothing grows.

use std::net::UdpSocket;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use upto_server::{Server, ServerBuilder};

use crate::gated_store::GatedStore;
use crate::support::{Client, TestServer};

const MEMORY_BYTES: usize = 1 << 20;

fn on(store: &Arc<GatedStore>) -> ServerBuilder {
    Server::builder().opened_store(store.clone()).memory_bytes(MEMORY_BYTES)
}

/// A start in the timeline `t` of `c`, with a text, so that few of them are much.
fn start(id: u64) -> Vec<u8> {
    let text = format!("{id:0>1000}");
    let message = upto::wire::Message {
        context: "c",
        timeline: "t",
        name: "n",
        id,
        time: Some(1),
        text: &text,
        ..Default::default()
    };
    let mut datagram = Vec::new();
    upto::wire::encode_single(&message, &[], &mut datagram);
    datagram
}

/// Sends datagrams until the server has refused some for this reason; how many.
fn send_until_refused(client: &Client, reason: &str) -> u64 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let refused = format!("upto_refused_total{{input=\"udp\",reason=\"{reason}\"}}");
    let mut sent = 0;
    client.eventually(reason, || {
        for _ in 0..100 {
            sent += 1;
            socket.send_to(&start(sent), client.udp).expect("sent");
        }
        (client.counter(&refused) > 0).then_some(sent)
    })
}

/// What has come of so many datagrams, once each was taken, refused or dropped.
fn eventually_settled(client: &Client, sent: u64) -> (u64, Value) {
    client.eventually("all datagrams", || {
        let inputs = client.json("/api/inputs");
        let datagrams = &inputs["datagrams"];
        let (received, dropped) = (datagrams["received"].as_u64()?, datagrams["dropped_by_kernel"].as_u64());
        let refused = datagrams["refused"].as_object()?.values().filter_map(Value::as_u64).sum::<u64>();
        (received + dropped.unwrap_or(0) == sent).then(|| (received - refused, inputs.clone()))
    })
}

#[test]
fn while_the_store_is_blocked_what_comes_is_refused_and_counted_and_what_was_taken_is_kept() {
    let store = Arc::new(GatedStore::new());
    let server = TestServer::start_with(on(&store));
    store.appends.close();
    let sent = send_until_refused(&server, "behind");
    let (taken, inputs) = eventually_settled(&server, sent);
    assert!(taken > 0);
    let waiting = inputs["waiting_bytes"].as_u64().expect("a number");
    let limit = MEMORY_BYTES as u64 / 4;
    assert!((limit..limit + 10_000).contains(&waiting), "a mark more than fits at most: {waiting}");
    // Writes are refused, with the reason; reads go on.
    let body = br#"{"context":"c","type":"event","name":"n"}"#;
    let answer = server.request("POST", "/api/events", "application/json", body);
    assert!(answer.problem(503).contains("too much waits"));
    assert_eq!(answer.retry_after, "1");
    assert!(server.get("/readyz").problem(503).contains("too much waits"));
    assert_eq!(server.events("/api/contexts/c/timelines/t").len() as u64, taken);
    let refused = |reason: &str| format!("upto_refused_total{{input=\"http\",reason=\"{reason}\"}}");
    assert_eq!(server.counter(&refused("behind")), 1);
    // It recovers by itself.
    store.appends.open();
    server.eventually("that it is ready", || (server.get("/readyz").status == 200).then_some(()));
    server.post(r#"{"context":"c","timeline":"t","type":"event","name":"n"}"#);
    assert_eq!(server.events("/api/contexts/c/timelines/t").len() as u64, taken + 1);
    assert_eq!(server.json("/api/inputs")["waiting_bytes"], 0);
    drop(server);
    let server = TestServer::start_with(on(&store));
    assert_eq!(server.events("/api/contexts/c/timelines/t").len() as u64, taken + 1, "all of it was stored");
}

#[test]
fn a_door_that_waits_for_the_store_lets_datagrams_wait_up_to_a_bound() {
    let store = Arc::new(GatedStore::new());
    TestServer::start_with(on(&store)).post(r#"{"context":"c","timeline":"t","type":"event","name":"n"}"#);
    let server = TestServer::start_with(on(&store));
    // What is open in the context has to be read before anything for it is taken.
    store.reads.close();
    let sent = send_until_refused(&server, "queue_full");
    assert_eq!(server.get("/healthz").status, 200);
    store.reads.open();
    let (taken, inputs) = eventually_settled(&server, sent);
    assert_eq!(server.events("/api/contexts/c/timelines/t").len() as u64, taken + 1);
    // What waits takes half a KiB beside its bytes.
    let room = MEMORY_BYTES as u64 / 16 / (start(1).len() as u64 + 512);
    assert!(taken >= room * 9 / 10, "the room was used: {taken} of {room}, {inputs}");
}

#[test]
fn bodies_of_requests_that_wait_are_bounded_together() {
    let store = Arc::new(GatedStore::new());
    let server = TestServer::start_with(on(&store));
    let text = "x".repeat(50_000);
    let body = format!(r#"{{"context":"c","timeline":"t","type":"event","name":"n","text":"{text}"}}"#);
    let send = |client: &Client| client.request("POST", "/api/events", "application/json", body.as_bytes());
    store.appends.close();
    thread::scope(|scope| {
        let client = &server.client;
        let first = scope.spawn(move || send(client));
        client.eventually("a body that waits", || {
            (client.json("/api/inputs")["waiting_bytes"] != 0).then_some(())
        });
        let second = send(client);
        assert!(second.problem(503).contains("too much waits"));
        assert_eq!(second.retry_after, "1");
        store.appends.open();
        assert_eq!(first.join().expect("no panic").status, 201);
    });
    assert_eq!(send(&server).status, 201, "there is room again");
}

#[test]
fn a_request_does_not_wait_for_ever() {
    let store = Arc::new(GatedStore::new());
    let server = TestServer::start_with(on(&store).patience(Duration::from_millis(1)));
    store.appends.close();
    let body = br#"{"context":"c","timeline":"t","type":"event","name":"n"}"#;
    let answer = server.request("POST", "/api/events", "application/json", body);
    assert!(answer.problem(503).contains("the store is slow"));
    assert_eq!(answer.retry_after, "1");
    store.appends.open();
    server.eventually("that it is stored after all", || {
        (server.json("/api/inputs")["waiting_bytes"] == 0).then_some(())
    });
    assert_eq!(server.events("/api/contexts/c/timelines/t").len(), 1);
}

#[test]
fn a_server_whose_store_is_blocked_ends_in_time() {
    let store = Arc::new(GatedStore::new());
    TestServer::start_with(on(&store)).post(r#"{"context":"c","timeline":"t","type":"event","name":"n"}"#);
    let server = TestServer::start_with(on(&store).grace(Duration::from_millis(1)));
    store.reads.close();
    send_until_refused(&server, "queue_full");
    drop(server);
    let server = TestServer::start_with(on(&store).grace(Duration::from_millis(1)));
    store.reads.open();
    store.appends.close();
    send_until_refused(&server, "behind");
    drop(server);
}
