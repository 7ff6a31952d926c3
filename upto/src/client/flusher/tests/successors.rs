//! Clients that follow one another while the flusher of the one before is still at it.

use std::net::UdpSocket;
use std::thread;
use std::time::{Duration, Instant};

use super::{
    DEADLINE, builder, by_hand, drop_by_hand, fault, in_own_process, paths, pointing, sent_and_dropped,
};
use crate::client::{give_up, running};
use crate::clock::cycles;
use crate::testing::capture;
use crate::{Client, local, state};

#[test]
fn each_client_sends_what_happened_while_it_was_the_one() {
    in_own_process("successors::each_client_sends_what_happened_while_it_was_the_one", || {
        let mut earlier = by_hand();
        crate::point("read");
        earlier.round();
        crate::point("not read yet");
        give_up(earlier.shared);
        let server = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let later = builder(&server).init().expect("a client");
        crate::point("of the later one");
        assert!(later.flush(DEADLINE));
        assert_eq!(Client::stats().map(|stats| (stats.sent, stats.dropped_queue_full)), Some((1, 0)));
        earlier.round();
        assert_eq!(sent_and_dropped(&mut earlier), (2, 0));
        crate::point("too");
        drop(earlier);
        let stats = later.finish();
        assert_eq!((stats.sent, stats.dropped_queue_full), (2, 0));
        assert_eq!(paths(&server), ["of the later one", "too"]);
    });
}

#[test]
fn so_does_each_thread() {
    in_own_process("successors::so_does_each_thread", || {
        let mut earlier = by_hand();
        let ((ask, asked), (done, is_done)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel());
        let other = thread::spawn(move || pointing(asked, &done));
        let point_there = |name| {
            ask.send(name).expect("it waits");
            is_done.recv().expect("done");
        };
        point_there("first there");
        give_up(earlier.shared);
        let mut later = by_hand();
        point_there("there again");
        earlier.round();
        assert_eq!((sent_and_dropped(&mut earlier), later.round()), ((1, 0), 1));
        assert_eq!(sent_and_dropped(&mut later), (1, 0));
        drop(ask);
        other.join().expect("no panic");
        drop(earlier);
        drop_by_hand(later);
    });
}

#[test]
fn what_a_client_still_sends_after_its_end_is_captured_by_nobody() {
    in_own_process("successors::what_a_client_still_sends_after_its_end_is_captured_by_nobody", || {
        let mut earlier = by_hand();
        crate::point("before");
        give_up(earlier.shared);
        let capture = capture();
        earlier.round();
        assert_eq!(sent_and_dropped(&mut earlier), (1, 0));
        crate::point("captured");
        assert_eq!((capture.events().paths(), capture.missed()), (vec!["captured"], 0));
    });
}

#[test]
fn what_an_earlier_client_has_left_unread_is_neither_sent_nor_counted() {
    in_own_process("successors::what_an_earlier_client_has_left_unread_is_neither_sent_nor_counted", || {
        let earlier = by_hand();
        // Which has memory of its own.
        crate::point("left").attr("key", "value");
        (0..20_000).for_each(|_| drop(crate::event("left")));
        running::unset(earlier.shared);
        drop(earlier);
        let before = local::POOL.used();
        let mut later = by_hand();
        crate::point("new");
        assert!(later.round() > 1_000);
        // The timeline that it starts with is not told: nobody has opened it.
        assert_eq!(sent_and_dropped(&mut later), (1, 0));
        assert!(local::POOL.used() < before / 2, "{before} bytes");
        drop_by_hand(later);
    });
}

#[test]
fn an_event_that_outlasts_its_client_ends_in_no_other() {
    in_own_process("successors::an_event_that_outlasts_its_client_ends_in_no_other", || {
        let mut earlier = by_hand();
        let outlasting = crate::event("outlasting");
        give_up(earlier.shared);
        let mut later = by_hand();
        outlasting.end();
        earlier.round();
        assert_eq!((later.round(), sent_and_dropped(&mut later)), (1, (0, 0)));
        assert_eq!(sent_and_dropped(&mut earlier), (1, 0));
        drop(earlier);
        drop_by_hand(later);
    });
}

#[test]
fn what_is_recorded_while_the_client_ends_is_nobodys() {
    in_own_process("successors::what_is_recorded_while_the_client_ends_is_nobodys", || {
        let mut earlier = by_hand();
        crate::point("first");
        let seen = state::now();
        crate::new_timeline("");
        let after = state::now();
        give_up(earlier.shared);
        // Each needs numbers, of which a later client may have greater ones already.
        local::record_in(after, "late", cycles::now());
        let mut later = by_hand();
        local::record_in(seen, "later still", cycles::now());
        earlier.round();
        later.round();
        assert_eq!(sent_and_dropped(&mut earlier), (2, 0), "the first one, and the timeline");
        assert_eq!(sent_and_dropped(&mut later).1, 0);
        drop(earlier);
        drop_by_hand(later);
    });
}

#[test]
fn a_flusher_that_wakes_late_lets_nobody_else_sleep_on() {
    in_own_process("successors::a_flusher_that_wakes_late_lets_nobody_else_sleep_on", || {
        let mut earlier = by_hand();
        let ended = earlier.shared;
        fault::before_next_round(|| {
            give_up(ended);
            ended.bell.close(Duration::ZERO);
            let later = by_hand();
            later.shared.bell.is_heard_by(thread::current());
            assert!(state::fall_asleep(state::now()));
        });
        earlier.sleep();
        assert!(!state::now().is_asleep());
        let began = Instant::now();
        thread::park_timeout(DEADLINE);
        assert!(began.elapsed() < DEADLINE / 2, "nobody has woken it");
    });
}
