//! `GET /api`: where everything begins.

use serde::Serialize;

use super::hal::{Hal, Links, Resource};
use super::{search, stuck};

#[derive(Serialize)]
pub(super) struct Root {
    name: &'static str,
    version: &'static str,
}

pub(super) async fn show() -> Hal<Resource<Root>> {
    let properties = Root { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
    let links = Links::of("/api")
        .with("contexts", "/api/contexts")
        .with("events", "/api/events")
        .with("inputs", "/api/inputs")
        .with("tokens", "/api/tokens")
        .with("audit", "/api/audit")
        .with_template("search", format!("/api/search{}", search::VARIABLES))
        .with_template("stuck", format!("/api/stuck{}", stuck::ALL_VARIABLES));
    Hal(Resource { properties, links })
}
