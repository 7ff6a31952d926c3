//! Live streams of what other servers on the same store do.

use std::sync::Arc;

use serde_json::json;
use upto_server::Server;

use super::Stream;
use crate::gated_store::GatedStore;
use crate::support::{Client, TestServer};

fn post(client: &Client, context: &str, name: &str) {
    client.post(&json!({"context": context, "timeline": "t", "name": name, "type": "start"}).to_string());
}

#[test]
fn a_stream_of_all_tells_what_any_server_stores() {
    let store = Arc::new(GatedStore::shared());
    let start = || TestServer::start_with(Server::builder().opened_store(store.clone()));
    let (one, other) = (start(), start());
    let mut stream = Stream::at(&one, "/api/live");
    stream.next_of("reset");
    post(&other, "c", "a");
    assert_eq!(stream.next_of("context")["name"], "c");
    while stream.next_of("timeline")["events"]["open"] != 1 {}
    post(&other, "c", "b");
    while stream.next_of("timeline")["events"]["open"] != 2 {}
    let mut of_context = Stream::at(&one, "/api/contexts/c/live");
    of_context.next_of("context");
    post(&other, "c", "c");
    while of_context.next_of("timeline")["events"]["open"] != 3 {}
    let answer = other.request("PUT", "/api/contexts/c/timelines/t/pinned", "", b"");
    assert!((200..300).contains(&answer.status), "{answer:?}");
    while of_context.next_of("timeline")["pinned"] != true {}
    let answer = other.request("DELETE", "/api/contexts/c", "", b"");
    assert!((200..300).contains(&answer.status), "{answer:?}");
    assert_eq!(stream.next_of("context-removed")["name"], "c");
}

#[test]
fn an_id_of_another_server_is_a_reset() {
    let store = Arc::new(GatedStore::shared());
    let start = || TestServer::start_with(Server::builder().opened_store(store.clone()));
    let (one, other) = (start(), start());
    post(&one, "c", "a");
    let mut ids = Vec::new();
    for path in ["/api/live", "/api/contexts/c/live", "/api/contexts/c/timelines/t/live"] {
        let mut stream = Stream::at(&one, path);
        stream.next().expect("an event");
        ids.push((path, stream.id));
    }
    other.eventually("the timeline", || {
        (other.get("/api/contexts/c/timelines/t").status == 200).then_some(())
    });
    for (path, id) in ids {
        let mut stream = Stream::resumed(&other, path, &id);
        assert_eq!(stream.next().expect("an event").0, "reset", "{path}");
    }
}
