//! `GET /api/inputs`: what has come in since the server runs, and what of it did not get further.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::hal::{Hal, Links, Resource};
use crate::metrics::{Input, Metrics};

#[derive(Serialize, ToSchema)]
pub(super) struct Inputs {
    datagrams: Datagrams,
    requests: Requests,
    /// What was taken and is not in the store yet.
    waiting_bytes: usize,
}

#[derive(Serialize, ToSchema)]
struct Datagrams {
    /// By this server: taken, or refused.
    received: u64,
    refused: BTreeMap<&'static str, u64>,
    /// Null where the system does not tell.
    dropped_by_kernel: Option<u64>,
}

#[derive(Serialize, ToSchema)]
struct Requests {
    refused: BTreeMap<&'static str, u64>,
}

/// What has come in since this server began, and what of it got no further.
#[utoipa::path(
    get,
    path = "/api/inputs",
    responses((status = OK, body = Resource<Inputs>))
)]
pub(super) async fn show(State(app): State<App>) -> Hal<Resource<Inputs>> {
    Hal(of(&app.metrics, app.ingest.waiting_bytes()))
}

/// What came in, of which so many bytes are not in the store.
pub(super) fn of(metrics: &Metrics, waiting_bytes: usize) -> Resource<Inputs> {
    let datagrams = Datagrams {
        received: metrics.datagrams.get(),
        refused: metrics.refused(Input::Udp),
        dropped_by_kernel: metrics.kernel_drops.count(),
    };
    let requests = Requests { refused: metrics.refused(Input::Http) };
    let properties = Inputs { datagrams, requests, waiting_bytes };
    Resource { properties, links: Links::of("/api/inputs") }
}
