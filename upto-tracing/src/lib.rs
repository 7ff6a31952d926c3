#![doc = include_str!("../README.md")]
//! # The map
//!
//! The modules in the order in which a span flows through them: `layer` has the options and hears of
//! each span, `parent` finds its place, `attributes` are what its fields become; `span_event` is what is
//! kept of it until it closes, and `failure` reads what an ERROR event says of it.

mod attributes;
mod failure;
mod layer;
mod parent;
mod span_event;

pub use self::layer::UptoLayer;

/// The layer with its defaults: the client's context, and no targets.
///
/// It sends nothing until the process has a client ([`upto::init`]), and goes quiet when that ends.
#[must_use]
pub fn layer() -> UptoLayer {
    UptoLayer::default()
}
