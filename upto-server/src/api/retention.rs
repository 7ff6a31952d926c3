//! `GET`, `PUT` and `DELETE /api/contexts/{context}/retention`: what is kept of a context.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, Whole};
use super::hal::{Hal, Links, Resource};
use super::{Answer, App, Problem, href};
use crate::catalog::Context;
use crate::retention::{self, Retention};

/// The limits that hold for a context; null where there is none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetentionLimits)]
pub(super) struct Limits {
    age_seconds: Option<u64>,
    count: Option<u64>,
    bytes: Option<u64>,
    /// They were set for this context. Else they are the server's.
    own: bool,
}

/// The body of a request to set them; what it does not say has no limit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WantedLimits)]
struct Wanted {
    /// Since the last mark.
    #[serde(default)]
    #[schema(minimum = 1)]
    age_seconds: Option<u64>,
    /// Timelines.
    #[serde(default)]
    #[schema(minimum = 1)]
    count: Option<u64>,
    /// Of marks, as they are stored.
    #[serde(default)]
    #[schema(minimum = 1)]
    bytes: Option<u64>,
}

/// What is kept of a context.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/retention",
    responses((status = OK, body = Resource<Limits>))
)]
pub(super) async fn show(
    State(app): State<App>,
    Path(segment): Path<String>,
) -> Answer<Hal<Resource<Limits>>> {
    let context = app.catalog.find_context(&segment)?;
    let own = retention::own(app.catalog.store().as_ref(), context.first_name()).await?;
    Ok(resource(&context, own.unwrap_or(app.retention), own.is_some()))
}

/// Sets what is kept of a context.
#[utoipa::path(
    put,
    path = "/api/contexts/{context}/retention",
    request_body(content = Wanted),
    responses((status = OK, body = Resource<Limits>))
)]
pub(super) async fn set(
    State(app): State<App>,
    Path(segment): Path<String>,
    headers: HeaderMap,
    body: Whole,
) -> Answer<Hal<Resource<Limits>>> {
    body::expect_json(&headers)?;
    let context = app.catalog.find_context(&segment)?;
    let retention = read(&body.0?)?;
    retention::set(app.catalog.store().as_ref(), context.first_name(), &retention).await?;
    Ok(resource(&context, retention, true))
}

/// Gives a context back to the server's limits.
#[utoipa::path(
    delete,
    path = "/api/contexts/{context}/retention",
    responses((status = OK, body = Resource<Limits>))
)]
pub(super) async fn reset(
    State(app): State<App>,
    Path(segment): Path<String>,
) -> Answer<Hal<Resource<Limits>>> {
    let context = app.catalog.find_context(&segment)?;
    retention::reset(app.catalog.store().as_ref(), context.first_name()).await?;
    Ok(resource(&context, app.retention, false))
}

fn read(body: &[u8]) -> Answer<Retention> {
    let Wanted { age_seconds, count, bytes } = body::object(body)?;
    if [age_seconds, count, bytes].contains(&Some(0)) {
        let detail = "a limit is at least 1; null, or nothing, is none";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    Ok(Retention { age: age_seconds.map(Duration::from_secs), count, bytes })
}

fn resource(context: &Context, retention: Retention, own: bool) -> Hal<Resource<Limits>> {
    let Retention { age, count, bytes } = retention;
    let properties = Limits { age_seconds: age.map(|age| age.as_secs()), count, bytes, own };
    let address = href::context(context.name());
    let links = Links::of(format!("{address}/retention")).with("context", address);
    Hal(Resource { properties, links })
}
