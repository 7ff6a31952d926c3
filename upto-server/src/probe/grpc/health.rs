//! `grpc.health.v1`: whether the server takes messages.

use std::pin::Pin;

use futures_util::stream::{self, Stream, StreamExt};
use tonic::server::NamedService;
use tonic::{Request, Response, Status, async_trait};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::Health;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::{CollectorServer, HealCheckServer, ProbesServer, Served, collect};

/// Answers for all services.
pub(super) struct Healthy(pub(super) Served);

impl Healthy {
    /// As `/readyz` has it, for a service that there is.
    fn answer(&self, service: &str) -> Result<HealthCheckResponse, Status> {
        let known = [
            "",
            HealCheckServer::<Served>::NAME,
            ProbesServer::<Served>::NAME,
            CollectorServer::<collect::Collect>::NAME,
        ];
        if !known.contains(&service) {
            return Err(Status::not_found("there is no such service"));
        }
        let status = match self.0.ingest.check() {
            Ok(()) => ServingStatus::Serving,
            Err(_) => ServingStatus::NotServing,
        };
        Ok(HealthCheckResponse { status: status.into() })
    }
}

#[async_trait]
impl Health for Healthy {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        self.answer(&request.into_inner().service).map(Response::new)
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    /// Says it once, and ends with the server: whoever watches sees the connection end then.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let answer = self.answer(&request.into_inner().service)?;
        let mut stop = self.0.stop.clone();
        let end = stream::once(async move {
            let _ = stop.wait_for(|stop| *stop).await;
        });
        let told = stream::iter([Ok(answer)]).chain(end.filter_map(async |()| None));
        Ok(Response::new(Box::pin(told)))
    }
}
