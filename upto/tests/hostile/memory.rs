//! What takes how much memory: nothing when it is warm, and never more than the budget.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use upto::Client;

use super::{DEADLINE, Receiver, dropped, turn};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

/// Counts how often this thread allocates, and how much the process has.
struct Counting;

fn count(bytes: usize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    ALLOCATED.fetch_add(bytes, Ordering::Relaxed);
}

// SAFETY: every call is handed on to `System` unchanged, which keeps the contract. Counting allocates
// nothing: the thread-local value is constant-initialised and has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises about `layout` are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `pointer` came from `System`, to which all allocations are handed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        count(bytes);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that the process has by now.
pub(crate) fn allocated() -> usize {
    ALLOCATED.load(Ordering::Relaxed)
}

#[upto::event]
fn plain() {}

#[upto::event]
fn with_number(number: u64) -> u64 {
    std::hint::black_box(number)
}

#[upto::event]
fn outer() {
    plain();
    with_number(7);
}

#[test]
fn annotated_functions_that_are_warm_allocate_nothing() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    // So many that the flusher has emptied a piece of the queue, which is then used again.
    (0..200).for_each(|_| outer());
    assert!(guard.flush(DEADLINE));
    let before = ALLOCATIONS.get();
    (0..50).for_each(|_| outer());
    assert_eq!(ALLOCATIONS.get() - before, 0);
}

#[test]
fn ten_thousand_threads_of_one_event_each_leave_no_memory_behind() {
    const THREADS: u64 = 10_000;
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let run = |threads: u64| {
        for _ in 0..threads / 100 {
            let threads: Vec<_> = (0..100).map(|_| thread::spawn(plain)).collect();
            threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
        }
        assert!(guard.flush(DEADLINE));
    };
    run(1_000);
    let before = allocated();
    run(THREADS - 1_000);
    let kept = allocated().saturating_sub(before);
    assert!(kept < 1 << 20, "{kept} bytes more than before");
    let stats = Client::stats().expect("a client");
    assert_eq!(stats.sent + dropped(&stats), 2 * THREADS);
}

#[test]
fn ten_thousand_threads_that_stay_have_room_for_an_event_each() {
    const THREADS: usize = 10_000;
    const STACK_BYTES: usize = 64 << 10;
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let all_done = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let one = || {
                plain();
                all_done.wait();
            };
            thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, one).expect("a thread");
        }
        all_done.wait();
    });
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    assert_eq!((stats.sent, dropped(&stats)), (2 * THREADS as u64, 0), "{stats:?}");
}
