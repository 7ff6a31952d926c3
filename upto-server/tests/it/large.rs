//! A timeline that is several times larger than the memory that its server has.

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::store::StoreUrl;

use crate::live::Stream;
use crate::support::{Client, TestServer};

const TIMELINE: &str = "/api/contexts/c/timelines/t";
const MEMORY_BYTES: u64 = 1 << 20;
const EVENTS: u64 = 12_000;
/// Events of one request.
const BATCH: u64 = 1_500;

fn start(bytes: u64) -> TestServer {
    let bytes = usize::try_from(bytes).expect("a size");
    TestServer::start_with(Server::builder().store(StoreUrl::Memory).memory_bytes(bytes))
}

fn event(number: u64) -> Value {
    let time = number * 1_000;
    let status = if number.is_multiple_of(7) { "failed" } else { "ok" };
    json!({"context": "c", "timeline": "t", "name": format!("a.{}", number % 30), "id": number + 1, "host": "h",
           "type": "end", "time": time + 500, "started": time, "status": status})
}

/// Sends all events; the server is never over its memory by more than waits for the store.
fn fill(client: &Client) {
    for first in (0..EVENTS).step_by(usize::try_from(BATCH).expect("small")) {
        client.post(&Value::from((first..first + BATCH).map(event).collect::<Vec<_>>()).to_string());
    }
}

/// Pages of a list, from the first one on.
fn pages(client: &Client, path: &str) -> Vec<Value> {
    let mut pages = vec![client.json(path)];
    while let Some(next) = pages[pages.len() - 1]["_links"]["next"]["href"].as_str() {
        let page = client.json(next);
        pages.push(page);
    }
    pages
}

/// Nodes of a tree without the figures that only one fold of all events tells.
fn without_own(mut nodes: Value) -> Value {
    for node in nodes.as_array_mut().expect("nodes") {
        node.as_object_mut().expect("a node").remove("own");
        node["children"] = without_own(node["children"].take());
    }
    nodes
}

#[test]
fn it_is_told_as_by_a_server_with_enough_memory() {
    let (small, large) = (start(MEMORY_BYTES), start(1 << 30));
    fill(&small);
    fill(&large);
    let folded = large.counter("upto_fold_bytes");
    assert!(folded > MEMORY_BYTES * 5 / 8, "{folded}: it is more than the small one may have");
    for path in [TIMELINE.to_owned(), format!("{TIMELINE}?skew=raw")] {
        assert_eq!(small.json(&path), large.json(&path), "{path}");
    }
    let tree = |client: &Client| without_own(client.json(&format!("{TIMELINE}/tree"))["roots"].take());
    assert_eq!(tree(&small), tree(&large));
    let path = format!("{TIMELINE}/events?limit=600");
    assert_eq!(pages(&small, &path), pages(&large, &path));
    assert!(small.counter("upto_fold_bytes") <= MEMORY_BYTES);
}

#[test]
fn what_does_not_fit_into_the_memory_is_refused_with_a_reason() {
    let small = start(MEMORY_BYTES);
    fill(&small);
    let problem = small.get(&format!("{TIMELINE}/events?limit=10000")).problem(413);
    assert!(problem.contains("--memory") && problem.contains("ask for less"), "{problem}");
    assert_eq!(
        small.json(&format!("{TIMELINE}/events"))["_embedded"]["item"].as_array().map(Vec::len),
        Some(100)
    );
}

#[test]
fn who_watches_it_is_told_that_it_changed_and_how_it_stands() {
    let small = start(MEMORY_BYTES);
    fill(&small);
    let mut stream = Stream::open(&small, TIMELINE);
    assert_eq!(stream.next_of("timeline")["events"]["total"], EVENTS);
    small.post(&json!([event(EVENTS)]).to_string());
    assert_eq!(stream.next_of("reset"), json!({}));
    assert_eq!(stream.next_of("timeline")["events"]["total"], EVENTS + 1);
    // While it is watched, it grows, and stays within its memory.
    for number in 1..=5 {
        let first = EVENTS + number * BATCH;
        small.post(&Value::from((first..first + BATCH).map(event).collect::<Vec<_>>()).to_string());
    }
    let total = EVENTS + 1 + 5 * BATCH;
    while stream.next_of("timeline")["events"]["total"] != total {}
    small.eventually("that its fold is thrown out", || {
        (small.counter("upto_fold_bytes") <= MEMORY_BYTES * 5 / 8).then_some(())
    });
}
