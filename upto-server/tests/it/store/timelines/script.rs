//! Marks to be sent, and the events that these are.

use std::ops::Range;

use fastrand::Rng;
use serde_json::{Value, json};
use upto::wire::{Kind, Message, Status};

use crate::support::Client;

/// A mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    kind: Kind,
    name: &'static str,
    host: &'static str,
    id: u64,
    time: i64,
    status: Status,
}

impl Sent {
    pub(super) fn is_start(&self) -> bool {
        self.kind == Kind::Start
    }

    pub(super) fn message<'m>(&self, context: &'m str, timeline: &'m str) -> Message<'m> {
        let Sent { kind, name, host, id, time, status } = *self;
        Message { kind, context, timeline, name, host, id, time: Some(time), status, ..Message::default() }
    }

    pub(super) fn json(&self, context: &str, timeline: &str) -> Value {
        let Sent { kind, name, host, id, time, status } = *self;
        let (kind, status) = (kind.word(), status.word());
        let mut mark = json!({"context": context, "name": name, "host": host, "id": id, "type": kind, "time": time, "status": status});
        if !timeline.is_empty() {
            mark["timeline"] = json!(timeline);
        }
        mark
    }
}

/// An event as it has to be told: id, name, host, start, end and state.
type Told = (u64, String, String, Option<String>, Option<String>, String);

/// What is sent to a timeline, and what that has to be.
pub(super) struct Script {
    pub(super) marks: Vec<Sent>,
    /// By id.
    pub(super) events: Vec<Told>,
}

impl Script {
    /// An event for each id: some have no start, some no end, some fail.
    pub(super) fn of(ids: Range<u64>) -> Self {
        let mut random = Rng::with_seed(ids.start);
        let mut script = Script { marks: Vec::new(), events: Vec::new() };
        ids.for_each(|id| script.add(id, &mut random));
        script
    }

    fn add(&mut self, id: u64, random: &mut Rng) {
        let name = random.choice(["build", "build.compile", "build.link", "ä\u{202e}<b>"]).expect("some");
        let host = random.choice(["", "ci-01", "ci-02"]).expect("some");
        let (start, lasts) = (random.i64(0..1_000_000), random.i64(0..1_000_000));
        let status = random.choice([Status::Ok, Status::Failed, Status::Cancelled]).expect("some");
        let (has_start, has_end) =
            random.choice([(true, true), (true, true), (true, false), (false, true)]).expect("some");
        let mark = Sent { kind: Kind::Start, name, host, id, time: start, status: Status::Ok };
        let end = Sent { kind: Kind::End, time: start + lasts, status, ..mark };
        self.marks.extend(has_start.then_some(mark).into_iter().chain(has_end.then_some(end)));
        let state = match (has_start, has_end, status) {
            (true, false, _) => "open",
            (_, _, Status::Failed) => "failed",
            (_, _, Status::Cancelled) => "cancelled",
            (false, _, Status::Ok) => "unknown_start",
            (true, true, Status::Ok) => "done",
        };
        let (start, end) = (has_start.then(|| time(start)), has_end.then(|| time(end.time)));
        self.events.push((id, name.to_owned(), host.to_owned(), start, end, state.to_owned()));
    }

    /// Whether the event of this mark has a start.
    pub(super) fn has_start(&self, mark: &Sent) -> bool {
        self.marks.iter().any(|other| other.is_start() && other.id == mark.id)
    }
}

fn time(nanoseconds: i64) -> String {
    format!("1970-01-01T00:00:00.{nanoseconds:09}Z")
}

/// The events of a timeline, by id, with the times that were sent; `None` while the server does not know it.
pub(super) fn told(client: &Client, timeline: &str) -> Option<Vec<Told>> {
    let answer = client.get(&format!("{timeline}/events?limit=10000&skew=raw"));
    if answer.status == 404 {
        return None;
    }
    let events = answer.json()["_embedded"]["item"].as_array().expect("events").clone();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let told = events.into_iter().map(|event| {
        let id = event["id"].as_u64().expect("an id");
        let [name, host, state] = ["name", "host", "state"].map(|key| text(&event[key]).unwrap_or_default());
        (id, name, host, text(&event["start"]), text(&event["end"]), state)
    });
    let mut told: Vec<_> = told.collect();
    told.sort_unstable();
    Some(told)
}
