//! What is sent, and what is told of what was not.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use super::super::outgoing::{Outgoing, REPEAT_AFTER};
use super::in_own_process;
use crate::client::shared::Shared;
use crate::client::socket::script::{self, Call, Fault};
use crate::local::POOL;
use crate::settings::Settings;
use crate::wire::{Decoder, Kind, Message, SessionInfo, limits};

/// Sends to a server of its own, from this thread.
struct World {
    server: UdpSocket,
    shared: &'static Shared,
    outgoing: Outgoing,
}

/// A packet that has arrived.
#[derive(Debug, PartialEq)]
struct Arrived {
    session: SessionInfo,
    messages: usize,
    bytes: usize,
}

impl World {
    fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let server = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        server.set_nonblocking(true).expect("what every system can");
        let port = server.local_addr().expect("its address").port();
        let mut settings = Settings { context: "test".to_owned(), server_port: port, ..Settings::default() };
        change(&mut settings);
        let settings = settings.checked().expect("good settings");
        let shared: &'static Shared = Box::leak(Box::new(Shared::new(settings, true)));
        World { server, shared, outgoing: Outgoing::new(shared, 1, 0) }
    }

    /// Adds so many messages of a kind, each of them about a hundred bytes.
    fn push(&mut self, kind: Kind, messages: usize) {
        let text = "t".repeat(80);
        let (context, name, text) = ("test", "name", text.as_str());
        let message = Message { kind, context, name, text, time: Some(1), id: 1, ..Message::default() };
        (0..messages).for_each(|_| self.outgoing.push(0, &message, &[]));
    }

    /// One packet of so many points.
    fn send(&mut self, points: usize) {
        self.push(Kind::Point, points);
        self.outgoing.send_packet();
    }

    /// What has arrived since this was last asked: on the loopback device, all that was sent.
    fn arrived(&self) -> Vec<Arrived> {
        let mut buffer = vec![0; 65_536];
        let next = || {
            let bytes = self.server.recv(&mut buffer).ok()?;
            let batch = Decoder::new().decode(&buffer[..bytes]).expect("a good packet");
            let session = batch.session.expect("a session");
            Some(Arrived { session, messages: batch.messages.len(), bytes })
        };
        std::iter::from_fn(next).collect()
    }

    /// Of each packet that has arrived: its number, the messages before it, and how many were dropped by then.
    fn accounts(&self) -> Vec<(u64, Option<u64>, u64)> {
        let account = |session: &SessionInfo| (session.sequence, session.messages_before, session.dropped);
        self.arrived().iter().map(|packet| account(&packet.session)).collect()
    }

    fn unrepeated(&self) -> u64 {
        self.shared.counters.stats().unrepeated
    }

    /// What was sent, in how many packets, and what was not.
    fn counted(&self) -> (u64, u64, u64) {
        let stats = self.shared.counters.stats();
        (stats.sent, stats.packets, stats.dropped_unsent)
    }
}

#[test]
fn packets_that_were_not_sent_leave_their_numbers_to_the_next_ones() {
    let mut world = World::new(|_| ());
    script::expect([(Call::Packet, None), (Call::Packet, Some(Fault::Kind(ErrorKind::WouldBlock)))]);
    [3, 2, 1].into_iter().for_each(|points| world.send(points));
    world.outgoing.end();
    // The second one, of two points, was not sent.
    assert_eq!(world.accounts(), [(0, Some(0), 0), (1, Some(3), 2), (2, Some(4), 2)]);
    assert_eq!(world.counted(), (4, 3, 2));
}

#[cfg(target_os = "linux")]
#[test]
fn so_do_those_of_a_batch_of_which_some_were_sent() {
    let mut world = World::new(|settings| settings.packet_bytes = 512);
    script::expect([(Call::Segments, Some(Fault::Kind(ErrorKind::InvalidInput))), (Call::Packet, None)]);
    script::expect([(Call::Packet, Some(Fault::Kind(ErrorKind::WouldBlock)))]);
    world.send(20);
    let first = world.arrived();
    let [Arrived { messages, .. }] = first.as_slice() else { panic!("not one: {first:?}") };
    let (sent, unsent) = (*messages as u64, 20 - *messages as u64);
    assert_eq!(world.counted(), (sent, 1, unsent));
    world.send(1);
    assert_eq!(world.accounts(), [(1, Some(sent), unsent)]);
    assert!(script::is_done());
}

#[test]
fn the_last_packet_of_a_busy_session_is_sent_four_times() {
    for (packets, times) in [(15, 1), (16, 4)] {
        let mut world = World::new(|_| ());
        (0..packets).for_each(|_| world.send(1));
        world.outgoing.end();
        let arrived = world.arrived();
        let last: Vec<_> =
            arrived.iter().filter(|packet| packet.session.packets == Some(packets + 1)).collect();
        assert_eq!((arrived.len() as u64, last.len() as u64), (packets + times, times));
        assert!(last.iter().all(|packet| *packet == last[0] && packet.session.sequence == packets));
        assert_eq!(world.counted(), (packets, packets + 1, 0), "each is counted once");
    }
}

