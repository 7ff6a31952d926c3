//! What each subscriber of `tracing` is measured with: an INFO span around a call.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;

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
    with_others(subscriber, 0)
}

/// Likewise, while so many other threads have had a span and wait.
pub(super) fn with_others(subscriber: impl Subscriber + Send + Sync, threads: usize) -> Result<f64, Failure> {
    tracing::subscriber::set_global_default(subscriber).map_err(Failure::peer("tracing"))?;
    let (are_here, may_end) = (Barrier::new(threads + 1), Barrier::new(threads + 1));
    let wait = || {
        work(black_box(1));
        are_here.wait();
        may_end.wait();
    };
    thread::scope(|scope| {
        (0..threads).for_each(|_| drop(scope.spawn(wait)));
        are_here.wait();
        let measured = median(|| burst(|| work(black_box(1))));
        may_end.wait();
        measured
    })
}
