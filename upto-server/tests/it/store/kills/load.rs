//! What feeds a server until it is gone.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, Scope};
use std::time::Instant;

use serde_json::json;
use upto::wire::{Closing, Kind, Message, PacketDefaults, PacketWriter};

use crate::support::{Client, PATIENCE};

/// Events of a packet, and the ids of the packet at `n` begin at `n` times this.
pub(super) const PACKET_EVENTS: u64 = 32;
/// Connections that send over HTTP, each its next request when the one before it is answered.
const CONNECTIONS: u64 = 4;
/// Events of a request.
const REQUEST_EVENTS: u64 = 4;

/// The load of one server: what it sent, and what of that was acknowledged.
pub(super) struct Load {
    round: u32,
    acknowledged: Mutex<Vec<u64>>,
    requests: AtomicUsize,
    /// The latest answer that was no acknowledgement.
    refused: Mutex<String>,
    is_over: AtomicBool,
}

/// A load that is over when this is dropped, so that nobody goes on sending when a test has failed.
pub(super) struct Running<'l>(&'l Load);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

impl Load {
    pub(super) fn new(round: u32) -> Self {
        let (acknowledged, requests, refused, is_over) = Default::default();
        Load { round, acknowledged, requests, refused, is_over }
    }

    /// The timeline that requests go to.
    pub(super) fn requested(&self) -> String {
        format!("/api/contexts/requested/timelines/{}", self.round)
    }

    /// The timeline that packets go to.
    pub(super) fn flooded(&self) -> String {
        format!("/api/contexts/flooded/timelines/{}", self.round)
    }

    /// The ids of the events that were acknowledged.
    pub(super) fn acknowledged(&self) -> MutexGuard<'_, Vec<u64>> {
        self.acknowledged.lock().expect("not poisoned")
    }

    /// How many requests were acknowledged.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Sends until the server is gone or it is over.
    #[must_use]
    pub(super) fn start<'s>(&'s self, scope: &'s Scope<'s, '_>, client: &Client) -> Running<'s> {
        for connection in 0..CONNECTIONS {
            let client = client.clone();
            scope.spawn(move || self.request(&client, connection));
        }
        let client = client.clone();
        scope.spawn(move || self.flood(&client));
        Running(self)
    }

    /// Waits until so many requests were acknowledged.
    pub(super) fn wait_for(&self, requests: usize) {
        let until = Instant::now() + PATIENCE;
        while self.requests() < requests {
            assert!(
                Instant::now() < until,
                "{} instead of {requests} requests within {PATIENCE:?}; refused: {}",
                self.requests(),
                self.refused.lock().expect("not poisoned")
            );
            thread::yield_now();
        }
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// One request after the other, until the server is gone.
    fn request(&self, client: &Client, connection: u64) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        for number in (0..).take_while(|_| !self.is_over()) {
            let first = connection * 1_000_000 + number * REQUEST_EVENTS + 1;
            let ids = first..first + REQUEST_EVENTS;
            let body = json!(ids.clone().map(|id| self.message(id)).collect::<Vec<_>>()).to_string();
            let request = agent.post(format!("{}/api/events", client.url));
            match request.header("content-type", "application/json").send(body.as_bytes()) {
                Ok(answer) if answer.status() == 201 => self.acknowledge(ids),
                // Its database is gone for a moment.
                Ok(mut answer) if answer.status() == 503 => {
                    let told = answer.body_mut().read_to_string().unwrap_or_default();
                    *self.refused.lock().expect("not poisoned") = told;
                }
                Ok(answer) => panic!("{answer:?}"),
                Err(_) => return,
            }
        }
    }

    fn message(&self, id: u64) -> serde_json::Value {
        let timeline = self.round.to_string();
        json!({"context": "requested", "timeline": timeline, "name": "n", "type": "start", "id": id})
    }

    fn acknowledge(&self, ids: impl Iterator<Item = u64>) {
        self.acknowledged().extend(ids);
        self.requests.fetch_add(1, Ordering::SeqCst);
    }

    /// One packet after the other without a pause, as the SDK makes them.
    fn flood(&self, client: &Client) {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let timeline = self.round.to_string();
        let mut writer = PacketWriter::new(u64::from(self.round) + 1, PacketDefaults::default(), 1_400);
        for sequence in (1..).take_while(|_| !self.is_over()) {
            let first = sequence * PACKET_EVENTS;
            for id in first..first + PACKET_EVENTS {
                let (kind, context, timeline) = (Kind::Start, "flooded", &*timeline);
                let message = Message { kind, context, timeline, name: "n", id, ..Message::default() };
                writer.push(&message, &[]);
            }
            let packet = writer.finish(&Closing { sequence: sequence - 1, ..Closing::default() });
            // A server that is gone refuses.
            let _ = socket.send_to(packet, client.udp);
        }
    }
}
