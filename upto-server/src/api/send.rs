//! `POST /api/events`: messages over HTTP, answered when they are durable.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use upto::wire::Batch;
use utoipa::ToSchema;

use super::body::HeldBody;
use super::hal::{Hal, Links, Resource};
use super::intake::{self, Intake, Refused};
use super::openapi::Messages;
use super::{App, Problem, body, href};
use crate::catalog::Timeline;
use crate::decode::{self, BodyError};
use crate::doors::Caller;
use crate::metrics::Input;

#[derive(Serialize, ToSchema)]
pub(super) struct Stored {
    pub(super) stored: usize,
    pub(super) timelines: Vec<Resource<Place>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TimelineName)]
pub(super) struct Place {
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
) -> Result<Response, Problem> {
    let answer = take(&app, peer, &caller, &headers, body).await;
    answer.map_err(|(reason, problem)| {
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
) -> Result<Response, Refused> {
    let format = Format::of(headers)?;
    if let Err(refused) = app.check() {
        return Err(body::refuse(body, refused).await);
    }
    let HeldBody { bytes: body, .. } = &body::read(body, &app.bodies).await?;
    match format {
        Format::Json => {
            let messages = decode::json(body).map_err(|error| refused(&error))?;
            store(app, peer, caller, decode::batch(&messages).map_err(|error| refused(&error))?).await
        }
        Format::MessagePack => {
            store(app, peer, caller, decode::messagepack(body).map_err(|error| refused(&error))?).await
        }
    }
}

async fn store(app: &App, peer: SocketAddr, caller: &Caller, batch: Batch<'_>) -> Result<Response, Refused> {
    caller.expect_for_batch(&app.catalog, &batch).map_err(|problem| ("forbidden", problem))?;
    let receipt = app.ingest.take(&batch, peer.ip()).await.map_err(intake::refused)?;
    app.ingest.stored(&receipt).await.map_err(intake::refused)?;
    let timelines = receipt.timelines.iter().map(|timeline| place(timeline)).collect();
    let properties = Stored { stored: batch.messages.len() + batch.reports.len(), timelines };
    Ok((StatusCode::CREATED, Hal(Resource { properties, links: Links::of("/api/events") })).into_response())
}

fn place(timeline: &Timeline) -> Resource<Place> {
    let properties = Place { context: timeline.context().to_string(), name: timeline.name().to_string() };
    Resource { properties, links: Links::of(href::timeline(timeline.context(), timeline.name())) }
}

pub(super) enum Format {
    Json,
    MessagePack,
}

impl Format {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Refused> {
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

pub(super) fn refused(error: &BodyError) -> Refused {
    let (reason, status) = match error {
        BodyError::Syntax(_) => ("syntax", StatusCode::BAD_REQUEST),
        BodyError::Meaning(_) => ("meaning", StatusCode::UNPROCESSABLE_ENTITY),
        BodyError::TooMany => ("too_many", StatusCode::PAYLOAD_TOO_LARGE),
    };
    (reason, Problem::new(status, error.to_string()))
}
