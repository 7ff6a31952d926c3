//! A flusher that panics: nobody waits for it, everybody is told, and the next one starts from where threads are.

mod accounts;
mod rounds;
mod successors;
mod timelines;

use std::net::UdpSocket;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Flusher, fault, is_due};
use crate::client::{Shared, alone, running};
use crate::settings::Settings;
use crate::testing::capture;
use crate::wire::Decoder;
use crate::{Client, ClientBuilder, local, state};

/// Only ends tests that fail: what is waited for has happened before.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs `test` in a process of its own, whose only client has the fault.
fn in_own_process(name: &str, test: impl FnOnce()) {
    alone::in_own_process(&format!("client::flusher::tests::{name}"), test);
}

fn builder(server: &UdpSocket) -> ClientBuilder {
    let address = server.local_addr().expect("its address").to_string();
    Client::builder().server(&address).expect("an address").context("test").flush_deadline(DEADLINE)
}

/// The paths that a session has sent, which has ended.
fn paths(server: &UdpSocket) -> Vec<String> {
    let (mut buffer, mut paths) = (vec![0; 65_536], Vec::new());
    loop {
        let length = server.recv(&mut buffer).expect("a packet");
        let batch = Decoder::new().decode(&buffer[..length]).expect("a good packet");
        paths.extend(batch.messages.iter().map(|message| message.name.to_owned()));
        if batch.session.is_some_and(|session| session.packets.is_some()) {
            return paths;
        }
    }
}

/// Has the flusher panic, and waits until it has.
fn panic_in(client: &crate::Guard) {
    fault::prepare();
    let began = Instant::now();
    assert!(!client.flush(DEADLINE), "it has not been told");
    assert!(began.elapsed() < DEADLINE / 2, "it waited");
}

/// A flusher that does nothing by itself, and whose client is the process's.
fn by_hand() -> Flusher {
    let settings = Settings { context: "test".to_owned(), ..Settings::default() };
    let client = running::set(Shared::new(settings, false)).expect("the only client");
    client.open_first_timeline();
    state::set(state::next_epoch());
    Flusher::new(client)
}

/// The flusher's client ends, and what is left of it is taken, so that nothing leaks.
fn drop_by_hand(flusher: Flusher) {
    running::unset(flusher.shared);
    drop(flusher);
    local::take_left_readers();
}

/// How many messages were sent, and how many dropped.
fn sent_and_dropped(flusher: &mut Flusher) -> (u64, u64) {
    flusher.outgoing.send_packet();
    let stats = flusher.shared.counters.stats();
    (stats.sent, stats.dropped_queue_full)
}

/// A thread that makes a point whenever it is asked to.
fn pointing(asked: Receiver<&'static str>, done: &Sender<()>) {
    for name in asked {
        crate::point(name);
        done.send(()).expect("it is waited for");
    }
}

#[test]
fn nobody_waits_and_the_next_client_has_all_threads() {
    in_own_process("nobody_waits_and_the_next_client_has_all_threads", || {
        let server = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        server.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        let client = builder(&server).init().expect("a client");
        let ((ask, asked), (done, is_done)) = (channel(), channel());
        let other = thread::spawn(move || pointing(asked, &done));
        let point_there = |name| {
            ask.send(name).expect("it waits");
            is_done.recv().expect("done");
        };
        point_there("first there");
        let open = crate::event("first here");
        assert!(client.flush(DEADLINE));
        panic_in(&client);
        assert_eq!((Client::stats(), Client::is_active()), (None, false));
        point_there("unseen there");
        open.end();
        crate::event("unseen here").end();
        assert!(!client.flush(DEADLINE));
        drop(client);
        let next = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let client = builder(&next).init().expect("a client again");
        point_there("there again");
        crate::point("here again");
        assert!(client.flush(DEADLINE));
        assert_eq!(Client::stats().map(|stats| (stats.sent, stats.dropped_queue_full)), Some((2, 0)));
        drop(client);
        assert_eq!(paths(&next), ["there again", "here again"]);
        drop(ask);
        other.join().expect("no panic");
    });
}

#[test]
fn captures_tell_that_something_is_missing() {
    in_own_process("captures_tell_that_something_is_missing", || {
        let server = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let client = builder(&server).init().expect("a client");
        let first = capture();
        crate::point("seen");
        assert_eq!((first.events().paths(), first.missed()), (vec!["seen"], 0));
        panic_in(&client);
        assert_eq!(first.missed(), 1);
        let second = capture();
        crate::point("seen again");
        assert_eq!((second.events().paths(), second.missed()), (vec!["seen again"], 0));
        drop((first, client, second));
        assert_eq!(Client::stats(), None);
    });
}

#[test]
fn what_comes_in_meanwhile_waits_and_what_is_far_ahead_does_not() {
    let is_due_at = |time| is_due(time, 1_000, 50);
    assert_eq!(
        [0, 1_000, 1_001, 1_050, 1_051, u64::MAX].map(is_due_at),
        [true, true, false, false, true, true]
    );
    assert!(!is_due(u64::MAX, u64::MAX - 1, 50));
}
