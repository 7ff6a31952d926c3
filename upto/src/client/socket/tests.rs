//! Where datagrams go when nobody listens, and when the system does not take them.

mod moved;

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::script::{Call, Fault};
use super::*;

/// A socket that refuses what comes from anybody but one that sends nothing, and its address.
fn deserted() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let address = socket.local_addr().expect("its address");
    socket.connect(address).expect("a socket that hears only itself");
    (socket, address)
}

fn batch() -> Batch {
    let mut batch = Batch::new(512);
    batch.push(b"datagram", 1);
    batch
}

/// A server, and its address.
fn server() -> (UdpSocket, SocketAddr) {
    let server = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    server.set_nonblocking(true).expect("what every system can");
    let address = server.local_addr().expect("its address");
    (server, address)
}

// Elsewhere, systems may tell of refusals later, or never.
#[cfg(target_os = "linux")]
#[test]
fn what_is_refused_for_long_goes_to_the_next_address() {
    let ((leaving, first), (server, second)) = (server(), server());
    let mut socket = Socket::to(Server::found_by(move || Ok(vec![first, second])));
    let began = Instant::now();
    let mut arrives_at = |second| {
        assert_eq!(socket.send(&batch(), began + Duration::from_secs(second)), 1);
        server.recv(&mut [0; 16]).is_ok()
    };
    assert!(![0, 1].map(&mut arrives_at).contains(&true));
    leaving.connect(first).expect("a socket that hears only itself");
    // What is sent first is known to be refused when the next is sent.
    assert_eq!((2..100).find(|second| arrives_at(*second)), Some(33));
    assert!((34..200).all(&mut arrives_at), "where somebody listens, it stays");
    assert!(socket.refused() >= 31);
}

#[cfg(target_os = "linux")]
#[test]
fn where_nobody_has_ever_listened_the_next_address_is_tried_at_once() {
    let ((_deserted, first), (server, second)) = (deserted(), server());
    let mut socket = Socket::to(Server::found_by(move || Ok(vec![first, second])));
    let now = Instant::now();
    let arrives = [(); 5].map(|()| {
        assert_eq!(socket.send(&batch(), now), 1);
        server.recv(&mut [0; 16]).is_ok()
    });
    assert_eq!((arrives, socket.refused()), ([false, true, true, true, true], 1));
}

#[test]
fn a_name_that_takes_long_to_fail_is_asked_for_again_only_after_a_while() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let (took, began) = (Duration::from_millis(20), Instant::now());
    let mut socket = Socket::to(Server::found_by(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        thread::sleep(took);
        Err(ErrorKind::NotFound.into())
    }));
    assert_eq!([Duration::ZERO, RETRY_AFTER].map(|after| socket.send(&batch(), began + after)), [0, 0]);
    assert_eq!(asked.load(Ordering::Relaxed), 1, "it had failed later than it was asked");
    let failed = socket.failed.expect("it has failed");
    assert!(failed >= began + took);
    socket.send(&batch(), failed + RETRY_AFTER);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_is_resolved_again_when_it_moves() {
    let ((_deserted, old), (server, new)) = (deserted(), server());
    let asked = AtomicUsize::new(0);
    let resolve = move || {
        let is_first = asked.fetch_add(1, Ordering::Relaxed) == 0;
        Ok(vec![if is_first { old } else { new }])
    };
    let mut socket = Socket::to(Server::found_by(resolve));
    let began = Instant::now();
    (0..=32).for_each(|second| {
        socket.send(&batch(), began + Duration::from_secs(second));
    });
    assert_eq!(server.recv(&mut [0; 16]).ok(), Some(8));
}

