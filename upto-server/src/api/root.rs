//! `GET /api`: where everything begins.

use serde::Serialize;
use utoipa::ToSchema;

use super::hal::{Hal, Links, Resource};
use super::{alerts, clusters, fleet, heartbeats, journal, openapi, pings, relations, search, stuck};

#[derive(Serialize, ToSchema)]
pub(super) struct Root {
    name: &'static str,
    version: &'static str,
}

/// Where everything begins: links to all there is.
#[utoipa::path(
    get,
    path = "/api",
    responses((status = OK, body = Resource<Root>))
)]
pub(super) async fn show() -> Hal<Resource<Root>> {
    let properties = Root { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
    let links = Links::of("/api")
        .with_curie(relations::PREFIX, relations::ADDRESS)
        .with("contexts", "/api/contexts")
        .with("events", "/api/events")
        .with("inputs", "/api/inputs")
        .with("agents", "/api/agents")
        .with("fleet", fleet::PATH)
        .with("live", "/api/live")
        .with("alerts", alerts::PATH)
        .with("heartbeats", heartbeats::PATH)
        .with("pings", pings::PATH)
        .with("clusters", clusters::PATH)
        .with("tokens", "/api/tokens")
        .with("audit", "/api/audit")
        .with("service-desc", openapi::PATH)
        .with_template("journal", format!("{}{}", journal::PATH, journal::VARIABLES))
        .with_template("search", format!("/api/search{}", search::VARIABLES))
        .with_template("stuck", format!("/api/stuck{}", stuck::ALL_VARIABLES));
    Hal(Resource { properties, links })
}
