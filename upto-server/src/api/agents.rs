//! `POST /api/deliveries`, and `GET /api/agents`, `GET` and `DELETE /api/agents/{id}`: what agents hand over, and how they
//! stand.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::HeldBody;
use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::intake::{Intake, Refused};
use super::{Answer, App, Problem, body, represent};
use crate::agent::{Delivery, parse_id, readable};
use crate::doors::Caller;
use crate::handover::{Arrived, Handover, KnownAgent, Taken, Undelivered, Way, known};
use crate::metrics::Input;

const PATH: &str = "/api/agents";

/// An agent, as it stood when it was heard of last.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Agent)]
pub(super) struct AgentProperties {
    id: String,
    name: String,
    software: String,
    /// `push` or `pull`.
    way: &'static str,
    /// Null where the server asks it.
    address: Option<String>,
    /// The id of the token that it showed; null where none was needed.
    token: Option<String>,
    first_seen: String,
    last_seen: String,
    backlog: Backlog,
    /// For how long the oldest message that it has not handed over waits, in seconds; 0 if there is none.
    lag_seconds: f64,
    /// Messages of it that were taken.
    messages: u64,
    /// Messages that it had to drop, since its spool was full or too old.
    lost: u64,
    /// Messages of it that were refused.
    refused: u64,
    /// Other agents that messages came through before they came to it, at most.
    hops: u64,
}

/// What an agent has not handed over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgentBacklog)]
struct Backlog {
    bytes: u64,
    messages: u64,
}

/// Takes what an agent has spooled.
#[utoipa::path(
    post,
    path = "/api/deliveries",
    request_body(description = "a delivery, as the documentation of agents describes it", content = Vec<u8>,
        content_type = "application/msgpack"),
    responses((status = OK, description = "all of it is durable", body = Resource<AgentProperties>))
)]
pub(super) async fn deliver(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let taken = take(&app, peer, &caller, &headers, body).await;
    taken.map(IntoResponse::into_response).map_err(|(reason, problem)| {
        app.metrics.count_refused(Input::Http, reason, 1);
        problem
    })
}

async fn take(
    app: &App,
    peer: SocketAddr,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Hal<Resource<AgentProperties>>, Refused> {
    let at = app.doors.now();
    expect_messagepack(headers)?;
    if let Err(refused) = app.check() {
        return Err(body::refuse(body, refused).await);
    }
    let HeldBody { bytes, .. } = &body::read(body, &app.bodies).await?;
    let arrived = Arrived { at, way: Way::Push, peer: Some(peer.ip()), caller };
    let handover = Handover { catalog: &app.catalog, ingest: &app.ingest, metrics: &app.metrics };
    let taken = async { handover.take(&Delivery::decode(bytes)?, arrived).await }.await;
    let Taken { agent, .. } = taken.map_err(|undelivered| (undelivered.label(), problem(undelivered)))?;
    Ok(Hal(resource(agent, app.doors.now())))
}

/// # Errors
/// The body does not say that it is a delivery.
pub(super) fn expect_messagepack(headers: &HeaderMap) -> Result<(), Refused> {
    if body::content_type(headers) == "application/msgpack" {
        return Ok(());
    }
    let detail = "the content type has to be application/msgpack";
    Err(("content_type", Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)))
}

pub(super) fn problem(undelivered: Undelivered) -> Problem {
    match undelivered {
        Undelivered::Malformed(error) => Problem::bad_request(error.to_string()),
        Undelivered::Refused(refusal) => refusal.into(),
        Undelivered::Store(error) => error.into(),
        Undelivered::Unspooled(unspooled) => unspooled.into(),
        Undelivered::Loop => Problem::new(StatusCode::LOOP_DETECTED, undelivered.to_string()),
        Undelivered::TooMany => Problem::new(StatusCode::CONFLICT, undelivered.to_string()),
    }
}

/// All agents that are known.
#[utoipa::path(
    get,
    path = "/api/agents",
    responses((status = OK, body = List<Nothing, Resource<AgentProperties>>))
)]
pub(super) async fn list(State(app): State<App>) -> Answer<Hal<List<Nothing, Resource<AgentProperties>>>> {
    let agents = known::all(app.catalog.store().as_ref()).await?;
    let links = Links::of(PATH).with_many("item", agents.iter().map(|agent| address(agent.id)));
    let now = app.doors.now();
    let item = agents.into_iter().map(|agent| resource(agent, now)).collect();
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// An agent.
#[utoipa::path(
    get,
    path = "/api/agents/{id}",
    responses((status = OK, body = Resource<AgentProperties>))
)]
pub(super) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Hal<Resource<AgentProperties>>> {
    let id = parse_id(&id).ok_or_else(no_agent)?;
    let agent = known::get(app.catalog.store().as_ref(), id).await?;
    agent.map(|agent| Hal(resource(agent, app.doors.now()))).ok_or_else(no_agent)
}

/// Forgets an agent, until it is heard of again. What it handed over stays.
#[utoipa::path(
    delete,
    path = "/api/agents/{id}",
    responses((status = NO_CONTENT))
)]
pub(super) async fn forget(State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    let id = parse_id(&id).ok_or_else(no_agent)?;
    match known::forget(app.catalog.store().as_ref(), id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(no_agent()),
    }
}

fn no_agent() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no agent with this id")
}

fn address(id: u64) -> String {
    format!("{PATH}/{}", readable(id))
}

pub(super) fn resource(agent: KnownAgent, now: i64) -> Resource<AgentProperties> {
    let links = Links::of(address(agent.id)).with("collection", PATH);
    let lag_seconds = represent::seconds(agent.lag(now));
    let KnownAgent { id, name, software, way, address, token, first_seen, last_seen, .. } = agent;
    let KnownAgent { backlog_bytes, backlog_messages, messages, lost, refused, hops, .. } = agent;
    let properties = AgentProperties {
        id: readable(id),
        name,
        software,
        way: way.as_str(),
        address,
        token,
        first_seen: represent::time(first_seen),
        last_seen: represent::time(last_seen),
        backlog: Backlog { bytes: backlog_bytes, messages: backlog_messages },
        lag_seconds,
        messages,
        lost,
        refused,
        hops,
    };
    Resource { properties, links }
}
