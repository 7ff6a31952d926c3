//! A flusher that panics, for tests.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};

static IS_DUE: AtomicBool = AtomicBool::new(false);

/// The next round of any flusher panics.
pub(super) fn prepare() {
    IS_DUE.store(true, Ordering::SeqCst);
}

/// Panics if that is due, without a message.
pub(super) fn strike() {
    if IS_DUE.swap(false, Ordering::SeqCst) {
        resume_unwind(Box::new("on purpose"));
    }
}
