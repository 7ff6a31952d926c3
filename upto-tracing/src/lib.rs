#![doc = include_str!("../README.md")]
//! # The map
//!
//! The modules in the order in which a span flows through them: `layer` and `subscriber` are the two front ends, which
//! hear of each span and have the same `options`. Both tell a `recorder`, which asks `place` for what is known of the
//! span's place in the code, has `attributes` read its fields, and leaves its event to `upto`. `failure` reads
//! what an ERROR event says of the span around it, and `point` is what other events become.

mod attributes;
mod failure;
mod layer;
mod options;
mod place;
mod point;
mod recorder;
mod subscriber;

pub use self::layer::UptoLayer;
pub use self::subscriber::Subscriber;

/// The layer with its defaults: the client's context, no targets, no points.
///
/// It sends nothing until the process has a client ([`upto::init`]), and goes quiet when that ends.
#[must_use]
pub fn layer() -> UptoLayer {
    UptoLayer::default()
}

/// The subscriber with its defaults, for programs that have no other use for `tracing`: it costs about half of
/// what a registry with the layer does, and takes no other layers.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let _upto = upto::init()?;
/// tracing::subscriber::set_global_default(upto_tracing::subscriber())?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn subscriber() -> Subscriber {
    Subscriber::default()
}
