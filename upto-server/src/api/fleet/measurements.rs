//! `GET /api/fleet/measurements/{check}`: what this host measures, for who asks all of them. Servers and agents answer it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::PATH;
use crate::api::hal::{Hal, Links, Resource};
use crate::api::represent::time;
use crate::api::{Answer, App, Problem, href};
use crate::fleet::Local;
use crate::fleet::measure::{Measured, Unmeasured};

/// What this host measures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FleetMeasurement)]
pub(in crate::api) struct MeasurementProperties {
    /// What this host is called.
    host: String,
    /// Which run of it this is.
    instance: String,
    check: String,
    /// Null where it can't be measured.
    value: Option<f64>,
    /// What the value is; empty for a plain number.
    unit: Option<String>,
    /// When that was so, by this host's clock.
    time: Option<String>,
    /// Why there is no value.
    problem: Option<String>,
}

/// Measures this host.
#[utoipa::path(
    get,
    path = "/api/fleet/measurements/{check}",
    responses((status = OK, body = Resource<MeasurementProperties>))
)]
pub(in crate::api) async fn measure(State(app): State<App>, Path(check): Path<String>) -> Answer<Response> {
    measured(app.fleet.local(), &check).await
}

/// What this host answers, if it is one of a fleet.
pub(in crate::api) async fn measured(local: Option<&Local>, check: &str) -> Answer<Response> {
    let missing = |detail: &str| Problem::new(StatusCode::NOT_FOUND, detail);
    let local = local.ok_or_else(|| missing("this host is of no fleet"))?;
    let check = href::name(check);
    let (measured, problem) = match local.this.measure(check).await {
        Ok(measured) => (Some(measured), None),
        Err(Unmeasured::Failed(reason)) => (None, Some(reason)),
        Err(Unmeasured::Unknown) => return Err(missing("this host knows no such check")),
    };
    let at = measured.as_ref().map(|measured| time(measured.time));
    let (value, unit) = measured.map(|Measured { value, unit, .. }| (value, unit)).unzip();
    let properties = MeasurementProperties {
        host: local.name.clone(),
        instance: local.instance.clone(),
        check: check.to_owned(),
        value,
        unit,
        time: at,
        problem,
    };
    let links = Links::of(format!("{PATH}/measurements/{}", href::encoded(&href::label(check))));
    Ok(Hal(Resource { properties, links }).into_response())
}
