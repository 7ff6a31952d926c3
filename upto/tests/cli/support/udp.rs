//! A socket that takes datagrams.

use std::collections::BTreeMap;
use std::net::UdpSocket;

use upto::Value;
use upto::wire::{Decoder, Kind, Status};

use super::DEADLINE;

/// Takes what the command sends.
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
    pub(crate) time: Option<i64>,
    pub(crate) started: Option<i64>,
    pub(crate) status: Status,
    pub(crate) text: String,
    pub(crate) auto_ip: bool,
    pub(crate) attributes: BTreeMap<String, Value>,
}

impl Receiver {
    pub(crate) fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        Receiver(socket)
    }

    pub(crate) fn address(&self) -> String {
        self.0.local_addr().expect("its address").to_string()
    }

    pub(crate) fn port(&self) -> String {
        self.0.local_addr().expect("its address").port().to_string()
    }

    /// The next datagram.
    pub(crate) fn datagram(&self) -> Vec<u8> {
        let mut buffer = vec![0; 65_536];
        let length = self.0.recv(&mut buffer).expect("a datagram");
        buffer.truncate(length);
        buffer
    }

    /// The message in the next datagram.
    pub(crate) fn message(&self) -> Received {
        decoded(&self.datagram()).remove(0)
    }
}

/// The messages in a body or a datagram, one after the other.
pub(crate) fn decoded(bytes: &[u8]) -> Vec<Received> {
    let mut decoder = Decoder::new();
    let batch = decoder.decode(bytes).expect("a good message");
    let received = |message: &upto::wire::Message<'_>| Received {
        kind: message.kind,
        context: message.context.to_owned(),
        timeline: message.timeline.to_owned(),
        host: message.host.to_owned(),
        name: message.name.to_owned(),
        id: message.id,
        time: message.time,
        started: message.started,
        status: message.status,
        text: message.text.to_owned(),
        auto_ip: message.auto_ip,
        attributes: batch
            .attributes_of(message)
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
            .collect(),
    };
    batch.messages.iter().chain(&batch.reports).map(received).collect()
}
