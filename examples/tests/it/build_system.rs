//! `build-system` with a real cargo, a real `rustc` and a real server.

mod builds;
#[cfg(unix)]
mod endings;
mod failures;
mod program;
mod project;
mod ran;
mod servers;
#[cfg(unix)]
mod wrapper;
