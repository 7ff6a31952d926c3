//! What is missing is known: packets that never came and the messages in them, messages that their sender dropped.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use upto::wire::{Closing, Kind, Message, PacketDefaults, PacketWriter};
use upto_server::Server;

use crate::gated_store::GatedStore;
use crate::support::{Client, ServerProcess, TestServer};

/// A sender, each of whose packets has one message more than the one before it: 1, 2, 3, …
struct Session {
    writer: PacketWriter,
    number: u64,
    age: Duration,
}

impl Session {
    fn new(number: u64) -> Self {
        let defaults = PacketDefaults { context: "c".into(), ..PacketDefaults::default() };
        Session { writer: PacketWriter::new(number, defaults, 60_000), number, age: Duration::ZERO }
    }

    /// One that began before any server did.
    fn old(number: u64) -> Self {
        Session { age: Duration::from_secs(3_600), ..Self::new(number) }
    }

    fn messages_before(sequence: u64) -> u64 {
        sequence * (sequence + 1) / 2
    }

    fn packet(&mut self, sequence: u64, timeline: &str) -> Vec<u8> {
        let before = Self::messages_before(sequence);
        for id in before..=before + sequence {
            let id = 1_000_000 * self.number + id + 1;
            let kind = Kind::Point;
            let message =
                Message { kind, context: "c", timeline, name: "n", id, time: Some(1), ..Message::default() };
            self.writer.push(&message, &[]);
        }
        self.finish(Closing { sequence, messages: Some(before), ..Closing::default() })
    }

    /// The last packet, of a session that had so many, with no message in it.
    fn closing(&mut self, packets: u64, dropped: u64) -> Vec<u8> {
        let messages = Some(Self::messages_before(packets - 1));
        self.finish(Closing {
            sequence: packets - 1,
            packets: Some(packets),
            dropped,
            messages,
            ..Closing::default()
        })
    }

    fn finish(&mut self, closing: Closing) -> Vec<u8> {
        self.writer.finish(&Closing { sent: 1, age: Some(self.age), ..closing }).to_vec()
    }
}

fn loss(packets: u64, messages: u64, dropped: u64) -> Value {
    json!({"packets": packets, "messages": messages, "dropped": dropped, "at_least": false})
}

fn at_least(mut loss: Value) -> Value {
    loss["at_least"] = true.into();
    loss
}

/// The timeline, once that is what it lacks.
fn eventually_loss(client: &Client, timeline: &str, expected: &Value) -> Value {
    client.eventually(&format!("the loss {expected}"), || {
        let answer = client.get(&format!("/api/contexts/c/timelines/{timeline}"));
        let timeline = (answer.status == 200).then(|| answer.json())?;
        (timeline["loss"] == *expected).then_some(timeline)
    })
}

#[test]
fn gaps_are_lost_packets_until_they_are_filled() {
    let server = TestServer::start();
    let mut session = Session::new(1);
    let packets: Vec<_> = (0..6).map(|sequence| session.packet(sequence, "t")).collect();
    [0, 3, 5].into_iter().for_each(|place| server.send(&packets[place]));
    eventually_loss(&server, "t", &loss(3, 2 + 3 + 5, 0));
    // A late one, and one twice.
    [1, 1, 5].into_iter().for_each(|place| server.send(&packets[place]));
    let timeline = server.eventually("both duplicates", || {
        let timeline = eventually_loss(&server, "t", &loss(2, 3 + 5, 0));
        (timeline["received"]["duplicate"] == 2).then_some(timeline)
    });
    assert_eq!(
        timeline["received"],
        json!({"packets": 4, "messages": 1 + 2 + 4 + 6, "late": 1, "duplicate": 2})
    );
    assert_eq!(timeline["events"]["total"], 1 + 2 + 4 + 6);
}

#[test]
fn the_first_and_the_last_packets_are_missed_too() {
    let server = TestServer::start();
    let mut session = Session::new(1);
    server.send(&session.packet(2, "t"));
    eventually_loss(&server, "t", &loss(2, 1 + 2, 0));
    server.send(&session.closing(6, 7));
    eventually_loss(&server, "t", &loss(4, 1 + 2 + 4 + 5, 7));
}

#[test]
fn sessions_are_open_until_they_say_that_they_have_ended() {
    let server = TestServer::start();
    let mut session = Session::new(1);
    server.send(&session.packet(0, "t"));
    let eventually_open = |open: u64, what: &str| {
        server.eventually(what, || {
            let timeline = eventually_loss(&server, "t", &loss(0, 0, 0));
            (timeline["sessions"] == json!({"total": 1, "open": open})).then_some(())
        });
    };
    eventually_open(1, "that what it sent last may be missing");
    server.send(&session.closing(1, 0));
    eventually_open(0, "the end");
}

#[test]
fn a_timeline_misses_only_what_was_lost_since_the_session_came_to_it() {
    let server = TestServer::start();
    let mut session = Session::new(1);
    [(0, "t"), (4, "t"), (5, "u")]
        .into_iter()
        .for_each(|(sequence, timeline)| server.send(&session.packet(sequence, timeline)));
    eventually_loss(&server, "t", &loss(3, 2 + 3 + 4, 0));
    eventually_loss(&server, "u", &loss(0, 0, 0));
}

