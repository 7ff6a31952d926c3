//! Clocks of hosts that disagree: set right when read, switchable, and known again after a restart.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use upto::wire::{Closing, Kind, Message, PacketDefaults, PacketWriter};
use upto_server::Server;
use upto_server::clock::{Clock, ManualClock};
use upto_server::store::StoreUrl;

use crate::live::Stream;
use crate::support::{Client, TestServer};

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// 2026-11-21T02:47:39Z.
const NOW: i64 = 1_795_229_259 * SECOND;
const TIMELINE: &str = "/api/contexts/c/timelines/t";

/// A process on a host whose clock is ahead.
struct Sender {
    writer: PacketWriter,
    host: &'static str,
    ahead: i64,
    sequence: u64,
}

/// Sends a datagram, and waits until the server has taken it, by its clock as it is now.
fn send(client: &Client, datagram: &[u8]) {
    let before = client.counter("upto_datagrams_total");
    client.send(datagram);
    client.eventually("the packet", || (client.counter("upto_datagrams_total") > before).then_some(()));
}

impl Sender {
    fn new(session: u64, host: &'static str, ahead: i64) -> Self {
        let defaults = PacketDefaults { context: "c".into(), host: host.into(), ..PacketDefaults::default() };
        Sender { writer: PacketWriter::new(session, defaults, 60_000), host, ahead, sequence: 0 }
    }

    /// One mark, which leaves at the instant at which it happens.
    fn send(&mut self, client: &Client, kind: Kind, name: &str, at: i64) {
        let time = Some(at + self.ahead);
        let message = Message {
            kind,
            context: "c",
            timeline: "t",
            host: self.host,
            name,
            id: 1,
            time,
            ..Message::default()
        };
        self.writer.push(&message, &[]);
        let age = u64::try_from(at - NOW).expect("after it began");
        let closing = Closing {
            sequence: self.sequence,
            sent: at + self.ahead,
            age: Some(Duration::from_nanos(age)),
            messages: Some(self.sequence),
            ..Closing::default()
        };
        send(client, self.writer.finish(&closing));
        self.sequence += 1;
    }
}

/// Advances the clock to an instant after [`NOW`].
fn advance(clock: &ManualClock, to: i64) {
    clock.advance(Duration::from_nanos(u64::try_from(to - clock.now()).expect("later")));
}

fn server(store: StoreUrl, clock: &Arc<ManualClock>) -> TestServer {
    TestServer::start_with(Server::builder().store(store).clock(clock.clone()))
}

/// Six steps, by turns on the two hosts, a second each.
fn by_turns(client: &Client, clock: &ManualClock) {
    let (mut one, mut other) = (Sender::new(1, "one", 0), Sender::new(2, "other", 2 * HOUR));
    for (step, name) in (0..).zip(["a", "b", "c", "d", "e", "f"]) {
        let begin = NOW + step * SECOND;
        advance(clock, begin);
        let sender = if step % 2 == 0 { &mut one } else { &mut other };
        sender.send(client, Kind::Start, name, begin);
        advance(clock, begin + SECOND / 2);
        sender.send(client, Kind::End, name, begin + SECOND / 2);
    }
}

fn names(events: &Value) -> Vec<&str> {
    let items = events["_embedded"]["item"].as_array().expect("items");
    items.iter().filter_map(|event| event["name"].as_str()).collect()
}

/// What is told of the two hosts.
fn assert_corrected(client: &Client) {
    let timeline = client.json(TIMELINE);
    assert_eq!(
        (&timeline["first"], &timeline["duration_seconds"]),
        (&json!("2026-11-21T02:47:39.000000000Z"), &json!(5.5))
    );
    let skew = &timeline["skew"];
    assert_eq!((&skew["corrected"], &skew["hosts"], &skew["applied"]), (&json!(true), &json!(2), &json!(1)));
    assert_eq!(
        skew["clocks"][0],
        json!({"host": "other", "offset_seconds": -7200.0, "uncertainty_seconds": 0.001, "applied": true})
    );
    assert_eq!((&skew["clocks"][1]["host"], &skew["clocks"][1]["applied"]), (&json!("one"), &json!(false)));
    let events = client.json(&format!("{TIMELINE}/events"));
    assert_eq!(names(&events), ["a", "b", "c", "d", "e", "f"]);
    let second = &events["_embedded"]["item"][1];
    assert_eq!(
        (&second["start"], &second["duration_seconds"]),
        (&json!("2026-11-21T02:47:40.000000000Z"), &json!(0.5))
    );
}

