//! What is missing is known: packets that never came, messages that their sender dropped.

use std::time::Duration;

use serde_json::{Value, json};
use upto::wire::{Closing, Kind, Message, PacketDefaults, PacketWriter};

use crate::support::{Client, ServerProcess, TestServer};

struct Session {
    writer: PacketWriter,
    number: u64,
}

impl Session {
    fn new(number: u64) -> Self {
        let defaults = PacketDefaults { context: "c".into(), ..PacketDefaults::default() };
        Session { writer: PacketWriter::new(number, defaults, 1_400), number }
    }

    /// One packet of the session: with a point in `timeline`, or empty.
    fn packet(&mut self, sequence: u64, timeline: &str, dropped: u64, packets: Option<u64>) -> Vec<u8> {
        if !timeline.is_empty() {
            let id = 1_000 * self.number + sequence + 1;
            let kind = Kind::Point;
            let message =
                Message { kind, context: "c", timeline, name: "n", id, time: Some(1), ..Message::default() };
            self.writer.push(&message, &[]);
        }
        let age = Some(Duration::ZERO);
        self.writer.finish(&Closing { sequence, sent: 1, age, dropped, packets }).to_vec()
    }
}

fn eventually_loss(client: &Client, timeline: &str, expected: &Value) {
    let mut last = Value::Null;
    client.eventually(&format!("the loss {expected}, not {last}"), || {
        let answer = client.get(&format!("/api/contexts/c/timelines/{timeline}"));
        last = if answer.status == 200 { answer.json()["loss"].clone() } else { Value::Null };
        (last == *expected).then_some(())
    });
}

#[test]
fn gaps_are_lost_packets_until_they_are_filled() {
    let server = TestServer::start();
    let mut session = Session::new(1);
    let packets: Vec<_> = (0..6).map(|sequence| session.packet(sequence, "t", 0, None)).collect();
    [0, 3, 5].into_iter().for_each(|place| server.send(&packets[place]));
    eventually_loss(&server, "t", &json!({"packets": 3, "messages": 0}));
    // A late one, and one twice.
    [1, 1, 5].into_iter().for_each(|place| server.send(&packets[place]));
    eventually_loss(&server, "t", &json!({"packets": 2, "messages": 0}));
}

#[test]
fn the_first_and_the_last_packets_are_missed_too() {
    let server = TestServer::start();
    let mut session = Session::new(1);
    server.send(&session.packet(2, "t", 0, None));
    eventually_loss(&server, "t", &json!({"packets": 2, "messages": 0}));
    server.send(&session.packet(5, "", 7, Some(6)));
    eventually_loss(&server, "t", &json!({"packets": 4, "messages": 7}));
}

#[test]
fn a_timeline_misses_only_what_was_lost_since_the_session_came_to_it() {
    let server = TestServer::start();
    let mut session = Session::new(1);
    [(0, "t"), (4, "t"), (5, "u")]
        .into_iter()
        .for_each(|(sequence, timeline)| server.send(&session.packet(sequence, timeline, 0, None)));
    eventually_loss(&server, "t", &json!({"packets": 3, "messages": 0}));
    eventually_loss(&server, "u", &json!({"packets": 0, "messages": 0}));
}

#[test]
fn a_restart_of_the_server_loses_exactly_what_came_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = Session::new(1);
    let server = ServerProcess::start(folder.path());
    (0..4).for_each(|sequence| server.client.send(&session.packet(sequence, "t", 0, None)));
    // Acknowledged after what came before it is committed.
    server.client.eventually_events("c", 4);
    server.client.post(r#"{"context":"c","timeline":"t","name":"stored","type":"event"}"#);
    server.kill();
    let server = ServerProcess::start(folder.path());
    let mut late = |sequence| {
        session.writer.push(
            &Message {
                kind: Kind::Point,
                context: "c",
                timeline: "t",
                name: "n",
                id: sequence,
                time: Some(1),
                ..Message::default()
            },
            &[],
        );
        let age = Some(Duration::from_secs(3_600));
        session.writer.finish(&Closing { sequence, sent: 1, age, dropped: 0, packets: None }).to_vec()
    };
    [6, 7].into_iter().for_each(|sequence| server.client.send(&late(sequence)));
    eventually_loss(&server.client, "t", &json!({"packets": 2, "messages": 0}));
}
