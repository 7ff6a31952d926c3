//! What the fixtures hold: something of everything that a server stores.

use std::time::Duration;

use serde_json::{Value, json};
use upto::wire::{Closing, Kind, Message, PacketDefaults, PacketWriter, Value as Attribute};
use upto_server::clock::ManualClock;

use super::NOW;
use crate::support::Client;

const SECOND: i64 = 1_000_000_000;
/// A name with everything that keys and links have to escape.
const HOSTILE: &str = "a/b%2F<\u{202e}\n";
/// Packets of the session, of which one is lost.
const PACKETS: u64 = 5;

/// Has the server store it all.
pub(super) fn send(client: &Client, clock: &ManualClock) {
    events(client);
    packets(client, clock);
    people(client);
    ask(client, "DELETE", "/api/contexts/gone", "", 204);
    let token = json!({"name": "ci", "scopes": ["send", "read"], "contexts": ["build", "deploy*"]});
    ask(client, "POST", "/api/tokens", &token.to_string(), 201);
    // Makes the digest of a timeline that has ended.
    client.json("/api/contexts/build/timelines/1/history");
}

/// What was open ends, and what is new comes behind what was there.
pub(super) fn goes_on(client: &Client) {
    let before = client.latest("build");
    let end = json!({"context": "build", "name": "compile.link", "type": "end", "time": NOW + 90 * SECOND});
    client.post(&end.to_string());
    let events = client.events(&before);
    let link = events.iter().find(|event| event["name"] == "compile.link").expect("the event that was open");
    assert_eq!(link["state"], "done");
    client.post(r#"{"context":"build","timeline":"after","name":"n","type":"event"}"#);
    assert_eq!(client.latest("build"), "/api/contexts/build/timelines/after");
    client.post(r#"{"context":"gone","timeline":"again","name":"n","type":"event"}"#);
    assert_eq!(client.events("/api/contexts/gone/timelines/again").len(), 1);
}

fn ask(client: &Client, method: &str, path: &str, body: &str, status: u16) {
    let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
    let answer = client.request(method, path, kind, body.as_bytes());
    assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
}

/// Events of all states, with and without ids, hosts, texts and attributes, in several timelines.
fn events(client: &Client) {
    let at = |seconds: i64| NOW + seconds * SECOND;
    let mark = |timeline: &str, name: &str, kind: &str, time: i64| json!({"context": "build", "timeline": timeline, "name": name, "type": kind, "time": time});
    let with = |mut mark: Value, more: Value| {
        mark.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        mark
    };
    client.post(&json!([mark("1", "all", "start", at(1)), mark("1", "all", "end", at(9))]).to_string());
    let attributes = json!({"text": "\u{1f980}", "whole": -7, "fraction": 1.5, "is": true});
    client.post(
        &json!([
            with(
                mark("2", "compile", "start", at(20)),
                json!({"id": 7, "host": "ci-01", "attrs": attributes})
            ),
            mark("2", "compile.link", "start", at(21)),
            with(mark("2", r"compile.a\.b", "end", at(22)), json!({"status": "failed", "text": "why"})),
            with(mark("2", "compile", "end", at(30)), json!({"id": 7, "host": "ci-01", "status": "failed"})),
            with(mark("2", "stopped", "start", at(23)), json!({"id": 8})),
            with(mark("2", "stopped", "end", at(24)), json!({"id": 8, "status": "cancelled"})),
            mark("2", "again", "start", at(25)),
            mark("2", "again", "end", at(26)),
            mark("2", "again", "start", at(27)),
            mark("2", "again", "end", at(28)),
            with(mark("2", "moment", "event", at(29)), json!({"text": "now"})),
        ])
        .to_string(),
    );
    for context in [HOSTILE, "deploy", "gone"] {
        client.post(&json!({"context": context, "timeline": HOSTILE, "name": HOSTILE, "type": "event", "time": at(40)}).to_string());
    }
}

/// A session of an SDK on a host whose clock is ahead, one of whose packets is lost.
fn packets(client: &Client, clock: &ManualClock) {
    let defaults =
        PacketDefaults { context: "sdk".into(), host: "ci-02".into(), ..PacketDefaults::default() };
    let mut writer = PacketWriter::new(7, defaults, 60_000);
    for sequence in 0..PACKETS {
        clock.advance(Duration::from_secs(1));
        let since = i64::try_from(sequence + 1).expect("few") * SECOND;
        // Two hours ahead.
        let sent = NOW + since + 7_200 * SECOND;
        let mark = |kind, name, id| {
            let (context, timeline, host, time) = ("sdk", "t", "ci-02", Some(sent));
            Message { kind, context, timeline, host, name, id, time, ..Message::default() }
        };
        writer.push(&mark(Kind::Start, "work", sequence + 1), &[("n", Attribute::Int(since))]);
        writer.push(&mark(Kind::Point, "work.seen", 0), &[]);
        let age = Duration::from_nanos(u64::try_from(since).expect("after it began"));
        let (packets, messages) = ((sequence + 1 == PACKETS).then_some(PACKETS), Some(2 * sequence));
        let closing = Closing { sequence, sent, age: Some(age), messages, packets, dropped: 3 };
        let packet = writer.finish(&closing).to_vec();
        if sequence != 1 {
            take(client, &packet);
        }
    }
}

/// Sends a datagram, and waits until the server has taken it, by its clock as it is now.
fn take(client: &Client, packet: &[u8]) {
    let before = client.counter("upto_datagrams_total");
    client.send(packet);
    client.eventually("the packet", || (client.counter("upto_datagrams_total") > before).then_some(()));
}

/// What people do to contexts and timelines.
fn people(client: &Client) {
    ask(
        client,
        "PUT",
        "/api/contexts/build/retention",
        r#"{"age_seconds": 864000, "count": 50, "bytes": 1000000000}"#,
        200,
    );
    ask(client, "PUT", "/api/contexts/build/timelines/1/pinned", "", 200);
    ask(
        client,
        "PUT",
        "/api/contexts/build/timelines/1/metadata",
        r#"{"git.revision": "0123abc", "by": "ci"}"#,
        200,
    );
    for name in ["candidate", "release 1"] {
        ask(client, "PATCH", "/api/contexts/build/timelines/1", &json!({ "name": name }).to_string(), 200);
    }
    ask(client, "PATCH", "/api/contexts/deploy", r#"{"name": "deployment"}"#, 200);
}
