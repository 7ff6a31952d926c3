//! A fork while another thread makes its first span at some place in the code: that thread does not exist in the child,
//! which must not wait for what it has begun. In a process of its own, as it has an allocator of its own.

#![cfg(unix)]
#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::info_span;
use tracing_subscriber::prelude::*;
use upto::{Client, Guard};

/// Seconds after which the system ends a child that waits for ever, and the test fails.
const ALARM: libc::c_uint = 20;

thread_local! {
    /// At which allocation from now on this thread stops; 0: at none.
    static STOPS_AT: Cell<usize> = const { Cell::new(0) };
}

static HAS_STOPPED: AtomicBool = AtomicBool::new(false);
static MAY_GO_ON: AtomicBool = AtomicBool::new(false);

/// Stops a thread in the middle of what it does, wherever that takes memory.
struct Stopping;

fn stop_if_asked() {
    let left = STOPS_AT.get();
    STOPS_AT.set(left.saturating_sub(1));
    if left == 1 {
        HAS_STOPPED.store(true, Ordering::Release);
        while !MAY_GO_ON.load(Ordering::Acquire) {
            thread::yield_now();
        }
    }
}

// SAFETY: every call is handed on to `System` unchanged, which keeps the contract. Stopping allocates nothing: the
// thread-local value is constant-initialised and has no destructor.
unsafe impl GlobalAlloc for Stopping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        stop_if_asked();
        // SAFETY: the caller's promises about `layout` are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System`, to which all allocations are handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Stopping = Stopping;

/// Functions that make a span each, at places of their own.
macro_rules! places {
    ($($name:literal)*) => { [$(|| drop(info_span!($name, field = 1))),*] };
}

/// The first is not that of any test.
static PLACES: [fn(); 9] = places!["warm" "1" "2" "3" "4" "5" "6" "7" "8"];

/// A client that sends to nobody.
fn client() -> Guard {
    let builder = Client::builder().server("127.0.0.1:9").unwrap().context("test");
    builder.flush_deadline(Duration::ZERO).init().unwrap()
}

/// Forks, and has the child start a client and make all spans. True if it could.
fn fork() -> bool {
    // SAFETY: the child calls nothing that other threads may have locked but what is to be tested, and the allocator,
    // which survives a fork.
    match unsafe { libc::fork() } {
        -1 => panic!("no process"),
        0 => {
            // SAFETY: asks for a signal that ends this process.
            unsafe { libc::alarm(ALARM) };
            let done = catch_unwind(AssertUnwindSafe(|| {
                let _client = client();
                PLACES.iter().for_each(|make_span| make_span());
            }));
            // SAFETY: ends this process without what the parent has registered.
            unsafe { libc::_exit(i32::from(done.is_err())) }
        }
        process => {
            let mut status = 0;
            // SAFETY: `status` is ours.
            assert_eq!(unsafe { libc::waitpid(process, &raw mut status, 0) }, process);
            status == 0
        }
    }
}

/// Makes the span of `PLACES[place]` on a thread that stops at its allocation number `place`. False: it has made the span
/// before that.
fn stop_at(place: usize) -> (JoinHandle<()>, bool) {
    HAS_STOPPED.store(false, Ordering::Relaxed);
    MAY_GO_ON.store(false, Ordering::Relaxed);
    let thread = thread::spawn(move || {
        PLACES[0]();
        STOPS_AT.set(place);
        PLACES[place]();
        STOPS_AT.set(0);
    });
    while !HAS_STOPPED.load(Ordering::Acquire) && !thread.is_finished() {
        thread::yield_now();
    }
    (thread, HAS_STOPPED.load(Ordering::Acquire))
}

#[test]
fn the_child_does_not_wait_for_what_a_thread_has_begun_that_it_does_not_have() {
    tracing_subscriber::registry().with(upto_tracing::layer()).init();
    // `tracing` knows the places from here on; the layer does not, as nothing is sent.
    PLACES.iter().for_each(|make_span| make_span());
    let client = client();
    let mut stops = 0;
    for place in 1..PLACES.len() {
        let (thread, has_stopped) = stop_at(place);
        let is_done = fork();
        MAY_GO_ON.store(true, Ordering::Release);
        thread.join().unwrap();
        assert!(is_done, "at allocation {place}");
        stops += usize::from(has_stopped);
    }
    // At least the place itself, and what refers to it.
    assert!(stops >= 2, "{stops}");
    drop(client);
}
