//! What is left out or lost, and that it is told.

use std::net::UdpSocket;
use std::time::Instant;

use upto::{Client, Event};

use super::{DEADLINE, Receiver, turn};

#[test]
fn an_event_with_any_name_that_is_too_long_is_dropped_and_the_others_are_not() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let long = "n".repeat(16_385);
    Event::builder("timeline").timeline(&long).start().end();
    Event::builder("host").host(&long).start().end();
    Event::builder("context").context(&long).start().end();
    upto::event("good").end();
    let stats = Client::stats().expect("a client");
    drop(guard);
    assert_eq!((stats.dropped_name, stats.dropped_unsent), (6, 0));
    let (_, messages) = receiver.session();
    assert_eq!(messages.iter().map(|message| message.name.as_str()).collect::<Vec<_>>(), ["good", "good"]);
}

#[test]
fn what_has_too_many_attributes_is_marked() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().packet_bytes(65_507).init().expect("a client");
    for count in [128, 129] {
        let keys = || (0..count).map(|number| format!("key {number}"));
        let event = keys().fold(Event::builder("started"), |event, key| event.attr(key, 1)).start();
        event.end();
        let event = upto::event("ended");
        for key in keys() {
            event.attr(key, 1);
        }
        // It is there already, and takes no more room.
        event.attr("key 0", 2);
        event.end();
        let point = upto::point("point");
        for key in keys() {
            point.attr(key, 1);
        }
    }
    drop(guard);
    let (_, messages) = receiver.session();
    let marked: Vec<_> = messages.iter().map(|message| message.truncated).collect();
    assert_eq!(marked, [[false; 5], [true, false, false, true, true]].concat());
}

#[test]
fn a_reason_that_is_cut_is_marked() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    for bytes in [256, 257] {
        upto::event("failed").fail("x".repeat(bytes));
    }
    drop(guard);
    let (_, messages) = receiver.session();
    let marked: Vec<_> = messages.iter().map(|message| message.truncated).collect();
    assert_eq!(marked, [false, false, false, true]);
}

#[test]
fn packets_that_nobody_listened_to_are_counted_where_the_system_tells() {
    let _turn = turn();
    // Bound and closed again: nobody listens there.
    let nobody = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("an address");
    let builder = Client::builder().server(&nobody.to_string()).expect("an address");
    let guard = builder.flush_deadline(DEADLINE).init().expect("a client");
    let (began, mut points) = (Instant::now(), 0);
    while Client::stats().expect("a client").refused == 0 {
        assert!(began.elapsed() < DEADLINE, "never told");
        upto::point("unheard");
        points += 1;
        assert!(guard.flush(DEADLINE));
    }
    let stats = Client::stats().expect("a client");
    drop(guard);
    assert_eq!((stats.sent + stats.dropped_unsent, stats.dropped_queue_full), (points, 0));
}
