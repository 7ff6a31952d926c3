//! The examples as their users run them.

// A test ends by panicking; clippy knows that of `#[test]` functions only.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod build_system;
mod scaling;
