//! What each subscriber of `tracing` is measured with: an INFO span around a call.

use std::hint::black_box;

use tracing::{Subscriber, info_span};

use crate::bursts::{burst, median};
use crate::failure::Failure;

#[inline(never)]
fn work(value: u64) {
    let _entered = info_span!("work").entered();
    black_box(value);
}

/// Nanoseconds per span, while `subscriber` is the process's.
pub(super) fn with(subscriber: impl Subscriber + Send + Sync) -> Result<f64, Failure> {
    tracing::subscriber::set_global_default(subscriber).map_err(Failure::peer("tracing"))?;
    median(|| burst(|| work(black_box(1))))
}
