//! What was sent, and comparing it with what servers tell.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::Client;

/// The start and the end of an event, in nanoseconds since the epoch.
type Times = (u64, Option<u64>);

/// What every timeline of the context `c` has to be.
#[derive(Default)]
pub(super) struct Truth {
    timelines: BTreeMap<String, BTreeMap<u64, Times>>,
}

impl Truth {
    /// The start of an event in the timeline that is active now, without naming it.
    pub(super) fn start(&mut self, active: &str, id: u64) -> Value {
        let time = 1_000_000 + id;
        self.timelines.entry(active.to_owned()).or_default().insert(id, (time, None));
        json!({"context": "c", "name": "work", "type": "start", "id": id, "time": time})
    }

    /// The end of an event, wherever that began.
    pub(super) fn end(&mut self, id: u64) -> Value {
        let time = 2_000_000 + id;
        let (_, end) = self.timelines.values_mut().find_map(|events| events.get_mut(&id)).expect("a start");
        *end = Some(time);
        json!({"context": "c", "name": "work", "type": "end", "id": id, "time": time})
    }

    /// Waits until each server tells exactly this.
    pub(super) fn compare(&self, clients: &[Client]) {
        for client in clients {
            for (name, events) in &self.timelines {
                let expected: Vec<_> = events.iter().map(|(id, times)| told(*id, times)).collect();
                client.eventually(&format!("{name} as it was sent"), || {
                    let found = events_of(client, name);
                    (found.as_ref() == Some(&expected)).then_some(()).or_else(|| {
                        // More than was sent never gets less.
                        assert!(found.is_none_or(|found| found.len() <= expected.len()));
                        None
                    })
                });
            }
        }
    }
}

fn told(id: u64, (start, end): &Times) -> (u64, String, Option<String>) {
    (id, time(*start), end.map(time))
}

fn time(nanoseconds: u64) -> String {
    format!("1970-01-01T00:00:00.{nanoseconds:09}Z")
}

/// Id, start and end of all events, by id; `None` while the server does not know the timeline.
fn events_of(client: &Client, timeline: &str) -> Option<Vec<(u64, String, Option<String>)>> {
    let path = format!("/api/contexts/c/timelines/{timeline}");
    if client.get(&path).status == 404 {
        return None;
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut events: Vec<_> = client
        .events(&path)
        .iter()
        .map(|event| {
            let id = event["id"].as_u64().expect("an id");
            (id, text(&event["start"]).unwrap_or_default(), text(&event["end"]))
        })
        .collect();
    events.sort_unstable();
    Some(events)
}
