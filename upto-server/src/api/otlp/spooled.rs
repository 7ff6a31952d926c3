//! The same on an agent, over HTTP: spans become messages there, by the rules that a server has by default, and are
//! spooled as those.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::spool::{AgentApp, spool_batch, unspooled};
use super::super::{BODY_BYTES, body};
use super::http::unsupported;
use super::{Encoding, Outcome, Refused, decode, gzip};
use crate::decode::draft::batch;
use crate::decode::otlp::{Decoded, OtlpRules};
use crate::metrics::Input;

/// Takes spans, which are durable here when they are answered.
pub(in super::super) async fn export(
    State(app): State<AgentApp>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let encoding = Encoding::of(&headers);
    match read_and_spool(&app, peer, encoding, &headers, body).await {
        Ok(outcome) => encoding.unwrap_or(Encoding::Json).taken(&outcome),
        Err((reason, problem)) => {
            app.metrics.count_refused(Input::Http, reason, 1);
            encoding.unwrap_or(Encoding::Json).refused(&problem)
        }
    }
}

async fn read_and_spool(
    app: &AgentApp,
    peer: SocketAddr,
    encoding: Option<Encoding>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Outcome, Refused> {
    let unknown = "the content type has to be application/x-protobuf or application/json";
    let encoding = encoding.ok_or_else(|| unsupported("content_type", unknown))?;
    let decompress = gzip::is_used(headers)?;
    app.spool.check().map_err(unspooled)?;
    let body = body::read(body, &app.bodies).await?;
    let body = if decompress { gzip::inflate(body, BODY_BYTES)? } else { body };
    let rules = OtlpRules::default();
    let Decoded { drafts, rejected, reason } = decode(encoding, &body.bytes, &rules, &app.metrics)?;
    if !drafts.is_empty() {
        spool_batch(app, peer.ip(), &batch(&drafts)).await?;
    }
    Ok(Outcome { rejected, reason })
}
