//! A start and its end are of one timeline, however many come in between.

use std::thread;

use super::{by_hand, drop_by_hand, in_own_process, sent_and_dropped};

/// As many as 16 bits count, and some.
const MANY: u64 = 65_600;

#[test]
fn an_event_that_outlasts_a_great_many_timelines_ends_in_none_of_them() {
    in_own_process("timelines::an_event_that_outlasts_a_great_many_timelines_ends_in_none_of_them", || {
        let mut flusher = by_hand();
        let events: Vec<_> = (0..100).map(|_| crate::Event::builder("long").start_detached()).collect();
        for number in 1..=MANY {
            crate::new_timeline("t");
            if number % 200 == 0 {
                flusher.round();
            }
        }
        assert_eq!(sent_and_dropped(&mut flusher), (100 + MANY, 0));
        drop(events);
        flusher.round();
        assert_eq!(sent_and_dropped(&mut flusher), (100 + MANY, 100));
        drop_by_hand(flusher);
    });
}

#[test]
fn what_happens_in_timelines_that_were_dropped_is_dropped_however_many_these_are() {
    in_own_process(
        "timelines::what_happens_in_timelines_that_were_dropped_is_dropped_however_many_these_are",
        || {
            let mut flusher = by_hand();
            for number in 1..=MANY {
                crate::new_timeline("t");
                if number > MANY - 20 {
                    crate::event("in it").end();
                }
            }
            flusher.round();
            // The client's own timeline waits, too, and the latest one takes the last place.
            let opened = 255;
            assert_eq!(sent_and_dropped(&mut flusher), (opened + 2, MANY - opened + 2 * 19));
            drop_by_hand(flusher);
        },
    );
}

#[test]
fn an_event_may_start_while_a_round_has_begun_and_end_in_what_that_reads() {
    in_own_process(
        "timelines::an_event_may_start_while_a_round_has_begun_and_end_in_what_that_reads",
        || {
            let mut flusher = by_hand();
            crate::point("makes the queue");
            flusher.round();
            flusher.translator.begin_round();
            let started = thread::spawn(|| crate::Event::builder("moved").start_detached());
            let moved = started.join().expect("no panic");
            moved.follows(moved.scope().expect("it is sent"));
            moved.end();
            assert_eq!(flusher.read_all(), 1, "the end");
            flusher.round();
            assert_eq!(sent_and_dropped(&mut flusher), (3, 0));
            drop_by_hand(flusher);
        },
    );
}
