//! The server's side of the wire: a client that sends to the test itself, and what it has sent.

// What is not as it should be here fails the test.
#![allow(clippy::expect_used)]

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use upto::wire::{Batch, Decoder, Kind, Message, SessionInfo, Status};
use upto::{Client, ClientBuilder, Value};

/// Only ends tests that fail: what is waited for has been sent before.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A process has one client at a time, and `cargo test` runs a binary's tests in one process.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes what a client sends.
pub(crate) struct Receiver(UdpSocket);

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Received {
    pub(crate) kind: Kind,
    pub(crate) context: String,
    pub(crate) timeline: String,
    pub(crate) host: String,
    pub(crate) name: String,
    pub(crate) id: u64,
    pub(crate) started: Option<i64>,
    pub(crate) status: Status,
    pub(crate) text: String,
    pub(crate) attributes: BTreeMap<String, Value>,
    pub(crate) truncated: bool,
}

impl Received {
    fn new(message: &Message<'_>, batch: &Batch<'_>) -> Self {
        let attributes = batch.attributes_of(message).iter();
        Received {
            kind: message.kind,
            context: message.context.to_owned(),
            timeline: message.timeline.to_owned(),
            host: message.host.to_owned(),
            name: message.name.to_owned(),
            id: message.id,
            started: message.started,
            status: message.status,
            text: message.text.to_owned(),
            attributes: attributes.map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect(),
            truncated: message.truncated,
        }
    }
}

impl Receiver {
    pub(crate) fn new(address: &str) -> Self {
        let socket = UdpSocket::bind(address).expect("a socket");
        socket.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        Receiver(socket)
    }

    pub(crate) fn address(&self) -> String {
        self.0.local_addr().expect("its address").to_string()
    }

    /// Of a client that sends here.
    pub(crate) fn builder(&self) -> ClientBuilder {
        let builder = Client::builder().server(&self.address()).expect("an address");
        builder.context("test").flush_deadline(DEADLINE)
    }

    /// The next packet: its session, its bytes, its messages.
    pub(crate) fn packet(&self) -> (SessionInfo, usize, Vec<Received>) {
        let mut buffer = vec![0; 65_536];
        let length = self.0.recv(&mut buffer).expect("a packet");
        let batch = Decoder::new().decode(&buffer[..length]).expect("a good packet");
        let said = batch.messages.iter().chain(&batch.reports);
        let messages = said.map(|message| Received::new(message, &batch)).collect();
        (batch.session.expect("a session"), length, messages)
    }

    /// All packets to the session's last one.
    pub(crate) fn session(&self) -> (Vec<(SessionInfo, usize)>, Vec<Received>) {
        let (mut packets, mut messages) = (Vec::new(), Vec::new());
        loop {
            let (session, length, received) = self.packet();
            packets.push((session, length));
            messages.extend(received);
            if session.packets.is_some() {
                return (packets, messages);
            }
        }
    }
}
