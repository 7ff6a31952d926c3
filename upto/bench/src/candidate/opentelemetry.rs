//! `tracing-opentelemetry` with its defaults, its batches exported to nobody.

use std::hint::black_box;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use super::{Candidate, spanned};
use crate::failure::Failure;

pub(super) const CANDIDATES: &[Candidate] = &[Candidate::per_pair(
    "tracing_opentelemetry",
    "tracing: the registry and tracing-opentelemetry, batches exported to nobody",
    batched,
)];

/// Takes what is exported and forgets it.
#[derive(Debug)]
struct Discard;

impl SpanExporter for Discard {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        black_box(batch);
        Ok(())
    }
}

fn batched() -> Result<f64, Failure> {
    let provider = SdkTracerProvider::builder().with_batch_exporter(Discard).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    spanned::with(registry().with(layer))
}
