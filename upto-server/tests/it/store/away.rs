//! A database that is away for a while: what has to be read from it is refused with its reason, and nothing else; it
//! is back without anybody telling the server.

use serde_json::{Value, json};

use super::kills::Keeper;
use crate::support::{Client, ServerProcess};

const EVENTS: u64 = 5;
const TIMELINE: &str = "/api/contexts/c/timelines/t";

macro_rules! away {
    ($name:ident, $keeper:ty) => {
        #[test]
        fn $name() {
            crate::store::away::reads_say_so_and_recover::<$keeper>();
        }
    };
}

fn send(client: &Client, id: u64) -> u16 {
    let event = json!({"context": "c", "timeline": "t", "name": "n", "type": "event", "id": id, "time": id});
    client.request("POST", "/api/events", "application/json", event.to_string().as_bytes()).status
}

/// Waits until this is refused; why.
fn refused(client: &Client, path: &str) -> String {
    let answer = client.eventually(&format!("{path} is refused"), || {
        // What was read a moment ago may still be told.
        Some(client.get(path)).filter(|answer| answer.status != 200)
    });
    assert_eq!(answer.retry_after, "1", "{answer:?}");
    answer.problem(503)
}

fn ids(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["id"].as_u64().expect("an id")).collect()
}

pub(super) fn reads_say_so_and_recover<K: Keeper>() {
    let mut keeper = K::start();
    let server = ServerProcess::on_store(&keeper.url());
    let client = &server.client;
    (1..=EVENTS).for_each(|id| assert_eq!(send(client, id), 201));
    let before = client.events(TIMELINE);
    keeper.leave();
    for path in ["", "/events", "/tree", "/columns"] {
        let reason = refused(client, &format!("{TIMELINE}{path}"));
        assert!(reason.contains("cannot read"), "{path}: {reason}");
        assert!(!reason.contains("hunter2"), "{reason}");
    }
    assert_eq!(send(client, EVENTS + 1), 503);
    assert_eq!(client.get("/healthz").status, 200);
    assert_eq!(client.get("/api/contexts/unknown").status, 404);
    keeper.come_back();
    client.eventually("that it is read again", || (client.get(TIMELINE).status == 200).then_some(()));
    client.eventually("that it takes messages", || (send(client, EVENTS + 1) == 201).then_some(()));
    assert_eq!(ids(&before), (1..=EVENTS).collect::<Vec<_>>());
    assert_eq!(ids(&client.events(TIMELINE)), (1..=EVENTS + 1).collect::<Vec<_>>());
}
