//! OTLP in: `POST /v1/traces` with protobuf or JSON, and gRPC on the same port.

mod answer;
mod grpc;
pub(super) mod gzip;
mod http;

use std::net::SocketAddr;

use utoipa_axum::routes;

use self::answer::Encoding;
use super::openapi::Described;
use super::{App, Problem};
use crate::decode::BodyError;
use crate::decode::draft::batch;
use crate::decode::otlp::{self, Decoded};
use crate::metrics::Input;

/// The routes of OTLP.
pub(super) fn routes() -> Described {
    Described::new().with(routes!(http::export)).with(routes!(grpc::export))
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
