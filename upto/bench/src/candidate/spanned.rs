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

#[inline(never)]
fn work_with_field(value: u64) {
    let _entered = info_span!("work", value).entered();
    black_box(value);
}

/// Likewise, of spans with an integer as a field.
pub(super) fn with_field(subscriber: impl Subscriber + Send + Sync) -> Result<f64, Failure> {
    tracing::subscriber::set_global_default(subscriber).map_err(Failure::peer("tracing"))?;
    median(|| burst(|| work_with_field(black_box(1))))
}

/// Nanoseconds per span, while `subscriber` is the process's.
pub(super) fn with(subscriber: impl Subscriber + Send + Sync) -> Result<f64, Failure> {
    tracing::subscriber::set_global_default(subscriber).map_err(Failure::peer("tracing"))?;
    median(|| burst(|| work(black_box(1))))
}
