//! `#[upto::event]`, its client sending to a socket that is there.

use std::hint::black_box;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use upto::{Client, ClientBuilder, Guard};

use super::{Candidate, poll_once};
use crate::bursts::{burst, burst_of_twos, median, median_on, tight, tight_pairs};
use crate::failure::Failure;
use crate::figure::Figure;
use crate::receiver::Receiver;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::per_pair("upto_event", "#[upto::event] without attributes", event),
    Candidate::per_pair("upto_event_2_threads", "likewise, on two threads at once", event_on_2_threads),
    Candidate::per_pair("upto_nested", "one #[upto::event] within another, per pair", nested),
    Candidate::per_pair("upto_attribute", "#[upto::event] with one integer attribute", attribute),
    Candidate::per_pair("upto_async", "#[upto::event] on an async fn, polled by hand", asynchronous),
    Candidate::figures(
        "upto_full",
        "#[upto::event] in a loop that the flusher can't follow",
        usize::MAX,
        full,
    ),
];

#[upto::event(skip_all)]
#[inline(never)]
pub(super) fn annotated(value: u64) {
    black_box(value);
}

#[upto::event(skip_all)]
#[inline(never)]
fn outer(value: u64) {
    annotated(black_box(value));
}

#[upto::event]
#[inline(never)]
fn with_attribute(value: u64) {
    black_box(value);
}

#[upto::event(skip_all)]
#[inline(never)]
async fn annotated_async(value: u64) {
    black_box(value);
}

fn builder(server: SocketAddr) -> Result<ClientBuilder, Failure> {
    let builder = Client::builder().server(&server.to_string()).map_err(Failure::peer("upto"))?;
    Ok(builder.context("bench"))
}

/// A client with the defaults. It runs until the guard is dropped.
pub(super) fn client(server: SocketAddr) -> Result<Guard, Failure> {
    builder(server)?.init().map_err(Failure::peer("upto"))
}

fn event() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = client(receiver.address)?;
    median(|| burst(|| annotated(black_box(1))))
}

fn event_on_2_threads() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = client(receiver.address)?;
    median_on(2, || burst(|| annotated(black_box(1))))
}

fn nested() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = client(receiver.address)?;
    median(|| burst_of_twos(|| outer(black_box(1))))
}

fn attribute() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = client(receiver.address)?;
    median(|| burst(|| with_attribute(black_box(1))))
}

fn asynchronous() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = client(receiver.address)?;
    median(|| burst(|| poll_once(pin!(annotated_async(black_box(1))))))
}

/// The smallest queue, and no pause: all but a few pairs find it full.
fn full() -> Result<Vec<Figure>, Failure> {
    let receiver = Receiver::bind()?;
    let guard = builder(receiver.address)?.thread_bytes(20 << 10).init().map_err(Failure::peer("upto"))?;
    let pair = tight(|| annotated(black_box(1)))?;
    guard.flush(Duration::from_secs(5));
    let stats = Client::stats().ok_or(Failure::Missing("the client has ended"))?;
    let sent = stats.sent as f64 / (2.0 * tight_pairs() as f64);
    Ok(vec![
        Figure::new("upto_full", pair, "ns/pair"),
        Figure::new("upto_full_dropped", 100.0 * (1.0 - sent), "% of messages"),
    ])
}
