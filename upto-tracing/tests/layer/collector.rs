//! A server that keeps what it is sent, and the client that sends to it.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::Subscriber;
use tracing_subscriber::prelude::*;
use upto::wire::{self, Batch, Decoder, Kind, Message, Status};
use upto::{Client, Guard, Value};
use upto_tracing::UptoLayer;

/// Only ever reached when something is wrong.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) type Attributes = BTreeMap<String, Value>;

/// The right to have a client: a process has one at a time, and tests may share a process.
pub(crate) struct Alone(#[expect(dead_code, reason = "held")] MutexGuard<'static, ()>);

impl Alone {
    pub(crate) fn new() -> Self {
        static CLIENT: Mutex<()> = Mutex::new(());
        Alone(CLIENT.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs `body` with a client and a subscriber, and returns what was sent.
pub(crate) fn collect_from(subscriber: impl Subscriber + Send + Sync, body: impl FnOnce()) -> Seen {
    let alone = Alone::new();
    let collector = Collector::start(&alone);
    tracing::subscriber::with_default(subscriber, body);
    collector.finish()
}

/// Likewise, with `layer` on a registry.
pub(crate) fn collect_with(layer: UptoLayer, body: impl FnOnce()) -> Seen {
    collect_from(tracing_subscriber::registry().with(layer), body)
}

pub(crate) fn collect(body: impl FnOnce()) -> Seen {
    collect_with(upto_tracing::layer(), body)
}

pub(crate) struct Collector {
    /// Reads all the time, as a socket's buffer is small.
    reader: JoinHandle<Seen>,
    guard: Guard,
}

impl Collector {
    pub(crate) fn start(_: &Alone) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let server = socket.local_addr().unwrap().to_string();
        let client = Client::builder().server(&server).unwrap().context("test").flush_deadline(DEADLINE);
        let guard = client.init().unwrap();
        Collector { guard, reader: thread::spawn(move || read(&socket)) }
    }

    /// Ends the client and returns all that it sent.
    pub(crate) fn finish(self) -> Seen {
        drop(self.guard);
        self.reader.join().unwrap()
    }
}

fn read(socket: &UdpSocket) -> Seen {
    let mut seen = Seen::default();
    let mut datagram = vec![0; wire::limits::DATAGRAM_BYTES];
    let (mut received, mut sent) = (0, u64::MAX);
    while received < sent {
        let length = socket.recv(&mut datagram).unwrap();
        let batch = Decoder::new().decode(&datagram[..length]).unwrap();
        seen.add(&batch);
        received += 1;
        sent = batch.session.unwrap().packets.unwrap_or(sent);
    }
    seen
}

/// What was sent, in the order of the starts.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    events: Vec<SeenEvent>,
    pub(crate) points: Vec<SeenPoint>,
}

#[derive(Debug)]
pub(crate) struct SeenPoint {
    pub(crate) path: String,
    pub(crate) attributes: Attributes,
}

#[derive(Debug, Default)]
pub(crate) struct SeenEvent {
    pub(crate) id: u64,
    pub(crate) path: String,
    pub(crate) context: String,
    pub(crate) timeline: String,
    pub(crate) host: String,
    /// Sent with the start.
    pub(crate) attributes: Attributes,
    pub(crate) started: i64,
    pub(crate) end: Option<SeenEnd>,
}

#[derive(Debug)]
pub(crate) struct SeenEnd {
    pub(crate) attributes: Attributes,
    pub(crate) status: Status,
    pub(crate) text: String,
    pub(crate) started: Option<i64>,
    pub(crate) time: i64,
}

impl Seen {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &SeenEvent> {
        self.events.iter()
    }

    pub(crate) fn paths(&self) -> Vec<&str> {
        self.events.iter().map(|event| event.path.as_str()).collect()
    }

    pub(crate) fn sorted_paths(&self) -> Vec<&str> {
        let mut paths = self.paths();
        paths.sort_unstable();
        paths
    }

    /// The only event of this path.
    #[track_caller]
    pub(crate) fn event(&self, path: &str) -> &SeenEvent {
        let mut events = self.events.iter().filter(|event| event.path == path);
        let event = events.next().unwrap_or_else(|| panic!("no {path} in {:?}", self.paths()));
        assert!(events.next().is_none(), "more than one {path}");
        event
    }

    fn add(&mut self, batch: &Batch<'_>) {
        for message in &batch.messages {
            let attributes = attributes(batch, message);
            match message.kind {
                Kind::Start => self.events.push(SeenEvent {
                    id: message.id,
                    path: message.name.to_owned(),
                    context: message.context.to_owned(),
                    timeline: message.timeline.to_owned(),
                    host: message.host.to_owned(),
                    attributes,
                    started: message.time.unwrap(),
                    end: None,
                }),
                Kind::End => self.end(message, attributes),
                Kind::Point => self.points.push(SeenPoint { path: message.name.to_owned(), attributes }),
                Kind::New | Kind::Pulse | Kind::Cancel | Kind::Log => {
                    panic!("the layer does not send {message:?}")
                }
            }
        }
    }

    fn end(&mut self, message: &Message<'_>, attributes: Attributes) {
        let event = self.events.iter_mut().find(|event| event.id == message.id).expect("an end has a start");
        assert_eq!(event.path, message.name);
        let ended = event.end.replace(SeenEnd {
            attributes,
            status: message.status,
            text: message.text.to_owned(),
            started: message.started,
            time: message.time.unwrap(),
        });
        assert!(ended.is_none(), "{} ended twice", message.name);
    }
}

impl SeenPoint {
    #[track_caller]
    pub(crate) fn text(&self, key: &str) -> &str {
        match self.attributes.get(key) {
            Some(Value::Text(text)) => text,
            other => panic!("{key} is {other:?}"),
        }
    }
}

impl SeenEvent {
    /// The ids of the events that it follows, as it says at its end.
    #[track_caller]
    pub(crate) fn followed(&self) -> Vec<u64> {
        match self.end().attributes.get("follows") {
            Some(Value::Text(ids)) => ids.split(',').map(|id| id.parse().unwrap()).collect(),
            None => Vec::new(),
            other => panic!("follows is {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn end(&self) -> &SeenEnd {
        self.end.as_ref().unwrap_or_else(|| panic!("{} did not end", self.path))
    }

    /// How it ended, and the reason.
    #[track_caller]
    pub(crate) fn outcome(&self) -> (Status, &str) {
        (self.end().status, &self.end().text)
    }
}

fn attributes(batch: &Batch<'_>, message: &Message<'_>) -> Attributes {
    batch.attributes_of(message).iter().map(|(key, value)| ((*key).to_owned(), owned(value))).collect()
}

fn owned(value: &wire::Value<'_>) -> Value {
    match *value {
        wire::Value::Bool(value) => Value::Bool(value),
        wire::Value::Int(value) => Value::Int(value),
        wire::Value::Uint(value) => Value::Uint(value),
        wire::Value::Float(value) => Value::Float(value),
        wire::Value::Text(value) => Value::Text(value.to_owned().into()),
    }
}
