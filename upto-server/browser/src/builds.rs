//! What the tests look at: builds that got slower, events in every state, names that would be markup.

use serde_json::{Value, json};

use crate::server::Server;

const SECOND: i64 = 1_000_000_000;
/// When the first build began, in nanoseconds since the epoch: a day in November 2026.
const FIRST: i64 = 1_795_000_000 * SECOND;
const BETWEEN: i64 = 3600 * SECOND;

/// One step of a build: its name, host, how long it takes in seconds, and in one that got slower.
const STEPS: [(&str, &str, i64, i64); 9] = [
    ("build.checkout", "ci-01", 30, 30),
    ("build.deps", "ci-02", 60, 60),
    ("build.compile.core", "ci-01", 40, 40),
    ("build.compile.server", "ci-01", 50, 110),
    ("build.link", "ci-02", 45, 45),
    ("test.unit", "ci-01", 70, 70),
    ("test.browser", "ci-02", 90, 90),
    ("deploy.upload", "web-01", 25, 25),
    ("deploy.restart", "web-01", 15, 15),
];

/// A build that is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// Its timeline.
    pub name: &'a str,
    /// When it began, in nanoseconds since the epoch.
    pub start: i64,
    /// Whether it is one of those that got slower.
    pub is_slow: bool,
    /// How many of its steps have ended; the one after them runs. All of them: it has ended.
    pub ended: usize,
}

impl Build<'_> {
    /// Its messages: a root, and the steps one after the other, varied by up to 2 % so that no two are alike.
    #[must_use]
    pub fn messages(&self) -> Vec<Value> {
        let mut messages = Vec::new();
        let mut time = self.start;
        for (place, (name, host, usual, slow)) in STEPS.into_iter().enumerate() {
            if place > self.ended {
                break;
            }
            let seconds = if self.is_slow { slow } else { usual };
            let end = time + seconds * SECOND + self.variation(place) * seconds * SECOND / 1000;
            let id = place + 2;
            messages.push(self.message(name, host, id, time, (place < self.ended).then_some(end)));
            time = end;
        }
        let root_end = (self.ended >= STEPS.len()).then_some(time);
        messages.push(self.message("release", "ci-01", 1, self.start, root_end));
        messages
    }

    /// Some thousandths, different for each step of each build, always the same.
    fn variation(&self, place: usize) -> i64 {
        let seed = (self.start / BETWEEN).wrapping_mul(31) + i64::try_from(place).unwrap_or_default() * 17;
        seed.rem_euclid(41) - 20
    }

    fn message(&self, name: &str, host: &str, id: usize, start: i64, end: Option<i64>) -> Value {
        let name = if name == "release" { name.to_owned() } else { format!("release.{name}") };
        let mut message =
            json!({"context": "build", "timeline": self.name, "name": name, "host": host, "id": id});
        match end {
            Some(end) => {
                message["type"] = json!("end");
                message["started"] = json!(start);
                message["time"] = json!(end);
                message["attrs"] = json!({"step": name});
            }
            None => {
                message["type"] = json!("start");
                message["time"] = json!(start);
            }
        }
        message
    }
}

/// Sends builds 1 to 30, of which those from 21 on got slower: since then, `build.compile.server` takes longer.
pub fn send_history(server: &Server) {
    for number in 1..=30 {
        let name = number.to_string();
        let start = FIRST + number * BETWEEN;
        server.send(&Build { name: &name, start, is_slow: number > 20, ended: STEPS.len() }.messages());
    }
}

/// Sends one event in each state, to the context `states`.
pub fn send_states(server: &Server) {
    let time = |seconds: i64| FIRST + seconds * SECOND;
    let ended = |name: &str, id: i64, from: i64, to: i64, status: &str| {
        json!({"context": "states", "name": name, "id": id, "type": "end", "host": format!("h{id}"),
            "started": time(from), "time": time(to), "status": status})
    };
    server.send(&[
        ended("all.ok", 1, 0, 10, "ok"),
        ended("all.bad", 2, 10, 25, "failed"),
        ended("all.stopped", 3, 25, 30, "cancelled"),
        json!({"context": "states", "name": "all.running", "id": 4, "type": "start", "time": time(30)}),
        json!({"context": "states", "name": "all.orphan", "id": 5, "type": "end", "time": time(40)}),
        json!({"context": "states", "name": "all.point", "type": "event", "time": time(20)}),
    ]);
}

/// How many messages one request takes, so that its body is well below 8 MiB.
const REQUEST: usize = 40_000;

/// How long a timeline of many events takes.
const LONG: i64 = 600 * SECOND;

/// Sends events of so many names, one after the other in each, to a timeline `1` of a context. How long they are and what
/// is between them is as random as a real load's, to the nanosecond, and the same each time; ids are in the order of starts.
pub fn send_many(server: &Server, context: &str, events: usize, names: usize) {
    let slot = LONG / turn_of((events / names).max(1));
    let mut random = Random(7);
    let times = (0..events).map(|event| {
        let start = FIRST + slot * turn_of(event / names) + random.below(slot / 3);
        (start, start + slot / 10 + random.below(slot / 2), event)
    });
    let mut times: Vec<_> = times.collect();
    // Senders give ids when events begin.
    times.sort_unstable();
    let messages = times.into_iter().zip(1_usize..).map(|((start, end, event), id)| {
        let name = event % names;
        let name = format!("service{}.worker{}.request{name}", name % 20, name % 50);
        json!({"context": context, "timeline": "1", "name": name, "host": format!("h{}", event % 7), "id": id,
            "type": "end", "started": start, "time": end})
    });
    let messages: Vec<Value> = messages.collect();
    for request in messages.chunks(REQUEST) {
        server.send(request);
    }
}

/// A sequence that looks random.
struct Random(u64);

impl Random {
    /// The next number, below this one.
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap_or_default() % end.max(1)
    }
}

fn turn_of(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// Names that would be markup, run to the left, be very long, or be no text at all.
#[must_use]
pub fn hostile_names() -> Vec<String> {
    let long = "z".repeat(200);
    [
        "<img src=x onerror=alert(1)>",
        "<script>alert(2)</script>",
        "\u{202e}שלום",
        "🚀👩‍👩‍👧",
        "a&b=c#d?e%20",
        "\" onfocus=alert(3) x=\"",
        "C:\\x\\y",
        " ",
        &long,
    ]
    .map(str::to_owned)
    .to_vec()
}
