//! `tracing-chrome`, its trace written to nowhere.

use tracing_chrome::ChromeLayerBuilder;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use super::{Candidate, spanned};
use crate::failure::Failure;

pub(super) const CANDIDATES: &[Candidate] = &[Candidate::per_pair(
    "tracing_chrome",
    "tracing: the registry and tracing-chrome, written to nowhere",
    to_nowhere,
)];

fn to_nowhere() -> Result<f64, Failure> {
    let (layer, _guard) = ChromeLayerBuilder::new().writer(std::io::sink()).build();
    spanned::with(registry().with(layer))
}
