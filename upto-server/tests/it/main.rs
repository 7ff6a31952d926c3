//! All integration tests, in one binary so that they link once.

// A test ends by panicking; clippy knows that of `#[test]` functions only.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

mod agent;
mod answers;
mod api;
mod back_pressure;
mod bad_input;
mod command;
#[cfg(unix)]
mod command_line;
mod conditional;
mod damaged_streams;
mod doors;
mod durability;
mod ending;
mod export;
mod fleet;
mod following;
#[cfg(target_os = "linux")]
mod full_disk;
mod gated_store;
mod large;
mod live;
mod loss;
mod marks;
mod memory;
mod naming;
mod openapi;
mod original_client;
mod otlp;
mod probe;
mod sdk;
mod search;
mod skew;
mod store;
mod time_bounds;
mod watch;
mod wrapped_store;
