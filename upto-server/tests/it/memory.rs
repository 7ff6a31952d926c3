//! The memory that a server is given, however much comes and however much is read.

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::store::StoreUrl;

use crate::support::{Client, TestServer};

const MEMORY_BYTES: u64 = 1 << 20;
const TIMELINES: u64 = 60;
const EVENTS: u64 = 200;

fn name(timeline: u64) -> String {
    format!("t{timeline:03}")
}

/// Events with details of their own, so that they take room.
fn body(timeline: u64) -> String {
    let event = |number: u64| {
        let text = format!("{timeline} {number} {}", "x".repeat(100));
        let attributes = json!({"number": number, "timeline": timeline});
        json!({"context": "c", "timeline": name(timeline), "name": format!("n.{}", number % 20), "id": number + 1,
               "type": "event", "time": number, "text": text, "attrs": attributes})
    };
    Value::from((0..EVENTS).map(event).collect::<Vec<_>>()).to_string()
}

fn bytes(client: &Client) -> u64 {
    client.counter("upto_fold_bytes") + client.counter("upto_waiting_bytes")
}

fn events(client: &Client, timeline: u64) -> Vec<Value> {
    client.events(&format!("/api/contexts/c/timelines/{}", name(timeline)))
}

#[test]
fn many_timelines_stay_within_it_and_those_thrown_out_read_the_same() {
    let start = |bytes: u64| {
        let bytes = usize::try_from(bytes).expect("a size");
        TestServer::start_with(Server::builder().store(StoreUrl::Memory).memory_bytes(bytes))
    };
    let (small, large) = (start(MEMORY_BYTES), start(1 << 30));
    for timeline in 0..TIMELINES {
        small.post(&body(timeline));
        large.post(&body(timeline));
        assert!(bytes(&small) <= MEMORY_BYTES, "after the timeline {timeline}: {}", bytes(&small));
    }
    assert!(bytes(&large) > 2 * MEMORY_BYTES, "it is more than the small one may have: {}", bytes(&large));
    for timeline in 0..TIMELINES {
        let (of_small, of_large) = (events(&small, timeline), events(&large, timeline));
        assert_eq!(of_small.len() as u64, EVENTS);
        assert_eq!(of_small, of_large, "{timeline}");
    }
    small.eventually("that what was read is thrown out again", || {
        (small.counter("upto_fold_bytes") <= MEMORY_BYTES * 5 / 8).then_some(())
    });
}
