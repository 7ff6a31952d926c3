//! Changing heartbeats: each answer comes when the change is durable.

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::order::{Definition, PulseOrder};
use super::represent::{HeartbeatProperties, address, resource};
use super::{RunQuery, find};
use crate::api::asked::Parameters;
use crate::api::body::Whole;
use crate::api::hal::{Hal, Resource};
use crate::api::{Answer, App, Problem, href};
use crate::doors::Caller;
use crate::watch::heartbeat::{Change, Heartbeat, Key};
use crate::watch::{AlertTarget, Haste, Step};

/// What is meant, and whether it is to be forgotten.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct CancelQuery {
    /// The run; the one without an id if left out.
    run: String,
    /// Remove it, and all that is known of it.
    forget: bool,
}

/// Pulses.
#[utoipa::path(
    post,
    path = "/api/heartbeats",
    request_body(content = PulseOrder),
    responses(
        (status = OK, description = "it was known", body = Resource<HeartbeatProperties>),
        (status = CREATED, description = "it is new", body = Resource<HeartbeatProperties>,
            headers(("Location" = String))),
        (status = CONFLICT, description = "there are too many")
    )
)]
pub(in crate::api) async fn pulse(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Whole,
) -> Answer<Response> {
    let (key, pulse) = PulseOrder::read(&headers, body)?;
    caller.expect_for(&key.service)?;
    begin(&app, &caller, &key, Change::Pulse(Some(pulse))).await
}

/// Says what is expected of a service, which may not have pulsed yet.
#[utoipa::path(
    put,
    path = "/api/heartbeats/{service}",
    request_body(content = Definition),
    responses(
        (status = OK, description = "it was known", body = Resource<HeartbeatProperties>),
        (status = CREATED, description = "it is new", body = Resource<HeartbeatProperties>,
            headers(("Location" = String))),
        (status = CONFLICT, description = "there are too many")
    )
)]
pub(in crate::api) async fn define(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(service): Path<String>,
    headers: HeaderMap,
    body: Whole,
) -> Answer<Response> {
    let (key, pulse) = Definition::read(href::name(&service), &headers, body)?;
    caller.expect_for(&key.service)?;
    begin(&app, &caller, &key, Change::Define(pulse)).await
}

/// Ends the watch of a heartbeat, and tells nobody.
#[utoipa::path(
    delete,
    path = "/api/heartbeats/{service}",
    params(CancelQuery),
    responses((status = OK, description = "as it is, or was", body = Resource<HeartbeatProperties>))
)]
pub(in crate::api) async fn cancel(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(service): Path<String>,
    Parameters(query): Parameters<CancelQuery>,
) -> Answer<Hal<Resource<HeartbeatProperties>>> {
    app.watch.catch_up().await?;
    let heartbeat = find(&app, &caller, &service, &query.run)?;
    if !query.forget {
        return change(&app, &caller, &heartbeat, Change::Cancel).await;
    }
    app.durable(app.watch.take(&heartbeat.key(), Step::Forget, Haste::Now).0).await?;
    Ok(Hal(resource(&app, &caller, &heartbeat)))
}

/// Does not watch a heartbeat until it pulses or is resumed.
#[utoipa::path(
    put,
    path = "/api/heartbeats/{service}/paused",
    params(RunQuery),
    responses((status = OK, body = Resource<HeartbeatProperties>))
)]
pub(in crate::api) async fn pause(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(service): Path<String>,
    Parameters(query): Parameters<RunQuery>,
) -> Answer<Hal<Resource<HeartbeatProperties>>> {
    change_known(&app, &caller, &service, &query.run, Change::Pause).await
}

/// Watches a heartbeat again.
#[utoipa::path(
    delete,
    path = "/api/heartbeats/{service}/paused",
    params(RunQuery),
    responses((status = OK, body = Resource<HeartbeatProperties>))
)]
pub(in crate::api) async fn resume(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(service): Path<String>,
    Parameters(query): Parameters<RunQuery>,
) -> Answer<Hal<Resource<HeartbeatProperties>>> {
    change_known(&app, &caller, &service, &query.run, Change::Resume).await
}

/// # Errors
/// Nobody can be told there: it is said now, and not when somebody should have been.
pub(in crate::api) fn expect_target(app: &App, target: &AlertTarget) -> Answer<()> {
    let AlertTarget { kind, address } = target;
    app.watch.alerts().fault(target).map_or(Ok(()), |problem| {
        let detail = format!("nobody can be told by {kind:?} at {address:?}: {problem}");
        Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
    })
}

/// Applies what may make a heartbeat known.
async fn begin(app: &App, caller: &Caller, key: &Key, change: Change) -> Answer<Response> {
    if let Some(target) = change.target() {
        expect_target(app, target)?;
    }
    let too_many = |error: crate::watch::TooMany| Problem::new(StatusCode::CONFLICT, error.to_string());
    app.watch.expect_room_for(key).map_err(too_many)?;
    let is_new = app.watch.get(key).is_none();
    app.durable(app.watch.take(key, Step::Change(change), Haste::Now).0).await?;
    let Some(heartbeat) = app.watch.get(key) else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "somebody has just had it forgotten"));
    };
    let answer = Hal(resource(app, caller, &heartbeat));
    if !is_new {
        return Ok(answer.into_response());
    }
    let location = [(header::LOCATION, address(&heartbeat))];
    Ok((StatusCode::CREATED, location, answer).into_response())
}

/// Applies a change to the run of a service, if all servers together know it.
async fn change_known(
    app: &App,
    caller: &Caller,
    service: &str,
    run: &str,
    wanted: Change,
) -> Answer<Hal<Resource<HeartbeatProperties>>> {
    app.watch.catch_up().await?;
    change(app, caller, &find(app, caller, service, run)?, wanted).await
}

/// Applies a change to what is known.
async fn change(
    app: &App,
    caller: &Caller,
    heartbeat: &Heartbeat,
    change: Change,
) -> Answer<Hal<Resource<HeartbeatProperties>>> {
    let key = heartbeat.key();
    app.durable(app.watch.take(&key, Step::Change(change), Haste::Now).0).await?;
    let now = app.watch.get(&key);
    Ok(Hal(resource(app, caller, now.as_ref().unwrap_or(heartbeat))))
}
