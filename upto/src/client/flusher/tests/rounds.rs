//! What the flusher does when there is nothing to do.

use std::net::UdpSocket;
use std::time::Instant;

use super::super::{Flusher, TRIM_AFTER};
use super::{DEADLINE, builder, in_own_process, paths};
use crate::client::{Shared, running};
use crate::local::POOL;
use crate::settings::Settings;
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
                std::thread::yield_now();
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

/// A flusher that does nothing by itself, and whose client is the process's.
fn by_hand() -> Flusher {
    let settings = Settings { context: "test".to_owned(), ..Settings::default() };
    let client = running::set(Shared::new(settings, false)).expect("the only client");
    let mut flusher = Flusher::new(client);
    flusher.discard_what_others_left();
    state::set(client.first_epoch);
    flusher
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
        drop(flusher);
        local::take_readers();
    });
}

#[test]
fn what_an_earlier_client_has_left_unread_is_neither_sent_nor_counted() {
    in_own_process("rounds::what_an_earlier_client_has_left_unread_is_neither_sent_nor_counted", || {
        let mut earlier = by_hand();
        // Its first record makes the queue.
        crate::point("read");
        assert_eq!(earlier.round(), 1);
        crate::point("left");
        running::unset(earlier.shared);
        drop(earlier);
        let mut flusher = by_hand();
        crate::point("new");
        assert_eq!(flusher.round(), 2);
        flusher.outgoing.send_packet();
        let stats = flusher.shared.counters.stats();
        // The timeline that it starts with is not told: nobody has opened it.
        assert_eq!((stats.sent, stats.dropped_queue_full), (1, 0));
        drop(flusher);
        local::take_readers();
    });
}
