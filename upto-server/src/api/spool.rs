//! What an agent answers: messages in as a server takes them, deliveries of other agents, and its spool for who asks it.
//!
//! The guard around it is that of the server, with the tokens of the spool's store.

mod take;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Extension, OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use serde_json::json;
use tokio::sync::watch;
use upto::wire::{Batch, encode_single};

use super::agents::{self, expect_messagepack};
use super::body::HeldBody;
use super::hal::{Hal, Links, Resource};
use super::inputs::{self, Inputs};
use super::intake::{self, Intake, Refused};
use super::send::{Format, Stored, refused};
use super::{Answer, BODY_BYTES, Problem, body, import, otlp, problem, represent};
use crate::agent::{Backlog, Delivery, Entry, EntryKind, Identity, Spool, Unspooled, readable};
use crate::catalog::Catalog;
use crate::config::OtlpRules;
use crate::decode;
use crate::doors::Caller;
use crate::fleet::Local;
use crate::handover::{Arrived, Chained, Undelivered, Way};
use crate::ingest::Budget;
use crate::metrics::{Gauges, Metrics};
use crate::watch::Report;

/// Addresses of what a server has and an agent has not begin with these.
const ASKED_ELSEWHERE: [&str; 7] =
    ["/api/contexts", "/api/heartbeats", "/api/journal", "/api/alerts", "/api/live", "/api/search", "/ping/"];
/// Messages of one request are spooled in parts of about so many bytes.
const PART_BYTES: usize = 256 << 10;

/// What the handlers of an agent work with.
#[derive(Clone)]
pub(crate) struct AgentApp {
    pub(crate) spool: Arc<Spool>,
    /// Of the spool's store: it has no contexts.
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) metrics: Arc<Metrics>,
    /// Bytes that bodies of requests may have together.
    pub(crate) bodies: Arc<Budget>,
    /// It hands over by itself, so nobody has to ask it.
    pub(crate) is_pushing: bool,
    /// How spans that come as OTLP become events.
    pub(crate) otlp: Arc<OtlpRules>,
    /// This host, if it is one of a fleet.
    pub(crate) local: Option<Local>,
    /// True when the agent shuts down: who waits is answered.
    pub(crate) stop: watch::Receiver<bool>,
}

