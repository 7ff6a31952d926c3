//! `POST /api/events`: messages over HTTP, answered when they are durable.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use upto::wire::Batch;
use utoipa::ToSchema;

use super::body::Refused;
use super::hal::{Hal, Links, Resource};
use super::openapi::Messages;
use super::taking::{self, Takes};
use super::{Answer, App, Problem, body, href};
use crate::catalog::Timeline;
use crate::decode;
use crate::doors::Caller;

#[derive(Serialize, ToSchema)]
struct Stored {
    stored: usize,
    timelines: Vec<Resource<Place>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TimelineName)]
struct Place {
    context: String,
    name: String,
}

/// Takes messages.
#[utoipa::path(
    post,
    path = "/api/events",
    request_body(description = "one message, or several: an array, or one after the other",
        content((Messages = "application/json"), ("application/x-ndjson"), ("application/msgpack"))),
    responses((status = CREATED, description = "all of them are durable", body = Resource<Stored>))
)]
pub(super) async fn send(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    answer(&app, peer.ip(), &caller, &headers, body).await
}

/// Takes the messages of a request, which are durable when that is answered.
pub(super) async fn answer(
    app: &impl Takes,
    peer: IpAddr,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Answer<Response> {
    taking::counted(app, take(app, peer, caller, headers, body).await)
}

async fn take<T: Takes>(
    app: &T,
    peer: IpAddr,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let format = Format::of(headers)?;
    let sent = taking::read(app, body).await?;
    // What was read of the body takes more memory than the body, so it does not wait for the store.
    let (count, taken) = match format {
        Format::Json => {
            let messages = decode::json(&sent.bytes)?;
            begin(app, peer, caller, &decode::batch(&messages)?).await?
        }
        Format::MessagePack => begin(app, peer, caller, &decode::messagepack(&sent.bytes)?).await?,
    };
    Ok((T::TAKEN, Hal(stored(count, &app.stored(taken).await?))).into_response())
}

/// Takes messages, as many as are told.
async fn begin<T: Takes>(
    app: &T,
    peer: IpAddr,
    caller: &Caller,
    batch: &Batch<'_>,
) -> Result<(usize, T::Taken), Refused> {
    caller.expect_for_batch(app.catalog(), batch).map_err(|problem| ("forbidden", problem))?;
    Ok((batch.messages.len() + batch.reports.len(), app.take(batch, peer).await?))
}

fn stored(stored: usize, timelines: &[Arc<Timeline>]) -> Resource<Stored> {
    let timelines = timelines.iter().map(|timeline| place(timeline)).collect();
    Resource { properties: Stored { stored, timelines }, links: Links::of("/api/events") }
}

fn place(timeline: &Timeline) -> Resource<Place> {
    let properties = Place { context: timeline.context().to_string(), name: timeline.name().to_string() };
    Resource { properties, links: Links::of(href::timeline(timeline.context(), timeline.name())) }
}

enum Format {
    Json,
    MessagePack,
}

impl Format {
    fn of(headers: &HeaderMap) -> Result<Self, Refused> {
        match body::content_type(headers).as_str() {
            "application/json" | "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
                Ok(Format::Json)
            }
            "application/msgpack" | "application/x-msgpack" | "application/vnd.msgpack" => {
                Ok(Format::MessagePack)
            }
            _ => Err((
                "content_type",
                Problem::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "the content type has to be application/json, application/x-ndjson or application/msgpack",
                ),
            )),
        }
    }
}
