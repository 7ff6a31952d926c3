//! Open spans take no more than the budget of the queues, and give it back. In a process of its own, as it has an allocator
//! of its own.

#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tracing::{Span, info_span};
use upto::Client;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

/// Counts what the process has.
struct Counting;

// SAFETY: every call is handed on to `System` unchanged, which keeps the contract. Counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises about `layout` are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `pointer` came from `System`, to which all allocations are handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocated() -> usize {
    ALLOCATED.load(Ordering::Relaxed)
}

/// The number of spans that have no event.
const NO_EVENT: u64 = 1 << 62;
const SPANS: usize = 50_000;
const BUDGET: usize = 1 << 20;
/// What the client has beside its queues, and a thread beside its queue.
const BESIDE: usize = 1 << 20;

/// Opens spans into `open`, which has room for them, and closes them: how many of them had events, and how many bytes there
/// were more while they were open.
fn open_and_close(open: &mut Vec<Span>) -> (usize, usize) {
    let before = allocated();
    open.extend((0..SPANS).map(|_| info_span!("open")));
    let more = allocated().saturating_sub(before);
    let had_events = open.iter().filter(|span| span.id().is_some_and(|id| id.into_u64() != NO_EVENT)).count();
    open.clear();
    (had_events, more)
}

#[test]
fn open_spans_are_within_the_budget_and_counted_when_over() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let builder = Client::builder().server(&server).unwrap().context("test").total_bytes(BUDGET);
    let guard = builder.flush_deadline(Duration::from_secs(60)).init().unwrap();
    let mut open = Vec::with_capacity(SPANS);
    let events = tracing::subscriber::with_default(upto_tracing::subscriber(), || {
        let (first, more) = open_and_close(&mut open);
        assert!(more <= BUDGET + BESIDE, "{more} bytes more");
        // Some have a slot, more do not, and most have no event.
        assert!((300..SPANS / 2).contains(&first), "{first}");
        let before = allocated();
        assert!(guard.flush(Duration::from_secs(60)));
        // What was taken has been given back: as many find room again, but for what the queues hold at that moment.
        let (second, _) = open_and_close(&mut open);
        assert!(second >= first / 2, "{second} after {first}");
        assert!(guard.flush(Duration::from_secs(60)));
        assert!(allocated() <= before + BESIDE, "{} bytes after {before}", allocated());
        first + second
    });
    let stats = guard.finish();
    // No start was sent without an end, and all that was not sent is counted.
    let (sent, dropped) =
        (usize::try_from(stats.sent).unwrap(), usize::try_from(stats.dropped_queue_full).unwrap());
    assert!(sent <= 2 * events && sent + dropped == 2 * 2 * SPANS, "{stats:?} of {events}");
}
