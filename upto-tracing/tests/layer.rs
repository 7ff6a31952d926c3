//! The layer as its users see it: spans go in, and what a server gets is looked at.

// In a test, a panic is how a helper says what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "layer/collector.rs"]
mod collector;
#[path = "layer/crowds.rs"]
mod crowds;
#[path = "layer/current.rs"]
mod current;
#[path = "layer/failures.rs"]
mod failures;
#[path = "layer/fields.rs"]
mod fields;
#[path = "layer/filters.rs"]
mod filters;
#[path = "layer/follows.rs"]
mod follows;
#[path = "layer/futures.rs"]
mod futures;
#[path = "layer/lifecycle.rs"]
mod lifecycle;
#[path = "layer/options.rs"]
mod options;
#[path = "layer/parents.rs"]
mod parents;
#[path = "layer/points.rs"]
mod points;
#[path = "layer/reload.rs"]
mod reload;
#[path = "layer/runtime.rs"]
mod runtime;
#[path = "layer/spans.rs"]
mod spans;
#[path = "layer/special.rs"]
mod special;
#[path = "layer/standalone.rs"]
mod standalone;
