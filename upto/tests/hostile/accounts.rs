//! Whatever is recorded is sent or counted, exactly.

use std::sync::Barrier;

use upto::{Client, Event};

use super::{DEADLINE, Receiver, dropped, turn};

#[upto::event(name = "leaf")]
fn leaf(number: usize) -> usize {
    number
}

#[upto::event(name = "branch")]
fn branch(number: usize) {
    leaf(number);
    upto::event(if number.is_multiple_of(2) { "even" } else { "odd" }).end();
    Event::builder(format!("made {number}")).attr("n", number).start().attr("late", "value");
    upto::point("point").attr("text", "x".repeat(100));
}

/// Messages of one [`branch`].
const MESSAGES: u64 = 2 + 2 + 2 + 2 + 1;

#[test]
fn what_threads_overflow_with_is_counted_one_by_one() {
    const THREADS: usize = 4;
    const CALLS: usize = 20_000;
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let builder = receiver.builder().thread_bytes(20 << 10).total_bytes(80 << 10);
    let guard = builder.init().expect("a client");
    let barrier = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                (0..CALLS).for_each(branch);
            });
        }
    });
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    assert!(stats.dropped_queue_full > 0, "{stats:?}");
    assert_eq!(stats.sent + dropped(&stats), (THREADS * CALLS) as u64 * MESSAGES, "{stats:?}");
}

#[test]
fn new_timelines_in_the_middle_lose_nothing_and_count_nothing_twice() {
    const CALLS: usize = 300;
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().thread_bytes(20 << 10).init().expect("a client");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..CALLS).for_each(branch));
        }
        (0..20).for_each(|number| upto::new_timeline(&number.to_string()));
    });
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    // A new timeline is a message, too.
    assert_eq!(stats.sent + dropped(&stats), 2 * CALLS as u64 * MESSAGES + 20, "{stats:?}");
}

#[test]
fn ten_thousand_levels_are_named_as_far_as_names_go() {
    #[upto::event(name = "r")]
    fn descend(levels: usize) -> usize {
        if levels > 1 { descend(levels - 1) + 1 } else { 1 }
    }
    // So many fit into a path of 16 KiB, with dots between.
    const NAMED: u64 = 8_192;
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().thread_bytes(4 << 20).init().expect("a client");
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(|| descend(10_000));
    assert_eq!(thread.expect("a thread").join().expect("no panic"), 10_000);
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    assert_eq!((stats.sent + stats.dropped_queue_full, stats.dropped_name), (2 * NAMED, 10_000 - NAMED));
}
