//! What annotations cost of each kind while nothing is sent, above the same call without them.

use std::future::ready;
use std::hint::black_box;
use std::num::ParseIntError;
use std::pin::pin;

use super::{Candidate, poll_once};
use crate::failure::Failure;
use crate::figure::Figure;
use crate::overhead::{Compared, compare, copies, over};

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::figures("upto_off", "#[upto::event], not initialised", usize::MAX, event),
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
fn work<const N: u64>(value: u64) {
    black_box(value.wrapping_mul(N));
}

#[upto::event(skip_all)]
#[inline(never)]
fn annotated<const N: u64>(value: u64) {
    black_box(value.wrapping_mul(N));
}

#[inline(never)]
fn with_scope<const N: u64>(value: u64) {
    let _event = upto::scope!("scope");
    black_box(value.wrapping_mul(N));
}

#[inline(never)]
fn with_event<const N: u64>(value: u64) {
    let _event = upto::event("event");
    black_box(value.wrapping_mul(N));
}

#[inline(never)]
fn with_point<const N: u64>(value: u64) {
    upto::point("point");
    black_box(value.wrapping_mul(N));
}

#[inline(never)]
fn fallible<const N: u64>(value: u64) -> Result<u64, ParseIntError> {
    Ok(black_box(value.wrapping_mul(N)))
}

#[upto::event(skip_all, err)]
#[inline(never)]
fn annotated_fallible<const N: u64>(value: u64) -> Result<u64, ParseIntError> {
    Ok(black_box(value.wrapping_mul(N)))
}

// Both await something: what never does is hardly a state machine, and its annotated form is one.
#[inline(never)]
async fn future<const N: u64>(value: u64) {
    black_box(ready(value).await.wrapping_mul(N));
}

#[upto::event(skip_all)]
#[inline(never)]
async fn annotated_future<const N: u64>(value: u64) {
    black_box(ready(value).await.wrapping_mul(N));
}

type Copy = fn() -> Result<Compared, Failure>;

fn figures([whole, difference]: [&'static str; 2], copies: &[Copy]) -> Result<Vec<Figure>, Failure> {
    let compared = over(copies)?;
    let difference = Figure::new(difference, compared.over_plain, "ns/pair");
    Ok(vec![Figure::new(whole, compared.whole, "ns/pair"), difference])
}

fn event() -> Result<Vec<Figure>, Failure> {
    fn copy<const N: u64>() -> Result<Compared, Failure> {
        compare(|| work::<N>(black_box(1)), || annotated::<N>(black_box(1)))
    }
    figures(["upto_off", "upto_off_over_plain"], &copies!(copy))
}

fn scope() -> Result<Vec<Figure>, Failure> {
    fn copy<const N: u64>() -> Result<Compared, Failure> {
        compare(|| work::<N>(black_box(1)), || with_scope::<N>(black_box(1)))
    }
    figures(["upto_off_scope", "upto_off_scope_over_plain"], &copies!(copy))
}

fn err() -> Result<Vec<Figure>, Failure> {
    fn copy<const N: u64>() -> Result<Compared, Failure> {
        compare(
            || drop(black_box(fallible::<N>(black_box(1)))),
            || drop(black_box(annotated_fallible::<N>(black_box(1)))),
        )
    }
    figures(["upto_off_err", "upto_off_err_over_plain"], &copies!(copy))
}

fn asynchronous() -> Result<Vec<Figure>, Failure> {
    fn copy<const N: u64>() -> Result<Compared, Failure> {
        compare(
            || poll_once(pin!(future::<N>(black_box(1)))),
            || poll_once(pin!(annotated_future::<N>(black_box(1)))),
        )
    }
    figures(["upto_off_async", "upto_off_async_over_plain"], &copies!(copy))
}

fn event_call() -> Result<Vec<Figure>, Failure> {
    fn copy<const N: u64>() -> Result<Compared, Failure> {
        compare(|| work::<N>(black_box(1)), || with_event::<N>(black_box(1)))
    }
    figures(["upto_off_event_call", "upto_off_event_call_over_plain"], &copies!(copy))
}

fn point() -> Result<Vec<Figure>, Failure> {
    fn copy<const N: u64>() -> Result<Compared, Failure> {
        compare(|| work::<N>(black_box(1)), || with_point::<N>(black_box(1)))
    }
    figures(["upto_off_point", "upto_off_point_over_plain"], &copies!(copy))
}
