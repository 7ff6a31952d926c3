//! `POST /v1/traces`.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::super::body::Refused;
use super::super::taking::{self, Takes};
use super::super::{AgentApp, App, BODY_BYTES, Problem};
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
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&app, peer.ip(), &headers, body).await
}

/// The same on an agent, where spans become messages by the rules that a server has by default.
pub(super) async fn export_to_agent(
    State(app): State<AgentApp>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&app, peer.ip(), &headers, body).await
}

async fn answer(app: &impl Takes, peer: IpAddr, headers: &HeaderMap, body: Body) -> Response {
    let encoding = Encoding::of(headers);
    let taken = read_and_take(app, peer, encoding, headers, body).await;
    let encoding = encoding.unwrap_or(Encoding::Json);
    match taking::counted(app, taken) {
        Ok(outcome) => encoding.taken(&outcome),
        Err(problem) => encoding.refused(&problem),
    }
}

async fn read_and_take(
    app: &impl Takes,
    peer: IpAddr,
    encoding: Option<Encoding>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Outcome, Refused> {
    let unknown = "the content type has to be application/x-protobuf or application/json";
    let encoding = encoding.ok_or_else(|| unsupported("content_type", unknown))?;
    let decompress = gzip::is_used(headers)?;
    let body = taking::read(app, body).await?;
    let body = if decompress { gzip::inflate(body, BODY_BYTES)? } else { body };
    take(app, peer, encoding, &body.bytes).await
}

/// What is not understood.
pub(super) fn unsupported(reason: &'static str, detail: &str) -> Refused {
    (reason, Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}
