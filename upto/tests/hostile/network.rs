//! A network that is down at first, and takes small packets only.

use std::time::Instant;

use upto::{Client, Guard};

use super::{DEADLINE, Receiver, run_child_by, turn};

/// Brings the loopback device up, with an MTU of so many bytes.
fn bring_up(mtu: libc::c_int) {
    // SAFETY: zeros are a request without a name and anything asked for.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, byte) in request.ifr_name.iter_mut().zip(b"lo") {
        *place = libc::c_char::try_from(*byte).expect("a letter");
    }
    // SAFETY: the calls read a request that is ours, of which what each of them reads is written before; the socket is
    // this function's own.
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0);
        request.ifr_ifru.ifru_mtu = mtu;
        assert_eq!(libc::ioctl(socket, libc::SIOCSIFMTU, &raw const request), 0);
        request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_UP).expect("a flag");
        assert_eq!(libc::ioctl(socket, libc::SIOCSIFFLAGS, &raw const request), 0);
        assert_eq!(libc::close(socket), 0);
    }
}

/// Makes points until one is sent; how many that took.
fn points_until_one_is_sent(guard: &Guard) -> u64 {
    let (began, mut points) = (Instant::now(), 0);
    while Client::stats().expect("a client").sent == 0 {
        assert!(began.elapsed() < DEADLINE, "never tried again");
        upto::point("heard");
        points += 1;
        assert!(guard.flush(DEADLINE));
    }
    points
}

/// Run by the test below, as a process of its own, in a network of its own that is down.
#[test]
#[ignore = "a process of its own for other tests"]
fn child_without_a_route_at_first() {
    const EVENTS: u64 = 200;
    if !super::is_child() {
        return;
    }
    let receiver = Receiver::new("0.0.0.0:0");
    let address = receiver.address().replace("0.0.0.0", "127.0.0.1");
    let builder = Client::builder().server(&address).expect("an address").context("test");
    let guard = builder.flush_deadline(DEADLINE).init().expect("a client");
    upto::point("lost");
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    assert_eq!((stats.sent, stats.dropped_unsent), (0, 1));
    bring_up(576);
    let points = points_until_one_is_sent(&guard);
    let unsent = Client::stats().expect("a client").dropped_unsent;
    assert_eq!(unsent, points);
    // Packets of 1,400 bytes and several at once: the system refuses to split into what it would have to split again.
    (0..EVENTS).for_each(|_| upto::event("e".repeat(100)).end());
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    drop(guard);
    let (packets, messages) = receiver.session();
    assert_eq!((stats.sent, stats.dropped_unsent), (1 + 2 * EVENTS, unsent));
    assert_eq!((messages.len() as u64, messages[0].name.as_str()), (stats.sent, "heard"));
    assert!(packets.iter().any(|(_, bytes)| *bytes > 1_300));
    assert!(packets.iter().enumerate().all(|(place, (session, _))| session.sequence == place as u64));
}

/// Needs `unshare` of util-linux, and a system on which users may make namespaces.
#[test]
fn without_a_route_what_is_lost_is_counted_and_one_that_comes_is_found() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let by = ["unshare", "--map-root-user", "--net"];
    let output = run_child_by(&by, "network::child_without_a_route_at_first", &receiver);
    assert!(output.status.success(), "{output:?}");
}
