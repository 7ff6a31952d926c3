//! All integration tests, in one binary so that they link once.

// A test ends by panicking; clippy knows that of `#[test]` functions only.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

mod api;
mod back_pressure;
mod bad_input;
mod command;
mod durability;
mod ending;
#[cfg(target_os = "linux")]
mod full_disk;
mod gated_store;
mod live;
mod loss;
mod marks;
mod memory;
mod original_client;
mod sdk;
mod skew;
mod store;
