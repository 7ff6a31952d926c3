//! What annotations cost of each kind while nothing is sent, above the same call without them.

use std::future::ready;
use std::hint::black_box;
use std::num::ParseIntError;
use std::pin::pin;

use super::plain::work;
use super::{Candidate, poll_once};
use crate::bursts;
use crate::failure::Failure;
use crate::figure::Figure;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::figures("upto_off_scope", "upto::scope!, not initialised", usize::MAX, scope),
    Candidate::figures("upto_off_err", "#[upto::event(err)], not initialised", usize::MAX, err),
    Candidate::figures(
        "upto_off_async",
        "#[upto::event] on an async fn, not initialised",
        usize::MAX,
        asynchronous,
    ),
    Candidate::figures(
        "upto_off_event_call",
        "upto::event(\"name\"), not initialised",
        usize::MAX,
        event_call,
    ),
    Candidate::figures("upto_off_point", "upto::point(\"name\"), not initialised", usize::MAX, point),
];

#[inline(never)]
fn with_scope(value: u64) {
    let _event = upto::scope!("scope");
    black_box(value);
}

#[inline(never)]
fn with_event(value: u64) {
    let _event = upto::event("event");
    black_box(value);
}

#[inline(never)]
fn with_point(value: u64) {
    upto::point("point");
    black_box(value);
}

#[inline(never)]
fn fallible(value: u64) -> Result<u64, ParseIntError> {
    Ok(black_box(value))
}

#[upto::event(skip_all, err)]
#[inline(never)]
fn annotated_fallible(value: u64) -> Result<u64, ParseIntError> {
    Ok(black_box(value))
}

// Both await something: what never does is hardly a state machine, and its annotated form is one.
#[inline(never)]
async fn future(value: u64) {
    black_box(ready(value).await);
}

#[upto::event(skip_all)]
#[inline(never)]
async fn annotated_future(value: u64) {
    black_box(ready(value).await);
}

/// The figures of `pair` beside those of what it does without the annotation.
fn over(
    [whole, difference]: [&'static str; 2],
    plain: impl FnMut(),
    pair: impl FnMut(),
) -> Result<Vec<Figure>, Failure> {
    let (pair, over) = bursts::over(plain, pair)?;
    Ok(vec![Figure::new(whole, pair, "ns/pair"), Figure::new(difference, over, "ns/pair")])
}

fn scope() -> Result<Vec<Figure>, Failure> {
    over(["upto_off_scope", "upto_off_scope_over_plain"], || work(black_box(1)), || with_scope(black_box(1)))
}

fn err() -> Result<Vec<Figure>, Failure> {
    over(
        ["upto_off_err", "upto_off_err_over_plain"],
        || drop(black_box(fallible(black_box(1)))),
        || drop(black_box(annotated_fallible(black_box(1)))),
    )
}

fn asynchronous() -> Result<Vec<Figure>, Failure> {
    over(
        ["upto_off_async", "upto_off_async_over_plain"],
        || poll_once(pin!(future(black_box(1)))),
        || poll_once(pin!(annotated_future(black_box(1)))),
    )
}

fn event_call() -> Result<Vec<Figure>, Failure> {
    let names = ["upto_off_event_call", "upto_off_event_call_over_plain"];
    over(names, || work(black_box(1)), || with_event(black_box(1)))
}

fn point() -> Result<Vec<Figure>, Failure> {
    over(["upto_off_point", "upto_off_point_over_plain"], || work(black_box(1)), || with_point(black_box(1)))
}
