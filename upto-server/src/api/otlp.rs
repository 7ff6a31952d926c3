//! OTLP in: `POST /v1/traces` with protobuf or JSON, and gRPC on the same port.

mod answer;
mod grpc;
pub(super) mod gzip;
mod http;

use std::net::IpAddr;

use axum::Router;
use axum::routing::post;
use utoipa_axum::routes;

use self::answer::Encoding;
use super::Problem;
use super::body::Refused;
use super::openapi::Described;
use super::spool::AgentApp;
use super::taking::Takes;
use crate::decode::BodyError;
use crate::decode::draft::batch;
use crate::decode::otlp::{self, Decoded, OtlpRules};
use crate::metrics::{Input, Metrics};

/// The routes of OTLP.
pub(super) fn routes() -> Described {
    Described::new().with(routes!(http::export)).with(routes!(grpc::export))
}

/// The same of an agent.
pub(super) fn agent_routes() -> Router<AgentApp> {
    Router::new()
        .route("/v1/traces", post(http::export_to_agent))
        .route(grpc::PATH, post(grpc::export_to_agent))
}

/// What became of a request: what of it was not taken, and why.
#[derive(Debug)]
struct Outcome {
    rejected: u64,
    reason: String,
}

/// Takes the spans in `body`, and waits until they are durable.
async fn take(app: &impl Takes, peer: IpAddr, encoding: Encoding, body: &[u8]) -> Result<Outcome, Refused> {
    let Decoded { drafts, rejected, reason } = decode(encoding, body, app.otlp(), app.metrics())?;
    if !drafts.is_empty() {
        let taken = app.take(&batch(&drafts), peer).await?;
        drop(drafts);
        app.stored(taken).await?;
    }
    Ok(Outcome { rejected, reason })
}

/// The messages that the spans in `body` become; those that become none are counted.
fn decode<'b>(
    encoding: Encoding,
    body: &'b [u8],
    rules: &'b OtlpRules,
    metrics: &Metrics,
) -> Result<Decoded<'b>, Refused> {
    let decoded = match encoding {
        Encoding::Protobuf => otlp::protobuf(body, rules, None),
        Encoding::Json => otlp::json(body, rules, None),
    };
    let decoded = decoded.map_err(|error| malformed(&error))?;
    if decoded.rejected > 0 {
        metrics.count_refused(Input::Http, "span", decoded.rejected);
    }
    Ok(decoded)
}

fn malformed(error: &BodyError) -> Refused {
    ("syntax", Problem::bad_request(error.to_string()))
}
