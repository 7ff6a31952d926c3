//! What the dearer kinds of events cost: those that docs/overhead.md tells of beside the annotation.

use std::hint::black_box;
use std::num::ParseIntError;

use super::Candidate;
use super::upto::client;
use crate::bursts::{burst, median};
use crate::failure::Failure;
use crate::receiver::Receiver;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::per_pair("upto_guard", "upto::event(\"name\"), dropped", guard),
    Candidate::per_pair("upto_scope", "upto::scope! with one integer attribute", scope),
    Candidate::per_pair("upto_err", "#[upto::event(err)] on a function that succeeds", err),
    Candidate::per_pair(
        "upto_guard_attr",
        "upto::event(\"name\") and one attr() while it is open",
        guard_attr,
    ),
    Candidate::per_pair("upto_runtime_name", "upto::event with a name made at run time", runtime_name),
    Candidate::per_pair("upto_text_attribute", "#[upto::event] with a text of 16 bytes", text_attribute),
];

#[upto::event(skip_all, err)]
#[inline(never)]
fn fallible(value: u64) -> Result<u64, ParseIntError> {
    Ok(black_box(value))
}

#[upto::event(fields(text))]
#[inline(never)]
fn with_text(text: &str) {
    black_box(text);
}

/// Nanoseconds per call of `pair`, while a client sends.
fn sent(mut pair: impl FnMut()) -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = client(receiver.address)?;
    median(|| burst(&mut pair))
}

fn guard() -> Result<f64, Failure> {
    sent(|| drop(upto::event("guard")))
}

fn scope() -> Result<f64, Failure> {
    sent(|| {
        let _scope = upto::scope!("scope", value = black_box(1_u64));
    })
}

fn err() -> Result<f64, Failure> {
    sent(|| drop(black_box(fallible(black_box(1)))))
}

fn guard_attr() -> Result<f64, Failure> {
    sent(|| {
        upto::event("guard").attr("value", black_box(1_u64));
    })
}

fn runtime_name() -> Result<f64, Failure> {
    let mut number = 0_u64;
    sent(|| {
        number += 1;
        drop(upto::event(format!("name-{}", number % 64)));
    })
}

fn text_attribute() -> Result<f64, Failure> {
    sent(|| with_text(black_box("sixteen bytes it")))
}
