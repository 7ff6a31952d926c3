//! A server over a store that fails in all ways.

use std::collections::BTreeMap;
use std::sync::Arc;

use indicatif::ProgressBar;
use serde_json::{Value, json};
use upto_server::Server;
use upto_server::clock::SystemClock;
use upto_server::maintenance::check;
use upto_server::store::{MemoryStore, Store};

use super::{FaultyStore, Plan};
use crate::support::{Client, TestServer};

const SENDERS: u64 = 4;
const EVENTS: u64 = 12;

/// Sends until it is acknowledged; how often it was not.
fn send(client: &Client, message: &Value) -> u64 {
    for refused in 0.. {
        let body = message.to_string();
        let answer = client.request("POST", "/api/events", "application/json", body.as_bytes());
        match answer.status {
            201 => return refused,
            503 => std::thread::yield_now(),
            _ => panic!("{answer:?}"),
        }
    }
    0
}

/// Sends the starts and ends of events to two timelines, each until it is acknowledged.
fn send_all(client: &Client, sender: u64) -> u64 {
    let mut refused = 0;
    for number in 1..=EVENTS {
        let id = sender * 1_000 + number;
        let timeline = if number % 2 == 0 { "even" } else { "odd" };
        let mut message = json!({"context": "c", "timeline": timeline, "name": "n", "id": id});
        for (kind, time) in [("start", id), ("end", id + 100_000)] {
            message["type"] = json!(kind);
            message["time"] = json!(time);
            refused += send(client, &message);
        }
    }
    refused
}

/// State by id, of all events of a timeline.
fn states(client: &Client, timeline: &str) -> BTreeMap<u64, Value> {
    let events = client.events(&format!("/api/contexts/c/timelines/{timeline}"));
    let states = events.iter().map(|event| (event["id"].as_u64().expect("an id"), event["state"].clone()));
    let by_id: BTreeMap<_, _> = states.collect();
    assert_eq!(by_id.len(), events.len(), "no event is there twice");
    by_id
}

fn expected(rest: u64) -> BTreeMap<u64, Value> {
    let ids =
        (0..SENDERS).flat_map(|sender| (1..=EVENTS).map(move |number| (number, sender * 1_000 + number)));
    ids.filter(|(number, _)| number % 2 == rest).map(|(_, id)| (id, json!("done"))).collect()
}

#[test]
fn the_server_over_it_loses_nothing() {
    let kept: Arc<dyn Store> = Arc::new(MemoryStore::new(Arc::new(SystemClock)));
    let faulty = Arc::new(FaultyStore::new(Arc::clone(&kept), Plan::merciless()));
    let store: Arc<dyn Store> = faulty.clone();
    let server = TestServer::start_with(Server::builder().opened_store(store));
    faulty.plan.begin();
    let refused: u64 = std::thread::scope(|scope| {
        let client = &server.client;
        let senders: Vec<_> =
            (0..SENDERS).map(|sender| scope.spawn(move || send_all(client, sender))).collect();
        senders.into_iter().map(|sender| sender.join().expect("it sent all")).sum()
    });
    faulty.plan.end();
    assert!(refused > 0, "the store failed");
    for timeline in [("odd", 1), ("even", 0)] {
        assert_eq!(states(&server, timeline.0), expected(timeline.1), "as this server tells it");
    }
    drop(server);
    let fresh = TestServer::start_with(Server::builder().opened_store(Arc::clone(&kept)));
    for timeline in [("odd", 1), ("even", 0)] {
        assert_eq!(states(&fresh, timeline.0), expected(timeline.1), "as it is stored");
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let report = runtime.block_on(check(kept.as_ref(), &ProgressBar::hidden())).expect("a report");
    assert_eq!((report.damaged, report.timelines), (0, 2), "{report:?}");
}
