//! `GET /api/pings` and `GET /api/pings/{service}`: what is asked whether it answers, and how that goes.

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::represent::{seconds, time};
use super::{Answer, App, Problem, href};
use crate::doors::Caller;
use crate::watch::{Outcome, PingSettings, PingStanding};

pub(super) const PATH: &str = "/api/pings";

/// How a ping stands, and what is asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ping)]
pub(super) struct PingProperties {
    service: String,
    url: String,
    method: String,
    frequency_seconds: f64,
    timeout_seconds: f64,
    /// up, down, or unknown: it was not asked yet.
    state: &'static str,
    /// Since when; null while it was always up.
    since: Option<String>,
    /// When it was asked last.
    last: Option<String>,
    last_success: Option<String>,
    latency_seconds: Option<f64>,
    /// The status of the last answer.
    status: Option<u16>,
    /// What was wrong with the last answer; null: nothing.
    problem: Option<String>,
}

/// What a try came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PingResult)]
pub(super) struct OutcomeProperties {
    time: String,
    latency_seconds: f64,
    status: Option<u16>,
    problem: Option<String>,
}

/// What is asked whether it answers.
#[utoipa::path(
    get,
    path = "/api/pings",
    responses((status = OK, body = List<Nothing, Resource<PingProperties>>))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
) -> Answer<Hal<List<Nothing, Resource<PingProperties>>>> {
    let mut item = Vec::new();
    for settings in app.watch.settings().pings.iter().filter(|settings| caller.is_for(&settings.service)) {
        let standing = app.watch.ping_standing(&settings.service).await?;
        let links = Links::of(address(&settings.service)).with("collection", PATH);
        item.push(Resource { properties: properties(settings, standing), links });
    }
    Ok(Hal(List { properties: Nothing {}, links: Links::of(PATH), embedded: Items { item } }))
}

/// A ping, and what it came to in the last day, the latest last.
#[utoipa::path(
    get,
    path = "/api/pings/{service}",
    responses((status = OK, body = List<PingProperties, OutcomeProperties>))
)]
pub(super) async fn show(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(service): Path<String>,
) -> Answer<Hal<List<PingProperties, OutcomeProperties>>> {
    let service = href::name(&service);
    caller.expect_for(service)?;
    let settings = app.watch.settings().pings.iter().find(|settings| settings.service == service);
    let settings = settings.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no such ping"))?;
    let standing = app.watch.ping_standing(service).await?;
    let item = app.watch.ping_outcomes(service).await?.into_iter().map(outcome).collect();
    let links = Links::of(address(service)).with("collection", PATH);
    Ok(Hal(List { properties: properties(settings, standing), links, embedded: Items { item } }))
}

fn address(service: &str) -> String {
    format!("{PATH}/{}", href::encoded(&href::label(service)))
}

fn outcome(outcome: Outcome) -> OutcomeProperties {
    let Outcome { time: at, latency, status, problem } = outcome;
    OutcomeProperties { time: time(at), latency_seconds: seconds(latency), status, problem }
}

fn properties(settings: &PingSettings, standing: Option<PingStanding>) -> PingProperties {
    let PingSettings { service, url, method, frequency, timeout, .. } = settings;
    let state = match &standing {
        None => "unknown",
        Some(standing) if standing.is_down => "down",
        Some(_) => "up",
    };
    let standing = standing.unwrap_or_default();
    let last = standing.last;
    PingProperties {
        service: service.clone(),
        url: url.clone(),
        method: method.clone(),
        frequency_seconds: frequency.as_secs_f64(),
        timeout_seconds: timeout.as_secs_f64(),
        state,
        since: (standing.since != 0).then(|| time(standing.since)),
        last: last.as_ref().map(|last| time(last.time)),
        last_success: standing.last_success.map(time),
        latency_seconds: last.as_ref().map(|last| seconds(last.latency)),
        status: last.as_ref().and_then(|last| last.status),
        problem: last.and_then(|last| last.problem),
    }
}
