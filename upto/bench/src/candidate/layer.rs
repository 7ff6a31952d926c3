//! `upto-tracing`'s layer and its subscriber, the client sending to a socket that is there.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use super::{Candidate, spanned, upto};
use crate::failure::Failure;
use crate::receiver::Receiver;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::per_pair("upto_layer", "tracing: the registry and upto's layer", layer),
    Candidate::per_pair(
        "upto_layer_100_threads",
        "tracing: likewise, while 100 other threads have had spans",
        layer_100_threads,
    ),
    Candidate::per_pair("upto_subscriber", "tracing: upto's own subscriber, without a registry", subscriber),
    Candidate::per_pair(
        "upto_layer_field",
        "tracing: likewise the layer, with an integer as a field",
        layer_field,
    ),
    Candidate::per_pair(
        "upto_layer_off",
        "tracing: the registry and upto's layer, no client running",
        layer_off,
    ),
];

fn layer_field() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = upto::client(receiver.address)?;
    spanned::with_field(registry().with(upto_tracing::layer()))
}

fn layer_off() -> Result<f64, Failure> {
    spanned::with(registry().with(upto_tracing::layer()))
}

fn layer() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = upto::client(receiver.address)?;
    spanned::with(registry().with(upto_tracing::layer()))
}

fn layer_100_threads() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = upto::client(receiver.address)?;
    spanned::with_others(registry().with(upto_tracing::layer()), 100)
}

fn subscriber() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = upto::client(receiver.address)?;
    spanned::with(upto_tracing::subscriber())
}
