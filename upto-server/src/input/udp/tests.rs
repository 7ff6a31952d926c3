//! Every receiver, on real sockets.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread;

use super::*;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn listener(address: &str, receivers: usize) -> Listener {
    bind(address.parse().expect("an address"), receivers).expect("a free port")
}

fn sender(address: &str) -> UdpSocket {
    UdpSocket::bind(address).expect("a socket")
}

/// What comes until there is so much of it, each with its sender's host.
fn receive(receiver: &mut impl Receive, count: usize) -> Vec<(Vec<u8>, IpAddr)> {
    let mut seen = Vec::new();
    while seen.len() < count {
        assert!(receiver.receive(|| ()), "not told to stop");
        for Received { bytes, each, peer } in receiver.received() {
            let each = each.unwrap_or(bytes.len()).max(1);
            let datagrams = if bytes.is_empty() { vec![bytes] } else { bytes.chunks(each).collect() };
            seen.extend(datagrams.into_iter().map(|datagram| (datagram.to_vec(), peer)));
        }
    }
    seen
}

fn receives_whole_and_in_order<R: Receive>(address: &str) {
    let listener = listener(address, 1);
    let mut receiver =
        R::new(listener.sockets[0].clone(), Arc::new(Stop::new().expect("a stop"))).expect("one");
    let address = listener.local_addr().expect("an address");
    let sender = sender(&SocketAddr::new(address.ip(), 0).to_string());
    let largest = vec![b'x'; upto::wire::limits::DATAGRAM_BYTES];
    // More than one call brings, twice, so that all buffers are used again.
    let mut sent: Vec<Vec<u8>> = (0..100_u8).map(|number| vec![number; usize::from(number)]).collect();
    sent.push(largest);
    for part in sent.chunks(20) {
        part.iter().for_each(|datagram| assert!(sender.send_to(datagram, address).is_ok()));
        let expected: Vec<_> = part.iter().map(|datagram| (datagram.clone(), address.ip())).collect();
        assert_eq!(receive(&mut receiver, part.len()), expected);
    }
}

fn stops_though_nothing_comes<R: Receive + Send>() {
    let listener = listener("127.0.0.1:0", 1);
    let stop = Arc::new(Stop::new().expect("a stop"));
    let mut receivers = [(); 3].map(|()| R::new(listener.sockets[0].clone(), stop.clone()).expect("one"));
    thread::scope(|scope| {
        receivers.iter_mut().for_each(|receiver| {
            scope.spawn(|| assert!(!receiver.receive(|| ()), "nothing came"));
        });
        stop.tell();
    });
    assert!(!receivers[0].receive(|| ()), "it stays told");
}

/// What it does not tell before it waits, nobody would hear of until something else comes.
fn is_idle_before_it_waits<R: Receive>() {
    let listener = listener("127.0.0.1:0", 1);
    let stop = Arc::new(Stop::new().expect("a stop"));
    let mut receiver = R::new(listener.sockets[0].clone(), stop).expect("one");
    let (sender, address) = (sender("127.0.0.1:0"), listener.local_addr().expect("an address"));
    // Without it, nothing would ever come.
    let idle = || _ = sender.send_to(b"x", address).expect("sent");
    assert!((0..3).all(|_| receiver.receive(idle)));
}

#[test]
fn one_by_one() {
    receives_whole_and_in_order::<plain::Receiver>("127.0.0.1:0");
    stops_though_nothing_comes::<plain::Receiver>();
    is_idle_before_it_waits::<plain::Receiver>();
}

#[cfg(target_os = "linux")]
#[test]
fn many_at_a_time() {
    receives_whole_and_in_order::<linux::Receiver>("127.0.0.1:0");
    receives_whole_and_in_order::<linux::Receiver>("[::1]:0");
    stops_though_nothing_comes::<linux::Receiver>();
    is_idle_before_it_waits::<linux::Receiver>();
}

