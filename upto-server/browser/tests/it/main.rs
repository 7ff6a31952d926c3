//! What people do with the page, in a real browser and against a real server.

// A test ends by panicking.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod access;
mod answers;
mod clusters;
mod fleet;
mod hostile;
mod incomplete;
mod journal;
mod keyboard;
mod lists;
mod live;
mod login;
mod status;
mod timeline;
