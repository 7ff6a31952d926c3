//! A client that sends to the test itself, and the events that it sent.

// What is not as it should be here fails the test.
#![allow(clippy::expect_used)]

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use upto::wire::{Batch, Decoder, Kind, Message, Status};
use upto::{Client, Value};

/// A process has one client at a time, and `cargo test` runs a binary's tests in one process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Only ends tests that fail: what is waited for has been sent before.
const DEADLINE: Duration = Duration::from_secs(10);

/// An event as its marks tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Event {
    pub name: String,
    pub context: String,
    pub host: String,
    pub attributes: BTreeMap<String, Value>,
    pub status: Status,
    pub text: String,
    /// The places of its marks among all that were sent.
    pub start: Option<usize>,
    pub end: Option<usize>,
}

/// Runs `work` while a client sends, and gives the events by their start.
pub(crate) fn sent_by(work: impl FnOnce()) -> Vec<Event> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let address = socket.local_addr().expect("its address").to_string();
    let client =
        Client::builder().server(&address).expect("an address").context("test").flush_deadline(DEADLINE);
    let guard = client.init().expect("a client");
    work();
    drop(guard);
    received(&socket)
}

/// Runs `work` while there is no client.
pub(crate) fn without_client<T>(work: impl FnOnce() -> T) -> T {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

/// The one event of this name.
pub(crate) fn find<'e>(events: &'e [Event], name: &str) -> &'e Event {
    let mut found = events.iter().filter(|event| event.name == name);
    let (first, second) = (found.next(), found.next());
    assert!(second.is_none(), "several {name:?} in {events:#?}");
    first.unwrap_or_else(|| no_event(events, name))
}

#[allow(clippy::panic)]
fn no_event(events: &[Event], name: &str) -> ! {
    panic!("no {name:?} in {events:#?}")
}

impl Event {
    pub(crate) fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key)
    }

    pub(crate) fn keys(&self) -> Vec<&str> {
        self.attributes.keys().map(String::as_str).collect()
    }

    /// Whether this one was open all the while that `other` was.
    pub(crate) fn spans(&self, other: &Event) -> bool {
        self.start < other.start && other.end < self.end && other.end.is_some()
    }
}

/// Reads packets until all are there; the last one tells how many there are.
fn received(socket: &UdpSocket) -> Vec<Event> {
    socket.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    let (mut buffer, mut decoder, mut events) = (vec![0; 65_536], Decoder::new(), Events::default());
    let (mut packets, mut expected) = (0, None);
    while expected.is_none_or(|expected| packets < expected) {
        let length = socket.recv(&mut buffer).expect("a packet");
        let batch = decoder.decode(&buffer[..length]).expect("a good packet");
        expected = expected.or(batch.session.and_then(|session| session.packets));
        packets += 1;
        batch.messages.iter().for_each(|message| events.add(message, &batch));
        decoder.recycle(batch);
    }
    events.by_start()
}

#[derive(Default)]
struct Events {
    marks: usize,
    by_id: BTreeMap<u64, Event>,
}

impl Events {
    fn add(&mut self, message: &Message<'_>, batch: &Batch<'_>) {
        let event = self.by_id.entry(message.id).or_default();
        message.name.clone_into(&mut event.name);
        message.context.clone_into(&mut event.context);
        message.host.clone_into(&mut event.host);
        let attributes = batch.attributes_of(message).iter();
        event.attributes.extend(attributes.map(|(key, value)| ((*key).to_owned(), Value::from(*value))));
        match message.kind {
            Kind::Start => event.start = Some(self.marks),
            Kind::End => (event.end, event.status) = (Some(self.marks), message.status),
            Kind::Point | Kind::New => {}
        }
        message.text.clone_into(&mut event.text);
        self.marks += 1;
    }

    fn by_start(self) -> Vec<Event> {
        let mut events: Vec<Event> = self.by_id.into_values().collect();
        events.sort_by_key(|event| event.start);
        events
    }
}