#[test]
fn what_the_server_refuses_is_missing_from_the_timeline() {
    let server = TestServer::start();
    let mut session = Session::new(1);
    server.send(&session.packet(0, "t"));
    let mut damaged = session.packet(1, "t");
    damaged.push(0);
    server.send(&damaged);
    server.send(&session.closing(3, 0));
    eventually_loss(&server, "t", &loss(1, 2, 0));
    assert_eq!(server.counter(r#"upto_refused_total{input="udp",reason="trailing_bytes"}"#), 1);
}

#[test]
fn a_session_that_ends_while_nothing_is_taken_has_lost_what_was_refused() {
    let store = Arc::new(GatedStore::new());
    let server = TestServer::start_with(Server::builder().opened_store(store.clone()).memory_bytes(1 << 20));
    let mut session = Session::new(1);
    server.send(&session.packet(0, "t"));
    eventually_loss(&server, "t", &loss(0, 0, 0));
    store.appends.close();
    let refused = r#"upto_refused_total{input="udp",reason="behind"}"#;
    let mut filling = Session::new(2);
    let mut sequence = 100;
    server.eventually("that nothing more is taken", || {
        sequence += 1;
        server.send(&filling.packet(sequence, "filling"));
        (server.counter(refused) > 0).then_some(())
    });
    let before = server.counter(refused);
    server.send(&session.packet(1, "t"));
    server.eventually("the refusal", || (server.counter(refused) > before).then_some(()));
    server.send(&session.closing(3, 0));
    let timeline = eventually_loss(&server, "t", &loss(1, 2, 0));
    assert_eq!(timeline["sessions"], json!({"total": 1, "open": 0}));
    store.appends.open();
    let ready = || (server.get("/readyz").status == 200).then_some(());
    server.eventually("that it is ready", ready);
    drop(server);
    let server = TestServer::start_with(Server::builder().opened_store(store));
    eventually_loss(&server, "t", &loss(1, 2, 0));
}

#[test]
fn of_a_sender_that_does_not_number_its_messages_only_the_packets_are_known() {
    let server = TestServer::start();
    let mut session = Session::new(1);
    for sequence in [0, 2] {
        session.packet(0, "t");
        let message =
            Message { kind: Kind::Point, context: "c", timeline: "t", name: "n", ..Message::default() };
        session.writer.push(&message, &[]);
        server.send(&session.finish(Closing { sequence, ..Closing::default() }));
    }
    eventually_loss(&server, "t", &at_least(loss(1, 0, 0)));
}

#[test]
fn a_restart_of_the_server_loses_exactly_what_came_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = Session::new(1);
    let server = ServerProcess::start(folder.path());
    (0..4).for_each(|sequence| server.client.send(&session.packet(sequence, "t")));
    // Acknowledged after what came before it is committed.
    server.client.eventually_events("c", 1 + 2 + 3 + 4);
    server.client.post(r#"{"context":"c","timeline":"t","name":"stored","type":"event"}"#);
    server.kill();
    let server = ServerProcess::start(folder.path());
    let mut session = Session { age: Duration::from_secs(3_600), ..session };
    [6, 7].into_iter().for_each(|sequence| server.client.send(&session.packet(sequence, "t")));
    eventually_loss(&server.client, "t", &loss(2, 5 + 6, 0));
    // One that was on its way meanwhile.
    server.client.send(&session.packet(5, "t"));
    let timeline = eventually_loss(&server.client, "t", &loss(1, 5, 0));
    assert_eq!(
        timeline["received"],
        json!({"packets": 7, "messages": 10 + 6 + 7 + 8, "late": 1, "duplicate": 0})
    );
}

#[test]
fn what_was_sent_before_the_server_ran_may_be_missing() {
    let server = TestServer::start();
    let mut session = Session::old(1);
    [4, 6].into_iter().for_each(|sequence| server.send(&session.packet(sequence, "t")));
    eventually_loss(&server, "t", &at_least(loss(1, 6, 0)));
}

#[test]
fn everything_is_in_the_metrics() {
    let server = TestServer::start();
    let mut session = Session::new(1);
    let packets: Vec<_> = (0..4).map(|sequence| session.packet(sequence, "t")).collect();
    [2, 0, 0].into_iter().for_each(|place| server.send(&packets[place]));
    server.send(&session.closing(5, 9));
    eventually_loss(&server, "t", &loss(2, 2 + 4, 9));
    let expected = [
        ("upto_packets_expected_total", 5),
        ("upto_packets_received_total", 3),
        ("upto_packets_late_total", 1),
        ("upto_packets_duplicate_total", 1),
        ("upto_packets_lost", 2),
        ("upto_packet_messages_expected_total", 10),
        ("upto_packet_messages_received_total", 4),
        ("upto_packet_messages_lost", 6),
        ("upto_messages_dropped_by_senders_total", 9),
    ];
    let counted = expected.map(|(name, _)| (name, server.counter(name)));
    assert_eq!(counted, expected);
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_system_dropped_is_in_the_metrics() {
    let server = TestServer::start();
    server.eventually("a number, once the socket is read", || {
        let text = String::from_utf8(server.get("/metrics").body).expect("text");
        text.contains("\nupto_datagrams_dropped_by_kernel_total 0\n").then_some(())
    });
}
