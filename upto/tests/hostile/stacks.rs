//! Very small stacks: how much of one an event needs.

use std::ptr::null_mut;

use upto::{Client, Event};

use super::{DEADLINE, Receiver, dropped, turn};

/// An event, with all that a thread's first one brings along, needs at most this much of the stack, without optimisation.
const NEEDED: usize = 8 << 10;
const STACK: usize = 256 << 10;

#[upto::event(name = "called")]
fn called(number: u64) -> u64 {
    number
}

fn everything() {
    called(1);
    let event = Event::builder("static").attr("key", "value").start();
    event.attr("late", "t".repeat(300)).fail("reason");
    called(2);
    upto::event(String::from("made")).end();
    upto::point("point").attr("key", 1.5);
}

/// Messages of one [`everything`].
const MESSAGES: u64 = 2 + 2 + 2 + 2 + 1;

extern "C" fn run(work: *mut libc::c_void) -> *mut libc::c_void {
    // SAFETY: `used` gives the address of one, which outlives the thread.
    let work = unsafe { *work.cast::<fn()>() };
    work();
    null_mut()
}

/// How many bytes of its stack a thread writes to that does this, from its start to its end.
fn used(mut work: fn()) -> usize {
    let mut stack = vec![0xa5_u8; STACK + 4_096];
    let start = stack.as_mut_ptr();
    let aligned = start.wrapping_add(start.align_offset(4_096));
    // SAFETY: the stack is ours, aligned, and lives until the thread has ended; so does `work`.
    unsafe {
        let mut attributes = std::mem::zeroed();
        assert_eq!(libc::pthread_attr_init(&raw mut attributes), 0);
        assert_eq!(libc::pthread_attr_setstack(&raw mut attributes, aligned.cast(), STACK), 0);
        let mut thread = std::mem::zeroed();
        let argument = (&raw mut work).cast();
        assert_eq!(libc::pthread_create(&raw mut thread, &raw const attributes, run, argument), 0);
        assert_eq!(libc::pthread_join(thread, null_mut()), 0);
        assert_eq!(libc::pthread_attr_destroy(&raw mut attributes), 0);
    }
    STACK - stack.iter().skip(start.align_offset(4_096)).take_while(|byte| **byte == 0xa5).count()
}

#[test]
fn an_event_needs_little_of_the_stack() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let (nothing, something) = (used(|| ()), used(everything));
    assert!(something - nothing < NEEDED, "{something} and {nothing} bytes");
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    assert_eq!((stats.sent, dropped(&stats)), (MESSAGES, 0));
}

#[test]
fn the_smallest_stack_that_threads_can_have_is_enough() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let thread = std::thread::Builder::new().stack_size(16 << 10).spawn(|| {
        called(1);
        upto::event("event").end();
    });
    thread.expect("a thread").join().expect("no panic");
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    assert_eq!((stats.sent, dropped(&stats)), (4, 0));
}
