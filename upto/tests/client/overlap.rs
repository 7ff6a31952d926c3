//! Clients whose ends overlap: one is dropped without waiting, and the next one starts at once.

use std::time::Duration;

use upto::testing::capture;

use super::{DEADLINE, Receiver, turn};

/// As many as make a client's last packet leave several times, over 52 ms.
const BUSY: u64 = 3_000;

#[upto::event(name = "of the first")]
fn of_the_first() {}

/// A busy client has ended, and its thread has not.
fn drop_busy(receiver: &Receiver) {
    let guard = receiver.builder().flush_deadline(Duration::ZERO).init().expect("a client");
    (0..BUSY).for_each(|_| of_the_first());
    assert!(guard.flush(DEADLINE));
    drop(guard);
}

#[test]
fn the_next_client_has_all_that_happens_from_then_on() {
    let _turn = turn();
    for _ in 0..3 {
        let (first, second) = (Receiver::new("127.0.0.1:0"), Receiver::new("127.0.0.1:0"));
        drop_busy(&first);
        let guard = second.builder().init().expect("a client");
        (0..10).for_each(|_| upto::event("of the second").end());
        assert!(guard.flush(DEADLINE));
        let stats = guard.finish();
        assert_eq!((stats.sent, stats.dropped_queue_full + stats.dropped_unsent), (20, 0));
        let (_, messages) = second.session();
        assert_eq!(messages.len(), 20);
        assert!(messages.iter().all(|message| message.name == "of the second"));
        let (packets, messages) = first.session();
        let dropped = packets.last().map_or(0, |(session, _)| session.dropped);
        assert_eq!(messages.len() as u64 + dropped, 2 * BUSY);
    }
}

#[test]
fn so_has_a_capture() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    for _ in 0..3 {
        drop_busy(&receiver);
        let capture = capture();
        upto::event("captured").end();
        assert_eq!((capture.events().paths(), capture.missed()), (vec!["captured"], 0));
    }
}
