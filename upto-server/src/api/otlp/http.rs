//! `POST /v1/traces`.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::super::{App, BODY_BYTES, Problem, body};
use super::{Encoding, Outcome, Refused, gzip, take};
use crate::metrics::Input;

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
    let encoding = Encoding::of(&headers);
    match read_and_take(&app, peer, encoding, &headers, body).await {
        Ok(outcome) => encoding.unwrap_or(Encoding::Json).taken(&outcome),
        Err((reason, problem)) => {
            app.metrics.count_refused(Input::Http, reason, 1);
            encoding.unwrap_or(Encoding::Json).refused(&problem)
        }
    }
}

async fn read_and_take(
    app: &App,
    peer: SocketAddr,
    encoding: Option<Encoding>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Outcome, Refused> {
    let unknown = "the content type has to be application/x-protobuf or application/json";
    let encoding = encoding.ok_or_else(|| unsupported("content_type", unknown))?;
    let decompress = gzip::is_used(headers)?;
    if let Err(refusal) = app.ingest.check() {
        return Err(body::refuse(body, refusal).await);
    }
    let body = body::read(body, &app.bodies).await?;
    let body = if decompress { gzip::inflate(body, BODY_BYTES)? } else { body };
    take(app, peer, encoding, &body.bytes).await
}

/// What is not understood.
pub(super) fn unsupported(reason: &'static str, detail: &str) -> Refused {
    (reason, Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}