/// The numbers of the packets that have arrived since this was last asked.
fn numbers(world: &World) -> Vec<u64> {
    world.arrived().iter().map(|packet| packet.session.sequence).collect()
}

#[test]
fn packets_with_ends_are_sent_again_in_a_later_round_where_that_is_asked_for() {
    let mut world = World::new(|settings| settings.send_ends_twice = true);
    world.push(Kind::Start, 2);
    world.outgoing.send_packet();
    let began = Instant::now();
    world.push(Kind::End, 2);
    world.outgoing.send_packet();
    let first = world.arrived();
    assert_eq!(first.iter().map(|packet| packet.session.sequence).collect::<Vec<_>>(), [0, 1]);
    world.outgoing.send_repeats(began + REPEAT_AFTER - Duration::from_nanos(1));
    assert!(world.outgoing.has_repeats() && numbers(&world).is_empty(), "too early");
    world.outgoing.send_repeats(Instant::now() + REPEAT_AFTER);
    assert_eq!(world.arrived(), first[1..]);
    assert!(!world.outgoing.has_repeats());
    assert_eq!(world.counted(), (4, 2, 0), "each is counted once");
}

#[test]
fn at_the_end_they_are_sent_again_before_the_last_packet_which_is_too() {
    let mut world = World::new(|settings| settings.send_ends_twice = true);
    world.push(Kind::End, 1);
    world.outgoing.send_packet();
    world.send(1);
    world.outgoing.end();
    // The loopback device keeps their order.
    let numbers = numbers(&world);
    assert!([[0, 1, 0, 2, 2], [0, 0, 1, 2, 2]].map(Vec::from).contains(&numbers), "{numbers:?}");
    assert!(!world.outgoing.has_repeats());
    assert_eq!((world.counted(), world.unrepeated()), ((2, 3, 0), 0));
}

#[test]
fn what_there_is_no_room_to_keep_is_sent_once_and_counted() {
    in_own_process("accounts::what_there_is_no_room_to_keep_is_sent_once_and_counted", || {
        let mut world = World::new(|settings| settings.send_ends_twice = true);
        POOL.limit(0, 0);
        world.push(Kind::End, 1);
        world.outgoing.send_packet();
        assert!(!world.outgoing.has_repeats());
        POOL.limit(1 << 20, 1 << 20);
        world.push(Kind::End, 1);
        world.outgoing.send_packet();
        script::expect([(Call::Packet, Some(Fault::Kind(ErrorKind::WouldBlock)))]);
        world.outgoing.send_repeats(Instant::now() + REPEAT_AFTER);
        assert_eq!((numbers(&world), world.counted(), world.unrepeated()), (vec![0, 1], (2, 2, 0), 2));
    });
}

#[test]
fn no_more_than_sixty_packets_leave_within_a_millisecond() {
    const MESSAGES: usize = 6_000;
    let mut world = World::new(|settings| settings.packet_bytes = 512);
    let began = Instant::now();
    world.send(MESSAGES);
    // Each burst begins a millisecond after the one before, or later.
    let bursts = began.elapsed().as_millis() + 1;
    let (sent, packets, _) = world.counted();
    assert_eq!(sent, MESSAGES as u64);
    assert!(u128::from(packets) <= 60 * bursts, "{packets} packets in {bursts} ms");
    assert!(packets > 1_000, "{packets}");
}

#[test]
fn packets_are_as_long_as_asked_for() {
    for asked in [512, 1_000, limits::DATAGRAM_BYTES] {
        let mut world = World::new(|settings| settings.packet_bytes = asked);
        // Of about a hundred bytes each: so that there is more than one packet, and the receiver's buffer holds all.
        let points = asked / 64;
        world.send(points);
        let arrived = world.arrived();
        let longest = arrived.iter().map(|packet| packet.bytes).max().expect("packets");
        assert!((asked * 3 / 4..=asked).contains(&longest), "{longest} bytes of {asked}");
        assert_eq!(world.counted(), (points as u64, arrived.len() as u64, 0), "{asked}");
    }
}

#[test]
fn a_packet_that_is_longer_than_usual_spoils_no_others() {
    let mut world = World::new(|settings| settings.packet_bytes = 512);
    world.push(Kind::Point, 20);
    let name = "n".repeat(5_000);
    let message = Message {
        kind: Kind::Point,
        context: "test",
        name: &name,
        time: Some(1),
        id: 1,
        ..Message::default()
    };
    world.outgoing.push(0, &message, &[]);
    world.push(Kind::Point, 20);
    world.outgoing.send_packet();
    let arrived = world.arrived();
    assert_eq!(arrived.iter().map(|packet| packet.messages).sum::<usize>(), 41);
    assert_eq!(arrived.iter().filter(|packet| packet.bytes > 512).count(), 1);
    assert_eq!(world.counted(), (41, arrived.len() as u64, 0));
}