#[test]
fn addresses_take_turns_and_what_can_not_be_connected_to_is_passed_over() {
    let ((_one, first), (_other, second)) = (deserted(), deserted());
    let peer = |addresses: &[SocketAddr], turn| {
        let socket = connect(addresses, turn).expect("a socket");
        socket.peer_addr().expect("it is connected").as_socket()
    };
    let turns: Vec<_> = (0..3).map(|turn| peer(&[first, second], turn)).collect();
    assert_eq!(turns, [Some(first), Some(second), Some(first)]);
    let nowhere: SocketAddr = "255.255.255.255:9".parse().expect("an address");
    assert_eq!(peer(&[nowhere, second], 0), Some(second));
    assert!(connect(&[], 3).is_err());
}

/// A socket that sends there, and how often it has asked where that is.
fn counting(address: SocketAddr) -> (Socket, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let resolve = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(vec![address])
    };
    (Socket::to(Server::found_by(resolve)), asked)
}

#[test]
fn a_full_buffer_is_no_broken_socket() {
    let (server, address) = server();
    let (mut socket, asked) = counting(address);
    let now = Instant::now();
    script::expect([(Call::Packet, Some(Fault::Kind(ErrorKind::WouldBlock)))]);
    assert_eq!([socket.send(&batch(), now), socket.send(&batch(), now)], [0, 1]);
    assert_eq!((server.recv(&mut [0; 16]).ok(), asked.load(Ordering::Relaxed)), (Some(8), 1));
}

