//! What a host may do to the SDK, and what it must not get back: no wait, no panic, no wrong count, no memory without
//! bound.
#![cfg(feature = "enabled")]
// What is not as it should be here fails the test.
#![allow(clippy::expect_used, clippy::panic)]
// Some of what hosts do can only be done so: each place says why it may.
#![allow(unsafe_code)]

use std::net::UdpSocket;
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use upto::wire::{Decoder, Kind, SessionInfo, Status};
use upto::{Client, ClientBuilder, Stats};

#[path = "hostile/accounts.rs"]
mod accounts;
#[path = "hostile/departure.rs"]
mod departure;
#[cfg(unix)]
#[path = "hostile/forked.rs"]
mod forked;
#[path = "hostile/guards.rs"]
mod guards;
#[path = "hostile/input.rs"]
mod input;
#[path = "hostile/memory.rs"]
mod memory;
#[path = "hostile/nesting.rs"]
mod nesting;
#[cfg(target_os = "linux")]
#[path = "hostile/stacks.rs"]
mod stacks;
#[cfg(target_os = "linux")]
#[path = "hostile/stuck.rs"]
mod stuck;
#[path = "hostile/tasks.rs"]
mod tasks;

/// Only ends tests that fail: what is waited for has been sent before.
const DEADLINE: Duration = Duration::from_secs(20);

/// A process has one client at a time, and `cargo test` runs a binary's tests in one process.
fn turn() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// True in a process that [`run_child`] has started.
fn is_child() -> bool {
    std::env::var_os("UPTO_TEST_CHILD").is_some()
}

/// Runs a test of this binary as a process of its own, in which [`is_child`] holds, until it ends.
fn run_child(test: &str, receiver: &Receiver) -> Output {
    let mut child = Command::new(std::env::current_exe().expect("this binary"));
    child.args([test, "--exact", "--nocapture"]).env("UPTO_TEST_CHILD", "1");
    child.env("UPTO_SERVER", receiver.address()).output().expect("the child")
}

/// Messages that were dropped for any reason.
fn dropped(stats: &Stats) -> u64 {
    stats.dropped_queue_full + stats.dropped_name + stats.dropped_unsent
}

/// The server's side of the wire.
struct Receiver(UdpSocket);

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq)]
struct Received {
    kind: Kind,
    name: String,
    id: u64,
    status: Status,
    attributes: Vec<(String, String)>,
}

impl Receiver {
    fn new(address: &str) -> Self {
        let socket = UdpSocket::bind(address).expect("a socket");
        socket.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        Receiver(socket)
    }

    fn address(&self) -> String {
        self.0.local_addr().expect("its address").to_string()
    }

    fn builder(&self) -> ClientBuilder {
        Client::builder()
            .server(&self.address())
            .expect("an address")
            .context("test")
            .flush_deadline(DEADLINE)
    }

    /// The next packet: its session, its bytes, its messages.
    fn packet(&self) -> (SessionInfo, usize, Vec<Received>) {
        let mut buffer = vec![0; 65_536];
        let length = self.0.recv(&mut buffer).expect("a packet");
        let batch = Decoder::new().decode(&buffer[..length]).expect("a good packet");
        let messages = batch.messages.iter().map(|message| Received {
            kind: message.kind,
            name: message.name.to_owned(),
            id: message.id,
            status: message.status,
            attributes: batch
                .attributes_of(message)
                .iter()
                .map(|(key, value)| ((*key).to_owned(), format!("{value:?}")))
                .collect(),
        });
        (batch.session.expect("a session"), length, messages.collect())
    }

    /// All packets to the session's last one.
    fn session(&self) -> (Vec<(SessionInfo, usize)>, Vec<Received>) {
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
