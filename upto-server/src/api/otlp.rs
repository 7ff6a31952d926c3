//! OTLP in: `POST /v1/traces` with protobuf or JSON, and gRPC on the same port.

mod answer;
mod grpc;
pub(super) mod gzip;
mod http;

use std::net::SocketAddr;

use axum::Router;
use axum::routing::post;

use self::answer::Encoding;
use super::{App, Problem, problem};
use crate::decode::BodyError;
use crate::decode::draft::batch;
use crate::decode::otlp::{self, Decoded};
use crate::metrics::Input;

/// Where exporters send to over gRPC.
const GRPC_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// The routes of OTLP.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/traces", post(http::export))
        .route(GRPC_PATH, post(grpc::export))
        .method_not_allowed_fallback(problem::no_method)
}

/// What became of a request: what of it was not taken, and why.
#[derive(Debug)]
struct Outcome {
    rejected: u64,
    reason: String,
}

/// Why a request was not taken at all: a label for counters, and what is wrong.
type Refused = (&'static str, Problem);

/// Takes the spans in `body`, and waits until they are durable.
async fn take(app: &App, peer: SocketAddr, encoding: Encoding, body: &[u8]) -> Result<Outcome, Refused> {
    let decoded = match encoding {
        Encoding::Protobuf => otlp::protobuf(body, &app.otlp, None),
        Encoding::Json => otlp::json(body, &app.otlp, None),
    };
    let Decoded { drafts, rejected, reason } = decoded.map_err(|error| malformed(&error))?;
    if rejected > 0 {
        app.metrics.count_refused(Input::Http, "span", rejected);
    }
    if !drafts.is_empty() {
        let refused = |refusal: crate::ingest::Refusal| (refusal.label(), Problem::from(refusal));
        let receipt = app.ingest.take(&batch(&drafts), peer.ip()).await.map_err(refused)?;
        app.ingest.stored(&receipt).await.map_err(refused)?;
    }
    Ok(Outcome { rejected, reason })
}

fn malformed(error: &BodyError) -> Refused {
    ("syntax", Problem::bad_request(error.to_string()))
}