#[test]
fn a_broken_socket_is_replaced_after_a_while() {
    let (_server, address) = server();
    let (mut socket, asked) = counting(address);
    let now = Instant::now();
    script::expect([(Call::Packet, None), (Call::Packet, Some(Fault::Kind(ErrorKind::NetworkDown)))]);
    let mut sent = |after| socket.send(&batch(), now + after);
    let just_before = RETRY_AFTER - Duration::from_nanos(1);
    assert_eq!([Duration::ZERO, Duration::ZERO, just_before, RETRY_AFTER].map(&mut sent), [1, 0, 0, 1]);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

/// Packets that are equally long.
#[cfg(target_os = "linux")]
const EQUAL: [&[u8; 8]; 3] = [b"packet 1", b"packet 2", b"packet 3"];

#[cfg(target_os = "linux")]
fn batch_of_three() -> Batch {
    let mut batch = Batch::new(EQUAL[0].len());
    assert!(EQUAL.into_iter().all(|packet| batch.push(packet, 1)));
    batch
}

/// What has arrived.
#[cfg(target_os = "linux")]
fn arrived(server: &UdpSocket) -> Vec<Vec<u8>> {
    let mut buffer = [0; 64];
    std::iter::from_fn(|| server.recv(&mut buffer).ok().map(|length| buffer[..length].to_vec())).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn where_many_at_once_are_refused_packets_go_one_by_one_from_then_on() {
    let (server, address) = server();
    let (mut socket, _) = counting(address);
    let now = Instant::now();
    script::expect([(Call::Segments, Some(Fault::Kind(ErrorKind::InvalidInput)))]);
    script::expect([(Call::Packet, None); 6]);
    for _ in 0..2 {
        assert_eq!(socket.send(&batch_of_three(), now), 3);
        assert_eq!(arrived(&server), EQUAL);
    }
    assert!(script::is_done());
}

#[cfg(target_os = "linux")]
#[test]
fn only_what_says_so_keeps_many_from_being_sent_at_once() {
    for number in [libc::EINVAL, libc::EMSGSIZE, libc::EIO, libc::EOPNOTSUPP, libc::ENOPROTOOPT] {
        let (server, address) = server();
        let (mut socket, asked) = counting(address);
        script::expect([(Call::Segments, Some(Fault::System(number)))]);
        script::expect([(Call::Packet, None); 6]);
        assert_eq!([(); 2].map(|()| socket.send(&batch_of_three(), Instant::now())), [3, 3]);
        assert_eq!((arrived(&server).len(), asked.load(Ordering::Relaxed)), (6, 1), "{number}");
        assert!(script::is_done());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn many_are_sent_at_once_again_when_the_network_is_back() {
    let (server, address) = server();
    let (mut socket, asked) = counting(address);
    let now = Instant::now();
    let unreachable = Some(Fault::Kind(ErrorKind::NetworkUnreachable));
    script::expect([(Call::Segments, unreachable), (Call::Segments, None)]);
    assert_eq!([now, now, now + RETRY_AFTER].map(|now| socket.send(&batch_of_three(), now)), [0, 0, 3]);
    assert_eq!((arrived(&server).len(), asked.load(Ordering::Relaxed)), (3, 2));
    assert!(script::is_done());
}

#[cfg(target_os = "linux")]
#[test]
fn another_socket_may_send_many_at_once_where_one_could_not() {
    let (_server, address) = server();
    let (mut socket, _) = counting(address);
    let now = Instant::now();
    script::expect([(Call::Segments, Some(Fault::System(libc::EIO)))]);
    script::expect([(Call::Packet, Some(Fault::Kind(ErrorKind::NetworkDown))), (Call::Segments, None)]);
    assert_eq!([now, now + RETRY_AFTER].map(|now| socket.send(&batch_of_three(), now)), [0, 3]);
    assert!(script::is_done());
}

#[cfg(target_os = "linux")]
#[test]
fn one_packet_that_is_not_taken_breaks_no_socket() {
    for number in [libc::ENOBUFS, libc::EPERM, libc::EMSGSIZE] {
        let (server, address) = server();
        let (mut socket, asked) = counting(address);
        let now = Instant::now();
        script::expect([(Call::Packet, Some(Fault::System(number))), (Call::Packet, None)]);
        assert_eq!([socket.send(&batch(), now), socket.send(&batch(), now)], [0, 1], "{number}");
        assert_eq!((server.recv(&mut [0; 16]).ok(), asked.load(Ordering::Relaxed)), (Some(8), 1));
        assert!(script::is_done());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn where_many_at_once_find_no_room_they_are_tried_at_once_again() {
    let (server, address) = server();
    let (mut socket, _) = counting(address);
    let now = Instant::now();
    script::expect([(Call::Segments, Some(Fault::Kind(ErrorKind::WouldBlock))), (Call::Segments, None)]);
    assert_eq!([(); 2].map(|()| socket.send(&batch_of_three(), now)), [0, 3]);
    assert_eq!(arrived(&server), EQUAL);
    assert!(script::is_done());
}

#[cfg(target_os = "linux")]
#[test]
fn of_packets_one_by_one_the_first_ones_are_counted_that_were_taken() {
    let (server, address) = server();
    let (mut socket, _) = counting(address);
    script::expect([(Call::Segments, Some(Fault::Kind(ErrorKind::InvalidInput))), (Call::Packet, None)]);
    script::expect([(Call::Packet, Some(Fault::Kind(ErrorKind::WouldBlock)))]);
    assert_eq!(socket.send(&batch_of_three(), Instant::now()), 1);
    assert_eq!(arrived(&server), EQUAL[..1]);
    assert!(script::is_done());
}

#[test]
fn refusals_that_follow_at_once_are_each_counted() {
    let ((_deserted, address), refused) = (deserted(), Some(Fault::Kind(ErrorKind::ConnectionRefused)));
    let (mut socket, _) = counting(address);
    script::expect([(Call::Packet, refused), (Call::Packet, refused)]);
    assert_eq!((socket.send(&batch(), Instant::now()), socket.refused()), (0, 2));
    assert!(script::is_done());
}

#[test]
fn nothing_is_waited_for_where_the_system_has_no_room() {
    const LONG: Duration = Duration::from_secs(20);
    let (_server, address) = server();
    let socket: UdpSocket = connect(&[address], 0).expect("a socket").into();
    socket.set_read_timeout(Some(LONG)).expect("a timeout");
    let began = Instant::now();
    // Whether calls wait is one for both directions.
    let nothing = socket.recv(&mut [0; 16]).map_err(|error| error.kind());
    assert_eq!(nothing, Err(ErrorKind::WouldBlock));
    assert!(began.elapsed() < LONG / 2, "it waited");
}
