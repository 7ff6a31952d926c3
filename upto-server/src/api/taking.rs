//! What a server and an agent have in common when they are sent something over HTTP: whether anything is taken at present
//! is looked at before the body is read, a body counts as long as it is held, and what is refused is counted by its reason.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use upto::wire::Batch;

use super::body::{self, HeldBody, Refused};
use super::{Answer, App, heartbeats};
use crate::agent::Delivery;
use crate::catalog::{Catalog, Timeline};
use crate::config::OtlpRules;
use crate::handover::{Arrived, Handover, KnownAgent, Undelivered};
use crate::ingest::{Budget, Receipt};
use crate::metrics::{Input, Metrics};
use crate::watch::Report;

/// Who takes messages, spans and deliveries.
pub(super) trait Takes: Clone + Send + Sync + 'static {
    /// What is answered when messages are durable.
    const TAKEN: StatusCode;

    fn metrics(&self) -> &Metrics;

    /// Bytes that bodies of requests may have together.
    fn bodies(&self) -> &Arc<Budget>;

    /// Knows by which names contexts go, whatever a sender calls them.
    fn catalog(&self) -> &Catalog;

    /// How spans become events.
    fn otlp(&self) -> &OtlpRules;

    /// Nanoseconds since the epoch.
    fn now(&self) -> i64;

    /// # Errors
    /// Why nothing is taken at present.
    fn check(&self) -> Result<(), Refused>;

    /// What is known of messages that were taken and are not durable yet. They themselves are not needed any more.
    type Taken: Send;

    /// Takes all messages or none.
    fn take(
        &self,
        batch: &Batch<'_>,
        peer: IpAddr,
    ) -> impl Future<Output = Result<Self::Taken, Refused>> + Send;

    /// Waits until what was taken is durable; the timelines that it went to, if that is known here.
    fn stored(&self, taken: Self::Taken) -> impl Future<Output = Result<Vec<Arc<Timeline>>, Refused>> + Send;

    /// Takes what an agent hands over, and waits until it is durable; how that agent stands now.
    fn take_delivery(
        &self,
        delivery: &Delivery<'_>,
        arrived: Arrived<'_>,
    ) -> impl Future<Output = Result<KnownAgent, Undelivered>> + Send;
}

impl Takes for App {
    const TAKEN: StatusCode = StatusCode::CREATED;

    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn bodies(&self) -> &Arc<Budget> {
        &self.bodies
    }

    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn otlp(&self) -> &OtlpRules {
        &self.otlp
    }

    fn now(&self) -> i64 {
        self.doors.now()
    }

    fn check(&self) -> Result<(), Refused> {
        Ok(self.ingest.check()?)
    }

    type Taken = Receipt;

    async fn take(&self, batch: &Batch<'_>, peer: IpAddr) -> Result<Receipt, Refused> {
        for report in &batch.reports {
            // What is wrong else is told by who takes it.
            if let Ok(Report::Change(_, change)) = Report::of(report, batch)
                && let Some(target) = change.target()
            {
                heartbeats::expect_target(self, target).map_err(|problem| ("target", problem))?;
            }
        }
        Ok(self.ingest.take(batch, peer).await?)
    }

    async fn stored(&self, receipt: Receipt) -> Result<Vec<Arc<Timeline>>, Refused> {
        self.ingest.stored(&receipt).await?;
        Ok(receipt.timelines)
    }

    async fn take_delivery(
        &self,
        delivery: &Delivery<'_>,
        arrived: Arrived<'_>,
    ) -> Result<KnownAgent, Undelivered> {
        let handover = Handover { catalog: &self.catalog, ingest: &self.ingest, metrics: &self.metrics };
        Ok(handover.take(delivery, arrived).await?.agent)
    }
}

/// The body of a request, if anything is taken at present.
///
/// # Errors
/// Nothing is, or the body can't be [read](body::read).
pub(super) async fn read(app: &impl Takes, sent: Body) -> Result<HeldBody, Refused> {
    match app.check() {
        Ok(()) => body::read(sent, app.bodies()).await,
        Err(refused) => Err(body::refuse(sent, refused).await),
    }
}

/// The same as an answer; what was refused is counted.
pub(super) fn counted<T>(app: &impl Takes, taken: Result<T, Refused>) -> Answer<T> {
    taken.map_err(|(reason, problem)| {
        app.metrics().count_refused(Input::Http, reason, 1);
        problem
    })
}
