//! `tracing-subscriber`'s registry, with a layer that does nothing: what every layer pays.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, registry};

use super::{Candidate, spanned};
use crate::failure::Failure;

pub(super) const CANDIDATES: &[Candidate] =
    &[Candidate::per_pair("tracing_noop", "tracing: the registry and a layer that does nothing", noop)];

/// A registry alone never lets go of spans that are closed, and is nothing to compare with.
struct Noop;

impl<S: tracing::Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Noop {}

fn noop() -> Result<f64, Failure> {
    spanned::with(registry().with(Noop))
}