/// Everything that an agent answers.
pub(crate) fn agent_routes(app: AgentApp) -> Router {
    Router::new()
        .route("/api", get(root))
        .route("/api/events", post(send))
        .route("/api/deliveries", post(deliver))
        .route("/api/contexts/{context}/timelines/{timeline}/import", post(import::spool))
        .route("/api/inputs", get(inputs))
        .route("/api/spool", get(show))
        .route("/api/spool/take", post(take::take))
        .route("/healthz", get(super::status::healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/status/healthy", get(super::fleet::healthy))
        .route("/status/ready", get(forge_ready))
        .route("/api/fleet/measurements/{check}", get(measure))
        .fallback(no_route)
        .method_not_allowed_fallback(problem::no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(map_response(problem::instead_of_text))
        // Errors are what OTLP says they are.
        .merge(otlp::agent_routes())
        .with_state(app)
}

impl From<Unspooled> for Problem {
    fn from(unspooled: Unspooled) -> Self {
        match &unspooled {
            Unspooled::Store(error) if !error.is_temporary() => Problem::from(error.as_ref()),
            _ => Problem::new(StatusCode::SERVICE_UNAVAILABLE, unspooled.to_string()),
        }
    }
}

/// The answer to who sent what is not spooled.
pub(super) fn unspooled(reason: Unspooled) -> Refused {
    (reason.label(), reason.into())
}

/// Whoever asks here for what a server has is told where that is.
async fn no_route(uri: OriginalUri) -> Problem {
    if ASKED_ELSEWHERE.iter().any(|start| uri.0.path().starts_with(start)) {
        let detail = "this is an agent: it takes messages and hands them over, and all else is for the server that has \
                      them then";
        return Problem::new(StatusCode::NOT_FOUND, detail);
    }
    problem::no_route(uri).await
}

async fn root(State(app): State<AgentApp>) -> Response {
    let Identity { id, name, software } = app.spool.identity();
    let links = Links::of("/api")
        .with("events", "/api/events")
        .with("deliveries", "/api/deliveries")
        .with("inputs", "/api/inputs")
        .with("spool", "/api/spool");
    let properties = json!({"agent": readable(*id), "name": name, "software": software});
    Hal(Resource { properties, links }).into_response()
}

/// What an agent has that is not handed over.
#[derive(Serialize)]
struct SpoolProperties {
    agent: String,
    name: String,
    bytes: u64,
    messages: u64,
    /// When the oldest of it was received; null if there is nothing.
    oldest: Option<String>,
    /// What came in and is not on the disk yet.
    waiting_bytes: usize,
}

async fn show(State(app): State<AgentApp>) -> Hal<Resource<SpoolProperties>> {
    let Backlog { bytes, messages, oldest } = app.spool.backlog().await;
    let Identity { id, name, .. } = app.spool.identity();
    let properties = SpoolProperties {
        agent: readable(*id),
        name: name.clone(),
        bytes,
        messages,
        oldest: oldest.map(represent::time),
        waiting_bytes: app.spool.waiting_bytes(),
    };
    Hal(Resource { properties, links: Links::of("/api/spool") })
}

async fn inputs(State(app): State<AgentApp>) -> Hal<Resource<Inputs>> {
    Hal(inputs::of(&app.metrics, app.spool.waiting_bytes()))
}

/// Takes messages, which are durable here when they are answered; where they will go is not known here.
async fn send(
    State(app): State<AgentApp>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let taken = take_messages(&app, peer.ip(), &caller, &headers, body).await;
    counted(&app, taken)
}

async fn take_messages(
    app: &AgentApp,
    peer: IpAddr,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let format = Format::of(headers)?;
    if let Err(refused) = app.check() {
        return Err(body::refuse(body, refused).await);
    }
    let HeldBody { bytes, .. } = &body::read(body, &app.bodies).await?;
    match format {
        Format::Json => {
            let messages = decode::json(bytes).map_err(|error| refused(&error))?;
            let batch = decode::batch(&messages).map_err(|error| refused(&error))?;
            spool(app, peer, caller, &batch).await
        }
        Format::MessagePack => {
            let batch = decode::messagepack(bytes).map_err(|error| refused(&error))?;
            spool(app, peer, caller, &batch).await
        }
    }
}

async fn spool(
    app: &AgentApp,
    peer: IpAddr,
    caller: &Caller,
    batch: &Batch<'_>,
) -> Result<Response, Refused> {
    caller.expect_for_batch(&app.catalog, batch).map_err(|problem| ("forbidden", problem))?;
    // Whoever sends what makes no sense can still mend it now.
    for report in &batch.reports {
        Report::of(report, batch).map_err(|fault| intake::refused(fault.into()))?;
    }
    spool_batch(app, peer, batch).await?;
    let properties = Stored { stored: batch.all().count(), timelines: Vec::new() };
    let resource = Resource { properties, links: Links::of("/api/events") };
    Ok((StatusCode::ACCEPTED, Hal(resource)).into_response())
}

/// Spools messages, and waits until they are durable.
pub(super) async fn spool_batch(app: &AgentApp, peer: IpAddr, batch: &Batch<'_>) -> Result<(), Refused> {
    let (received, parts) = (app.spool.now(), parts(batch));
    let entry = |bytes| Entry { kind: EntryKind::Singles, peer, received, bytes };
    let entries = parts.iter().map(|(bytes, messages)| (entry(bytes.as_slice()), *messages));
    let ticket = app.spool.add(entries).map_err(|_| unspooled(Unspooled::Behind))?;
    app.metrics.count_messages(batch.all().map(|message| message.kind));
    app.spool.written(ticket).await.map_err(unspooled)
}

/// The messages as single ones, one after the other, in parts, with how many are in each.
fn parts(batch: &Batch<'_>) -> Vec<(Vec<u8>, u64)> {
    let mut parts: Vec<(Vec<u8>, u64)> = Vec::new();
    for message in batch.all() {
        if parts.last().is_none_or(|(bytes, _)| bytes.len() >= PART_BYTES) {
            parts.push(Default::default());
        }
        if let Some((bytes, messages)) = parts.last_mut() {
            encode_single(message, batch.attributes_of(message), bytes);
            *messages += 1;
        }
    }
    parts
}

/// Takes what another agent hands over.
async fn deliver(
    State(app): State<AgentApp>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let taken = take_delivery(&app, peer.ip(), &caller, &headers, body).await;
    counted(&app, taken)
}

async fn take_delivery(
    app: &AgentApp,
    peer: IpAddr,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let at = app.spool.now();
    expect_messagepack(headers)?;
    if !caller.is_for_all() {
        let detail = "an agent hands over messages of any context, and this token is not for all of them";
        return Err(("forbidden", Problem::new(StatusCode::FORBIDDEN, detail)));
    }
    if let Err(refused) = app.check() {
        return Err(body::refuse(body, refused).await);
    }
    let HeldBody { bytes, .. } = &body::read(body, &app.bodies).await?;
    let chained = Chained { store: app.catalog.store().as_ref(), spool: &app.spool };
    let arrived = Arrived { at, way: Way::Push, peer: Some(peer), caller };
    let taken = async { chained.take(&Delivery::decode(bytes)?, arrived).await }.await;
    let agent =
        taken.map_err(|undelivered: Undelivered| (undelivered.label(), agents::problem(undelivered)))?;
    Ok(Hal(agents::resource(agent, app.spool.now())).into_response())
}

fn counted(app: &AgentApp, taken: Result<Response, Refused>) -> Answer<Response> {
    taken.map_err(|(reason, problem)| {
        app.count_refused(reason);
        problem
    })
}

async fn ready(State(app): State<AgentApp>) -> Answer<&'static str> {
    app.spool.check().map(|()| "ready\n").map_err(Problem::from)
}

/// The same as `ForgeStatus` says it.
async fn forge_ready(State(app): State<AgentApp>) -> Answer<&'static str> {
    app.spool.check().map(|()| "ready").map_err(Problem::from)
}

async fn measure(State(app): State<AgentApp>, Path(check): Path<String>) -> Answer<Response> {
    super::fleet::measured(app.local.as_ref(), &check).await
}

async fn metrics(State(app): State<AgentApp>) -> Answer<Response> {
    let waiting_bytes = app.spool.waiting_bytes();
    let gauges =
        Gauges { contexts: 0, fold_bytes: 0, waiting_bytes, open_events_forgotten: 0, damaged_documents: 0 };
    let text = app.metrics.text(gauges, None);
    let text = text.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
