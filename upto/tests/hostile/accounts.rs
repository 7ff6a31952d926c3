//! Whatever is recorded is sent or counted, exactly.

use std::pin::pin;
use std::sync::Barrier;
use std::task::{Context, Waker};

use upto::wire::Kind;
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

#[upto::event(name = "later", fields(n = number))]
async fn later(number: usize) -> usize {
    number
}

/// Something of each kind that is refused for its name below an event of a name that is nearly too long.
fn all_kinds(number: usize) {
    leaf(number);
    let later = pin!(later(number)).poll(&mut Context::from_waker(Waker::noop()));
    assert!(later.is_ready());
    upto::event("event").end();
    upto::scope!("scope", number).end();
    Event::builder("given").host("h").attr("n", number).start().end();
    upto::point("point").attr("n", number);
}

/// Messages of [`all_kinds`].
const OF_ALL_KINDS: u64 = 5 * 2 + 1;

#[test]
fn what_is_refused_for_its_name_is_counted_in_messages_as_what_is_refused_by_a_full_queue_is() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().packet_bytes(65_507).init().expect("a client");
    all_kinds(1);
    let outer = upto::event("o".repeat(16_384));
    all_kinds(2);
    upto::new_timeline(&"t".repeat(16_385));
    outer.end();
    let stats = guard.finish();
    assert_eq!((stats.sent, stats.dropped_name), (OF_ALL_KINDS + 2, OF_ALL_KINDS + 1), "{stats:?}");
}

#[test]
fn what_happens_in_a_new_timeline_that_comes_too_fast_is_counted_and_goes_to_no_other() {
    const TIMELINES: usize = 20_000;
    let _turn = turn();
    let capture = upto::testing::capture_all();
    for number in 0..TIMELINES {
        let name = number.to_string();
        upto::new_timeline(&name);
        upto::point(name);
    }
    // There is room in the queue again.
    drop(capture.marks());
    upto::point("last");
    let (marks, missed) = (capture.marks(), capture.missed());
    let points = || marks.iter().filter(|mark| mark.kind == Kind::Point);
    let (last, others): (Vec<_>, Vec<_>) = points().partition(|point| point.path == "last");
    assert_eq!(last[0].timeline, (TIMELINES - 1).to_string());
    others.iter().for_each(|point| assert_eq!(point.timeline, point.path));
    assert_eq!(marks.len() as u64 + missed, 2 * TIMELINES as u64 + 1);
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
    assert_eq!(stats.sent + stats.dropped_queue_full, 2 * NAMED);
    assert_eq!(stats.dropped_name, 2 * (10_000 - NAMED));
}
