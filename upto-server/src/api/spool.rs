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

use super::body::Refused;
use super::hal::{Hal, Links, Resource};
use super::inputs::{self, Inputs};
use super::taking::{self, Takes};
use super::{Answer, BODY_BYTES, Problem, agents, body, import, otlp, problem, represent, send};
use crate::agent::{Backlog, Delivery, Entry, EntryKind, Identity, Spool, Ticket, Unspooled, readable};
use crate::catalog::{Catalog, Timeline};
use crate::config::OtlpRules;
use crate::doors::Caller;
use crate::fleet::Local;
use crate::handover::{Arrived, Chained, KnownAgent, Undelivered};
use crate::ingest::{Budget, Refusal};
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

impl From<Unspooled> for Refused {
    fn from(unspooled: Unspooled) -> Self {
        (unspooled.label(), unspooled.into())
    }
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

impl Takes for AgentApp {
    /// Where they will go is not known here.
    const TAKEN: StatusCode = StatusCode::ACCEPTED;

    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn bodies(&self) -> &Arc<Budget> {
        &self.bodies
    }

    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn otlp(&self) -> &OtlpRules {
        &self.otlp
    }

    fn now(&self) -> i64 {
        self.spool.now()
    }

    fn check(&self) -> Result<(), Refused> {
        Ok(self.spool.check()?)
    }

    type Taken = Ticket;

    async fn take(&self, batch: &Batch<'_>, peer: IpAddr) -> Result<Ticket, Refused> {
        check_reports(batch)?;
        let (received, parts) = (self.spool.now(), parts(batch));
        let entry = |bytes| Entry { kind: EntryKind::Singles, peer, received, bytes };
        let entries = parts.iter().map(|(bytes, messages)| (entry(bytes.as_slice()), *messages));
        let ticket = self.spool.add(entries).map_err(|_| Unspooled::Behind)?;
        self.metrics.count_messages(batch.all().map(|message| message.kind));
        Ok(ticket)
    }

    async fn stored(&self, ticket: Ticket) -> Result<Vec<Arc<Timeline>>, Refused> {
        self.spool.written(ticket).await?;
        Ok(Vec::new())
    }

    async fn take_delivery(
        &self,
        delivery: &Delivery<'_>,
        arrived: Arrived<'_>,
    ) -> Result<KnownAgent, Undelivered> {
        let chained = Chained { store: self.catalog.store().as_ref(), spool: &self.spool };
        chained.take(delivery, arrived).await
    }
}

/// What services say is looked at where somebody waits for the answer: the server could only count it as refused.
fn check_reports(batch: &Batch<'_>) -> Result<(), Refusal> {
    batch.reports.iter().try_for_each(|report| Report::of(report, batch).map(drop))?;
    Ok(())
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

/// Takes messages, which are durable here when they are answered.
async fn send(
    State(app): State<AgentApp>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    send::answer(&app, peer.ip(), &caller, &headers, body).await
}

/// Takes what another agent hands over. That is not looked into here, so it has to come from somebody who may send it all.
async fn deliver(
    State(app): State<AgentApp>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    if !caller.is_for_all() {
        let detail = "an agent hands over messages of any context, and this token is not for all of them";
        let refused = ("forbidden", Problem::new(StatusCode::FORBIDDEN, detail));
        return taking::counted(&app, Err(body::refuse(body, refused).await));
    }
    agents::answer(&app, peer.ip(), &caller, &headers, body).await
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
