//! `POST /v1/traces`: of a server, and of an agent.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::super::intake::{Intake, Refused};
use super::super::spool::AgentApp;
use super::super::{App, BODY_BYTES, Problem, body};
use super::{Encoding, Outcome, gzip, take};

/// Takes spans: OTLP over HTTP.
#[utoipa::path(
    post,
    path = "/v1/traces",
    request_body(
        description = "ExportTraceServiceRequest",
        content((Object = "application/json"), ("application/x-protobuf"))
    ),
    responses(
        (status = OK, description = "ExportTraceServiceResponse",
            content((Object = "application/json"), ("application/x-protobuf"))),
        (status = BAD_REQUEST, description = "google.rpc.Status",
            content((Object = "application/json"), ("application/x-protobuf"))),
        (status = PAYLOAD_TOO_LARGE, description = "google.rpc.Status",
            content((Object = "application/json"), ("application/x-protobuf"))),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "google.rpc.Status",
            content((Object = "application/json"), ("application/x-protobuf"))),
        (status = SERVICE_UNAVAILABLE, description = "google.rpc.Status",
            content((Object = "application/json"), ("application/x-protobuf"), (Object = "application/problem+json")),
            headers(("Retry-After" = String)))
    )
)]
pub(super) async fn export(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&app, peer, &headers, body).await
}

/// The same on an agent: spans become messages there, by the rules that a server has by default, and are durable there
/// when they are answered.
pub(super) async fn spool_export(
    State(app): State<AgentApp>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&app, peer, &headers, body).await
}

async fn answer(
    intake: &impl Intake,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: &HeaderMap,
    body: Body,
) -> Response {
    let encoding = Encoding::of(headers);
    match read_and_take(intake, peer, encoding, headers, body).await {
        Ok(outcome) => encoding.unwrap_or(Encoding::Json).taken(&outcome),
        Err((reason, problem)) => {
            intake.count_refused(reason);
            encoding.unwrap_or(Encoding::Json).refused(&problem)
        }
    }
}

async fn read_and_take(
    intake: &impl Intake,
    peer: SocketAddr,
    encoding: Option<Encoding>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Outcome, Refused> {
    let unknown = "the content type has to be application/x-protobuf or application/json";
    let encoding = encoding.ok_or_else(|| unsupported("content_type", unknown))?;
    let decompress = gzip::is_used(headers)?;
    if let Err(refused) = intake.check() {
        return Err(body::refuse(body, refused).await);
    }
    let body = body::read(body, intake.bodies()).await?;
    let body = if decompress { gzip::inflate(body, BODY_BYTES)? } else { body };
    take(intake, peer, encoding, &body.bytes).await
}

/// What is not understood.
pub(super) fn unsupported(reason: &'static str, detail: &str) -> Refused {
    (reason, Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}
