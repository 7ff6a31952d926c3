//! What takes messages that come in the ways of others: a server, which stores them, and an agent, which spools them.

use std::net::IpAddr;
use std::sync::Arc;

use upto::wire::Batch;

use super::spool::{AgentApp, spool_batch, unspooled};
use super::{App, Problem};
use crate::config::OtlpRules;
use crate::ingest::{Budget, Refusal};
use crate::metrics::{Input, Metrics};

/// Why something was not taken: a label for counters, and the answer.
pub(super) type Refused = (&'static str, Problem);

/// What takes messages.
pub(super) trait Intake: Clone + Send + Sync + 'static {
    fn metrics(&self) -> &Metrics;

    /// Bytes that bodies of requests may have together.
    fn bodies(&self) -> &Arc<Budget>;

    /// How spans become events.
    fn otlp(&self) -> &OtlpRules;

    /// # Errors
    /// Why nothing is taken at present.
    fn check(&self) -> Result<(), Refused>;

    /// Takes messages, and waits until they are durable.
    fn take(&self, batch: &Batch<'_>, peer: IpAddr) -> impl Future<Output = Result<(), Refused>> + Send;

    /// Counts a request that was not taken, for this reason.
    fn count_refused(&self, reason: &'static str) {
        self.metrics().count_refused(Input::Http, reason, 1);
    }
}

impl Intake for App {
    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn bodies(&self) -> &Arc<Budget> {
        &self.bodies
    }

    fn otlp(&self) -> &OtlpRules {
        &self.otlp
    }

    fn check(&self) -> Result<(), Refused> {
        self.ingest.check().map_err(refused)
    }

    async fn take(&self, batch: &Batch<'_>, peer: IpAddr) -> Result<(), Refused> {
        let receipt = self.ingest.take(batch, peer).await.map_err(refused)?;
        self.ingest.stored(&receipt).await.map_err(refused)
    }
}

impl Intake for AgentApp {
    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn bodies(&self) -> &Arc<Budget> {
        &self.bodies
    }

    fn otlp(&self) -> &OtlpRules {
        &self.otlp
    }

    fn check(&self) -> Result<(), Refused> {
        self.spool.check().map_err(unspooled)
    }

    async fn take(&self, batch: &Batch<'_>, peer: IpAddr) -> Result<(), Refused> {
        spool_batch(self, peer, batch).await
    }
}

/// The answer to what is refused.
pub(super) fn refused(refusal: Refusal) -> Refused {
    (refusal.label(), refusal.into())
}
