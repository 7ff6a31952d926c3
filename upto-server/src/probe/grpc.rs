//! gRPC for those who want probes: on the port of HTTP, through the same doors.
//!
//! `dbmon` takes probes away, as dbmon does; `probes` is our own protocol, `watch` a stream of it; `collect` takes what
//! collectors bring; `health` says whether the server takes messages. `delivered` sees whether an answer left, `oversize`
//! gives messages over their limit the status that clients know.

mod collect;
mod convert;
mod dbmon;
mod deadline;
mod delivered;
mod health;
mod oversize;
mod probes;
mod watch;

use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response;
use tonic::server::NamedService;
use tonic::{Request, Status};

pub(crate) use self::dbmon::{forget_taken, readable};
use super::protocol::dbmon::heal_check_server::HealCheckServer;
use super::protocol::v1::collector_server::CollectorServer;
use super::protocol::v1::probes_server::ProbesServer;
use super::protocol::{self, v1};
use super::registry::{Cluster, Registry};
use crate::doors::{Caller, Doors};
use crate::ingest::Ingest;

pub(crate) use self::convert::probe_of;

/// Bytes of a request of a client at most.
const REQUEST_BYTES: usize = 128 << 10;
/// Bytes of what a collector brings at once, at most; and of an answer, which is what clients take unless told otherwise.
pub(crate) const MESSAGE_BYTES: usize = 4 << 20;

/// What the services work with.
#[derive(Clone)]
pub(crate) struct Served {
    pub(crate) registry: Arc<Registry>,
    pub(crate) doors: Arc<Doors>,
    pub(crate) ingest: Arc<Ingest>,
    /// True when the server shuts down: streams end then.
    pub(crate) stop: tokio::sync::watch::Receiver<bool>,
}

/// The routes of all services.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(served: &Served) -> Router<S> {
    let dbmon = HealCheckServer::new(served.clone()).max_decoding_message_size(REQUEST_BYTES);
    let probes = ProbesServer::new(served.clone()).max_decoding_message_size(REQUEST_BYTES);
    let collect = CollectorServer::new(collect::Collect::new(served.clone()));
    let health = tonic_health::pb::health_server::HealthServer::new(health::Healthy(served.clone()));
    let routes = Router::new()
        .route_service(&path(&dbmon), dbmon)
        .layer(map_response(delivered::note))
        .route_service(&path(&probes), probes)
        .route_service(&path(&collect), collect.max_decoding_message_size(MESSAGE_BYTES))
        .route_service(&path(&health), health.max_decoding_message_size(REQUEST_BYTES))
        .layer(map_response(oversize::told));
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(protocol::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    // Descriptors that were made with this program can be read. Old clients know the older version only.
    match (reflection().build_v1(), reflection().build_v1alpha()) {
        (Ok(new), Ok(old)) => routes.route_service(&path(&new), new).route_service(&path(&old), old),
        _ => routes,
    }
}

fn path<S: NamedService>(_: &S) -> String {
    format!("/{}/{{method}}", S::NAME)
}

/// Who asks. The doors have let somebody in.
fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    let caller = request.extensions().get::<Caller>();
    caller.cloned().ok_or_else(|| Status::unauthenticated("this needs a token or a certificate"))
}

impl Served {
    /// A cluster that the caller may see.
    fn cluster(&self, caller: &Caller, name: &str) -> Result<Arc<Cluster>, Status> {
        if !caller.is_for(name) {
            return Err(Status::permission_denied("this is not for that cluster"));
        }
        self.registry.find(name).ok_or_else(|| Status::not_found(format!("Cluster was not found : '{name}'")))
    }
}

impl From<super::registry::Unread> for Status {
    fn from(error: super::registry::Unread) -> Self {
        match error {
            super::registry::Unread::Future { .. } => Status::out_of_range(error.to_string()),
            super::registry::Unread::Store(error) => of_store(&error),
        }
    }
}

/// Only where it may help, the status says that one may try again.
fn of_store(error: &crate::store::StoreError) -> Status {
    match error.is_temporary() {
        true => Status::unavailable(error.to_string()),
        false => Status::internal(error.to_string()),
    }
}

/// The states of both sides.
fn state(state: super::State) -> v1::State {
    match state {
        super::State::Up => v1::State::Up,
        super::State::Degraded => v1::State::Degraded,
        super::State::Down => v1::State::Down,
    }
}
