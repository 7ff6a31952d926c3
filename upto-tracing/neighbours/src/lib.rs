//! Nothing but a test, in `tests/all.rs`: `upto-tracing` in one subscriber with `fmt`, `tracing-opentelemetry`
//! and `console-subscriber`. Run it by `cargo test` in this directory.
