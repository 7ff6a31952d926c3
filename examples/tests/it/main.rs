//! The examples as their users run them.

// A test ends by panicking; clippy knows that of `#[test]` functions only.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod annotate;
mod build_system;
mod ci_pipeline;
mod compilers;
mod connector;
mod deploy;
mod documentation;
mod embed_server;
mod other_languages;
mod packaging;
mod scaling;
mod startup;
mod tracing_service;
mod watch;

mod programs;
mod reader;
