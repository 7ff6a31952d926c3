//! The page in Debian's Chromium, headless, against a real server: what its tests and its benchmark stand on.

// Whatever goes wrong here ends a test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod browse;
mod builds;
mod command;
mod config;
mod driver;
mod page;
mod server;

pub use browse::{browse, browse_with};
pub use builds::{Build, hostile_names, send_history, send_many, send_states};
pub use config::watch_config;
pub use page::{Page, Scheme};
pub use server::{Server, send_to};
