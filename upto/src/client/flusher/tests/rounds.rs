//! What the flusher does when there is nothing to do.

use std::net::UdpSocket;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use super::super::{QUIET_PAUSE, TRIM_AFTER};
use super::{DEADLINE, builder, by_hand, drop_by_hand, fault, in_own_process, paths};
use crate::clock::cycles;
use crate::local::{LocalEvent, POOL};
use crate::path::CallSite;
use crate::value::Value;
use crate::{local, state};

#[test]
fn without_events_it_sleeps_until_there_is_one() {
    in_own_process("rounds::without_events_it_sleeps_until_there_is_one", || {
        let server = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        server.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        let client = builder(&server).init().expect("a client");
        for _ in 0..2 {
            let began = Instant::now();
            while !state::now().is_asleep() {
                assert!(began.elapsed() < DEADLINE, "it never sleeps");
                thread::yield_now();
            }
            crate::point("wakes");
            assert!(!state::now().is_asleep());
            let mut buffer = [0; 2_048];
            server.recv(&mut buffer).expect("a packet, long before a sleep ends by itself");
        }
        drop(client);
        assert!(paths(&server).is_empty());
    });
}

#[test]
fn memory_that_a_queue_has_in_hand_goes_back_once_it_has_been_quiet() {
    in_own_process("rounds::memory_that_a_queue_has_in_hand_goes_back_once_it_has_been_quiet", || {
        let mut flusher = by_hand();
        (0..2_000).for_each(|_| drop(crate::point("p")));
        assert!(flusher.round() >= 2_000);
        let mut used_after = |passed| {
            flusher.trimmed = Instant::now().checked_sub(passed).expect("a time that was");
            flusher.round();
            POOL.used()
        };
        let busy = used_after(TRIM_AFTER / 2);
        assert_eq!(used_after(TRIM_AFTER), busy, "it was busy before");
        assert_eq!(used_after(TRIM_AFTER / 2), busy, "not yet");
        assert!(used_after(TRIM_AFTER) < busy, "it was quiet");
        drop_by_hand(flusher);
    });
}

#[test]
fn what_is_recorded_unseen_while_the_flusher_falls_asleep_is_found_before_it_does() {
    in_own_process(
        "rounds::what_is_recorded_unseen_while_the_flusher_falls_asleep_is_found_before_it_does",
        || {
            let mut flusher = by_hand();
            // Its first record makes the queue.
            crate::point("first");
            flusher.round();
            let seen = state::now();
            fault::before_next_round(move || {
                assert!(state::now().is_asleep());
                local::record_in(seen, "unseen", cycles::now());
                assert!(state::now().is_asleep(), "it has woken the flusher");
            });
            let (awake, is_awake) = channel();
            let sleeper = thread::current();
            let waker = thread::spawn(move || {
                // Only if it has not looked again.
                if is_awake.recv_timeout(DEADLINE / 4).is_err() {
                    state::wake_up();
                    sleeper.unpark();
                }
            });
            let began = Instant::now();
            flusher.sleep();
            let _ = awake.send(());
            waker.join().expect("no panic");
            assert!((QUIET_PAUSE..DEADLINE / 4).contains(&began.elapsed()), "{:?}", began.elapsed());
            flusher.outgoing.send_packet();
            assert_eq!(flusher.shared.counters.stats().sent, 2);
            drop_by_hand(flusher);
        },
    );
}

#[test]
fn what_was_recorded_before_the_clock_jumped_back_keeps_nothing_waiting() {
    in_own_process("rounds::what_was_recorded_before_the_clock_jumped_back_keeps_nothing_waiting", || {
        let mut flusher = by_hand();
        crate::point("first");
        flusher.round();
        local::record_in(state::now(), "far ahead", cycles::now() + (1 << 60));
        crate::point("behind it");
        assert_eq!(flusher.round(), 2);
        drop_by_hand(flusher);
    });
}

#[test]
fn what_is_cut_off_a_text_at_a_start_takes_no_room() {
    in_own_process("rounds::what_is_cut_off_a_text_at_a_start_takes_no_room", || {
        let flusher = by_hand();
        let text = Value::from("x".repeat(1 << 20));
        drop(crate::Event::builder("long").attr("key", text).start());
        assert!(POOL.used() < 64 << 10, "{} bytes", POOL.used());
        drop_by_hand(flusher);
    });
}

#[test]
fn where_there_is_no_room_an_event_leaves_the_one_above_as_it_was() {
    static OUTER: CallSite = CallSite::new("outer", &[]);
    static REFUSED: CallSite = CallSite::new("refused", &[]);
    in_own_process("rounds::where_there_is_no_room_an_event_leaves_the_one_above_as_it_was", || {
        let flusher = by_hand();
        let outer = LocalEvent::start(&OUTER);
        let (_, number) = local::current_event();
        let dropped = || flusher.shared.counters.stats().dropped_queue_full;
        assert!(number != 0 && dropped() == 0);
        // Far more than a queue holds, and nobody reads it.
        (0..20_000).for_each(|_| drop(LocalEvent::start(&REFUSED)));
        let refused = LocalEvent::start(&REFUSED);
        assert_eq!(local::current_event().1, 0);
        drop(refused);
        assert_eq!(local::current_event().1, number);
        drop(outer);
        drop_by_hand(flusher);
    });
}