#[cfg(target_os = "linux")]
#[test]
fn runs_come_as_the_datagrams_that_were_sent_and_are_not_taken_for_later_ones() {
    let listener = listener("127.0.0.1:0", 1);
    let stop = Arc::new(Stop::new().expect("a stop"));
    let mut receiver = linux::Receiver::new(listener.sockets[0].clone(), stop).expect("a receiver");
    let sender = sender("127.0.0.1:0");
    sender.connect(listener.local_addr().expect("an address")).expect("connected");
    let bytes: Vec<u8> = (0..=249).collect();
    let segments_of = |length| linux::set_segments(&sender, length).expect("the system sends runs");
    segments_of(100);
    assert_eq!(sender.send(&bytes).expect("sent"), 250);
    segments_of(0);
    assert_eq!(sender.send(&bytes).expect("sent"), 250);
    let expected = [&bytes[..100], &bytes[100..200], &bytes[200..], &bytes];
    assert_eq!(receive(&mut receiver, 4), expected.map(|datagram| (datagram.to_vec(), LOOPBACK)));
    assert_eq!(sender.send(&bytes).expect("sent"), 250);
    assert_eq!(receive(&mut receiver, 1), [(bytes, LOOPBACK)]);
}

#[test]
fn an_address_is_one_server_s() {
    for address in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"] {
        let first = listener(address, 2);
        let taken = first.local_addr().expect("an address");
        for receivers in [1, 2] {
            let error = bind(taken, receivers).expect_err("it is taken");
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse, "{address}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_one_host_sends_comes_to_one_receiver_and_several_hosts_come_to_several() {
    const HOSTS: u8 = 9;
    let listener = listener("0.0.0.0:0", 3);
    assert_eq!(listener.sockets().len(), 3);
    let to = SocketAddr::new(LOOPBACK, listener.local_addr().expect("an address").port());
    for (host, _port) in (1..=HOSTS).flat_map(|host| (0..5).map(move |port| (host, port))) {
        sender(&format!("127.0.0.{host}:0")).send_to(&[host], to).expect("sent");
    }
    let mut hosts = Vec::new();
    for socket in listener.sockets() {
        let stop = Arc::new(Stop::new().expect("a stop"));
        let mut receiver = linux::Receiver::new(socket.clone(), stop).expect("a receiver");
        let here = receive(&mut receiver, 5 * usize::from(HOSTS) / 3);
        let here: BTreeSet<u8> = here.into_iter().map(|(bytes, _)| bytes[0]).collect();
        assert_eq!(here.len(), 3, "a third of the hosts, with all that they sent: {here:?}");
        hosts.extend(here);
    }
    hosts.sort_unstable();
    assert_eq!(hosts, (1..=HOSTS).collect::<Vec<_>>(), "each is at one of them");
}

#[cfg(target_os = "linux")]
#[test]
fn senders_over_ipv6_are_divided_too() {
    let listener = listener("[::]:0", 3);
    assert_eq!(listener.sockets().len(), 3);
    let address = listener.local_addr().expect("an address");
    for _ in 0..9 {
        sender("[::1]:0").send_to(b"x", ("::1", address.port())).expect("sent");
    }
    let waiting = |socket: &Arc<UdpSocket>| {
        socket.set_nonblocking(true).expect("it does not wait");
        let mut count = 0;
        while socket.recv(&mut [0; 8]).is_ok() {
            count += 1;
        }
        count
    };
    let mut counts: Vec<_> = listener.sockets().iter().map(waiting).collect();
    counts.sort_unstable();
    assert_eq!(counts, [0, 0, 9], "they are all of one host");
}

#[test]
fn loopback_is_one_host_and_has_one_receiver() {
    assert_eq!(listener("127.0.0.1:0", 8).sockets().len(), 1);
    assert_eq!(listener("[::1]:0", 8).sockets().len(), 1);
}
