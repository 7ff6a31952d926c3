//! A flusher that does not go on, however long it takes: threads do, within their memory.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use upto::{Client, Event};

use super::memory::allocated;
use super::{DEADLINE, Receiver, dropped, run_child, turn};

/// The budget, with what is kept for ends.
const BUDGET: usize = (16 << 20) / 8 * 9;
/// What the allocator's callers have beside: stacks of frames, names of open events, the test itself.
const BESIDE: usize = 4 << 20;

/// Where the signal's handler waits for a byte.
static PIPE: AtomicI32 = AtomicI32::new(-1);
static IS_STUCK: AtomicBool = AtomicBool::new(false);

extern "C" fn wait(_: libc::c_int) {
    let mut byte = 0_u8;
    IS_STUCK.store(true, Ordering::Relaxed);
    // SAFETY: one byte of our own is written; the call may be made in handlers of signals.
    unsafe { libc::read(PIPE.load(Ordering::Relaxed), (&raw mut byte).cast(), 1) };
}

/// The flusher's number among the system's threads.
fn flusher() -> libc::pid_t {
    let tasks = std::fs::read_dir("/proc/self/task").expect("the threads");
    let is_it = |path: &std::path::Path| {
        std::fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim_end() == "upto-flusher")
    };
    let path =
        tasks.map(|entry| entry.expect("a thread").path()).find(|path| is_it(path)).expect("the flusher");
    path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok()).expect("a number")
}

/// Stops the flusher until something is written to what this returns.
fn stop_flusher() -> libc::c_int {
    let mut ends = [0; 2];
    IS_STUCK.store(false, Ordering::Relaxed);
    // SAFETY: the handler does nothing but what handlers may, and the numbers that are written are ours.
    unsafe {
        assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
        PIPE.store(ends[0], Ordering::Relaxed);
        let handler: extern "C" fn(libc::c_int) = wait;
        // One of the few that the flusher does not block.
        assert_ne!(libc::signal(libc::SIGTRAP, handler as libc::sighandler_t), libc::SIG_ERR);
        assert_eq!(libc::syscall(libc::SYS_tgkill, libc::getpid(), flusher(), libc::SIGTRAP), 0);
    }
    while !IS_STUCK.load(Ordering::Relaxed) {
        std::thread::yield_now();
    }
    ends[1]
}

#[upto::event(name = "called")]
fn called(number: usize) -> usize {
    number
}

/// Everything that takes memory, with as much of it as there can be, one at a time.
fn work(number: usize) {
    called(number);
    let long = format!("{number}{}", "n".repeat(10_000));
    match number % 5 {
        0 => drop(upto::point(long)),
        1 => Event::builder("timeline").timeline(&long).host(&long).start().end(),
        2 => drop(upto::point("text").attr("text", "t".repeat(100_000))),
        3 => drop(upto::point("key").attr(long, 1)),
        _ => drop(upto::event("failed").fail(long)),
    }
}

/// Messages of five calls of [`work`] in a row.
const MESSAGES: usize = 5 * 2 + 1 + 2 + 1 + 1 + 2;

/// Run by the test below, as a process of its own, as it takes a signal.
#[test]
#[ignore = "a process of its own for other tests"]
fn child_whose_flusher_is_stuck() {
    const THREADS: usize = 80;
    const CALLS: usize = 500;
    if !super::is_child() {
        return;
    }
    let server = std::env::var("UPTO_SERVER").expect("a server");
    let guard = Client::builder().server(&server).expect("an address").init().expect("a client");
    // From then on it has its name.
    assert!(guard.flush(DEADLINE));
    let pipe = stop_flusher();
    assert!(!guard.flush(Duration::ZERO));
    let before = allocated();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            // One kind after the other, so that each finds room.
            let of_kind = |kind| (kind..CALLS).step_by(5);
            scope.spawn(move || (0..5).flat_map(of_kind).for_each(work));
        }
    });
    let taken = allocated().saturating_sub(before);
    assert!(taken < BUDGET + BESIDE, "{taken} bytes");
    // SAFETY: one byte that lives for ever is read.
    assert_eq!(unsafe { libc::write(pipe, [1_u8].as_ptr().cast(), 1) }, 1);
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    assert_eq!(stats.sent + dropped(&stats), (THREADS * CALLS / 5 * MESSAGES) as u64, "{stats:?}");
    // And again, for good: the program ends all the same.
    stop_flusher();
    work(0);
    drop(guard);
}

#[test]
fn a_flusher_that_is_stuck_keeps_nobody_waiting_and_no_more_than_the_budget() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let output = run_child("stuck::child_whose_flusher_is_stuck", &receiver);
    assert!(output.status.success(), "{output:?}");
}