#[test]
fn events_of_hosts_whose_clocks_are_hours_apart_interleave() {
    let clock = Arc::new(ManualClock::new(NOW));
    let server = server(StoreUrl::Memory, &clock);
    by_turns(&server, &clock);
    assert_corrected(&server);
    let tree = server.json(&format!("{TIMELINE}/tree"));
    assert_eq!(
        (&tree["roots"][1]["name"], &tree["roots"][1]["first"]),
        (&json!("b"), &json!("2026-11-21T02:47:40.000000000Z"))
    );
}

#[test]
fn correction_is_switched_off_by_following_the_link() {
    let clock = Arc::new(ManualClock::new(NOW));
    let server = server(StoreUrl::Memory, &clock);
    by_turns(&server, &clock);
    let link = |from: &Value, to: &str| from["_links"][to]["href"].as_str().expect("a link").to_owned();
    let raw = server.json(&link(&server.json(TIMELINE), "upto:raw"));
    assert_eq!((&raw["duration_seconds"], &raw["skew"]["corrected"]), (&json!(7205.5), &json!(false)));
    assert_eq!(raw["skew"]["applied"], 1, "it would be");
    let first = server.json(&format!("{}&limit=1", link(&raw, "upto:events")));
    let second = server.json(&link(&first, "next"));
    assert_eq!(
        (names(&first), names(&second)),
        (vec!["a"], vec!["c"]),
        "pages keep asking for the same times"
    );
    let last = server.json(&format!("{}&limit=6", link(&raw, "upto:events")))["_embedded"]["item"][5].clone();
    assert_eq!(last["start"], "2026-11-21T04:47:44.000000000Z");
    assert_eq!(server.json(&link(&raw, "upto:tree"))["roots"][1]["name"], "c");
    assert_eq!(server.json(&link(&raw, "upto:corrected"))["duration_seconds"], 5.5);
    assert!(server.get(&format!("{TIMELINE}?skew=no")).problem(400).contains("skew"));
}

#[test]
fn a_reader_of_the_stream_starts_over_when_a_clock_turns_out_to_be_wrong() {
    let clock = Arc::new(ManualClock::new(NOW));
    let server = server(StoreUrl::Memory, &clock);
    server.post(r#"{"context":"c","timeline":"t","name":"before","type":"event"}"#);
    let mut corrected = Stream::open(&server, TIMELINE);
    let mut raw = Stream::at(&server, &format!("{TIMELINE}/live?skew=raw"));
    for stream in [&mut corrected, &mut raw] {
        stream.next_of("timeline");
    }
    let mut sender = Sender::new(2, "other", 2 * HOUR);
    sender.send(&server, Kind::Start, "b", NOW);
    assert_eq!(corrected.next_of("reset"), json!({}));
    assert_eq!(corrected.next_of("timeline")["skew"]["applied"], 1);
    let told = raw.next_of("events")["events"][0].clone();
    assert_eq!(told["start"], "2026-11-21T04:47:39.000000000Z");
    sender.send(&server, Kind::End, "b", NOW);
    let told = corrected.next_of("events")["events"][0].clone();
    assert_eq!(
        (&told["start"], &told["end"]),
        (&json!("2026-11-21T02:47:39.000000000Z"), &json!("2026-11-21T02:47:39.000000000Z"))
    );
}

#[test]
fn what_is_known_of_clocks_is_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::new(NOW));
    let store = || StoreUrl::Redb(folder.path().into());
    let first = server(store(), &clock);
    by_turns(&first, &clock);
    drop(first);
    advance(&clock, NOW + 7 * 24 * HOUR);
    assert_corrected(&server(store(), &clock));
}

#[test]
fn what_has_no_session_or_no_time_of_its_own_is_left_alone() {
    let clock = Arc::new(ManualClock::new(NOW));
    let server = server(StoreUrl::Memory, &clock);
    let mut sender = Sender::new(1, "other", 2 * HOUR);
    sender.send(&server, Kind::Start, "of a session", NOW);
    let timeless = Message {
        kind: Kind::Point,
        context: "c",
        timeline: "t",
        host: "other",
        name: "timeless",
        ..Message::default()
    };
    sender.writer.push(&timeless, &[]);
    server.send(sender.writer.finish(&Closing {
        sequence: 1,
        sent: NOW + 2 * HOUR,
        age: Some(Duration::ZERO),
        messages: Some(1),
        ..Closing::default()
    }));
    server.post(
        r#"{"context":"c","timeline":"t","name":"of a script","host":"other","type":"event","time":"2026-11-21T02:47:39Z"}"#,
    );
    let events = server.eventually_events("c", 3);
    assert!(events.iter().all(|event| event["start"] == "2026-11-21T02:47:39.000000000Z"), "{events:?}");
}
