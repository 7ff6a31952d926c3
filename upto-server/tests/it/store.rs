//! The conformance suite of the stores: what every back end has to do, each behaviour a test of
//! its own on each back end. A new back end implements [`backend::Backend`] and adds a line below.

// A test ends by panicking; clippy knows that of `#[test]` functions only.
#![allow(clippy::expect_used, clippy::panic)]

#[macro_use]
mod conformance;

mod agreement;
mod backend;
mod documents;
mod durable;
mod leases;
mod limits;
mod log;
mod queue;
mod redb_folder;

conformance!(memory, crate::store::backend::Memory);
conformance!(redb, crate::store::backend::Redb);
durability!(redb_durability, crate::store::backend::Redb);
