//! What comes between, for tests: a flusher that panics, or something that happens while it looks.

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};

static IS_DUE: AtomicBool = AtomicBool::new(false);

thread_local! {
    static NEXT: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// The next round of any flusher panics.
pub(super) fn prepare() {
    IS_DUE.store(true, Ordering::SeqCst);
}

/// The next round of a flusher on this thread begins with this.
pub(super) fn before_next_round(work: impl FnOnce() + 'static) {
    NEXT.set(Some(Box::new(work)));
}

/// Does what was asked for. Panics if that is due, without a message.
pub(super) fn interrupt() {
    if let Some(work) = NEXT.take() {
        work();
    }
    if IS_DUE.swap(false, Ordering::SeqCst) {
        resume_unwind(Box::new("on purpose"));
    }
}
