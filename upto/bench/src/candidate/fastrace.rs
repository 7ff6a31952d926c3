//! `fastrace`'s `#[trace]`. It records below a root span only, and reports when that ends.

use std::hint::black_box;
use std::pin::pin;
use std::time::Duration;

use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace::prelude::{Span, SpanContext, trace};

use super::{Candidate, poll_once};
use crate::bursts::{burst, median, median_on, tight};
use crate::failure::Failure;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::per_pair("fastrace", "#[trace] below a root span", traced),
    Candidate::per_pair("fastrace_memory_kept", "likewise, the allocator told to keep its memory", traced)
        .with_memory_kept(),
    Candidate::per_pair("fastrace_2_threads", "#[trace] on two threads at once", traced_on_2_threads),
    Candidate::per_pair("fastrace_property", "#[trace] with one property", with_property),
    Candidate::per_pair("fastrace_async", "#[trace] on an async fn, polled by hand", asynchronous),
    Candidate::per_pair("fastrace_full", "#[trace] in a loop below one root, which keeps 10,240", full),
];

#[trace]
#[inline(never)]
fn work(value: u64) {
    black_box(value);
}

#[trace(properties = { "value": "{value}" })]
#[inline(never)]
fn work_with_property(value: u64) {
    black_box(value);
}

#[trace]
#[inline(never)]
async fn work_async(value: u64) {
    black_box(value);
}

/// Takes what is reported and forgets it. Without a reporter nothing is recorded.
struct Discard;

impl Reporter for Discard {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        black_box(spans);
    }
}

fn report_to_nobody() {
    fastrace::set_reporter(Discard, Config::default());
}

/// Calls `call` below a root span, which begins and ends outside of what is timed.
fn below_root<T>(call: impl FnOnce() -> T) -> T {
    let root = Span::root("root", SpanContext::random());
    let _local = root.set_local_parent();
    call()
}

fn traced_burst() -> Duration {
    below_root(|| burst(|| work(black_box(1))))
}

fn traced() -> Result<f64, Failure> {
    report_to_nobody();
    median(traced_burst)
}

fn traced_on_2_threads() -> Result<f64, Failure> {
    report_to_nobody();
    median_on(2, traced_burst)
}

fn with_property() -> Result<f64, Failure> {
    report_to_nobody();
    median(|| below_root(|| burst(|| work_with_property(black_box(1)))))
}

fn asynchronous() -> Result<f64, Failure> {
    report_to_nobody();
    median(|| below_root(|| burst(|| poll_once(pin!(work_async(black_box(1)))))))
}

fn full() -> Result<f64, Failure> {
    report_to_nobody();
    below_root(|| tight(|| work(black_box(1))))
}
