//! What a client has counted, told at its end.

use upto::{Client, Stats};

use super::{DEADLINE, Receiver, turn};

#[test]
fn finishing_ends_the_client_and_tells_all_that_it_has_counted() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    (0..3).for_each(|_| upto::event("work").end());
    upto::event("").end();
    let stats = guard.finish();
    assert_eq!((Client::stats(), Client::is_active()), (None, false));
    let (packets, messages) = receiver.session();
    assert_eq!((stats.sent, stats.packets), (6, packets.len() as u64));
    assert_eq!((messages.len(), stats.dropped_name, stats.dropped_queue_full), (6, 2, 0));
}

#[test]
fn where_nothing_is_sent_all_is_zero() {
    let _turn = turn();
    let guard = Client::builder().enabled(false).init().expect("a guard");
    assert_eq!(guard.finish(), Stats::default());
}

#[test]
fn where_a_capture_goes_on_so_does_its_client() {
    let _turn = turn();
    let capture = upto::testing::capture();
    let guard = Client::builder().init().expect("a guard");
    upto::event("seen").end();
    assert!(guard.flush(DEADLINE));
    assert!(guard.finish().sent >= 2 && Client::is_active());
    assert_eq!(capture.events().paths(), ["seen"]);
}
