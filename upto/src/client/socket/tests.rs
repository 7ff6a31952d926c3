//! Where datagrams go when nobody listens.

use std::net::UdpSocket;

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
    let ((_deserted, first), (server, second)) = (deserted(), server());
    let mut socket = Socket::resolved_by(Box::new(move || Ok(vec![first, second])));
    let began = Instant::now();
    let mut arrives_at = |second| {
        assert_eq!(socket.send(&batch(), began + Duration::from_secs(second)), 1);
        server.recv(&mut [0; 16]).is_ok()
    };
    // What is sent first is known to be refused when the next is sent.
    assert_eq!((0..100).find(|second| arrives_at(*second)), Some(32));
    assert!((33..200).all(&mut arrives_at), "where somebody listens, it stays");
    assert!(socket.refused() >= 31);
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_is_resolved_again_when_it_moves() {
    let ((_deserted, old), (server, new)) = (deserted(), server());
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let resolve = move || {
        let is_first = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        Ok(vec![if is_first { old } else { new }])
    };
    let mut socket = Socket::resolved_by(Box::new(resolve));
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
        let socket = connect(addresses.to_vec(), turn).expect("a socket");
        socket.peer_addr().expect("it is connected").as_socket()
    };
    let turns: Vec<_> = (0..3).map(|turn| peer(&[first, second], turn)).collect();
    assert_eq!(turns, [Some(first), Some(second), Some(first)]);
    let nowhere: SocketAddr = "255.255.255.255:9".parse().expect("an address");
    assert_eq!(peer(&[nowhere, second], 0), Some(second));
    assert!(connect(Vec::new(), 3).is_err());
}
