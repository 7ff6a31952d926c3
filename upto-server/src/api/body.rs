//! Bodies of requests: what they say they are, and how long they may be, each and together.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::taking::Takes;
use super::{Answer, BODY_BYTES, Problem};
use crate::decode::BodyError;
use crate::ingest::{Budget, Held, Refusal};

/// Bytes that are read of a body that is not wanted, at most.
const DISCARDED_BYTES: usize = 2 * BODY_BYTES;
/// Bytes of a body that says one thing: the longest text of them, with all of it escaped.
const LITTLE_BYTES: usize = 128 << 10;

/// What a request says that its body is, in lower case and without parameters; empty if it does not say.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    given.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// Refuses a body that does not say that it is JSON. Pages of other sites can't say so without asking
/// first, hence they can't make somebody's browser send such a request to loopback.
pub(super) fn expect_json(headers: &HeaderMap) -> Answer<()> {
    if content_type(headers) == "application/json" {
        return Ok(());
    }
    let detail = "the content type has to be application/json";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

/// What an object of JSON says. A struct would also be read from a list, by the order of its fields, which nobody means.
///
/// # Errors
/// 400 if it is not JSON, 422 if it does not say what it has to.
pub(super) fn object<T: DeserializeOwned>(body: &[u8]) -> Answer<T> {
    let object = serde_json::from_slice::<serde_json::Map<_, _>>(body);
    object.and_then(|object| serde_json::from_value(object.into())).map_err(|error| {
        let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        Problem::new(status, error.to_string())
    })
}

fn too_large(limit: usize) -> Problem {
    let detail = match limit {
        BODY_BYTES => format!("a body has at most {} MiB; send several", BODY_BYTES >> 20),
        _ => format!("a body has at most {} KiB here", limit >> 10),
    };
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

/// A body that counts as held until this is dropped.
pub(super) struct HeldBody {
    pub(super) bytes: Vec<u8>,
    held: Held,
}

/// Why something that was sent was not taken: a label for counters, and the answer.
pub(super) type Refused = (&'static str, Problem);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        (refusal.label(), refusal.into())
    }
}

impl From<BodyError> for Refused {
    fn from(error: BodyError) -> Self {
        let (reason, status) = match error {
            BodyError::Syntax(_) => ("syntax", StatusCode::BAD_REQUEST),
            BodyError::Meaning(_) => ("meaning", StatusCode::UNPROCESSABLE_ENTITY),
            BodyError::TooMany => ("too_many", StatusCode::PAYLOAD_TOO_LARGE),
        };
        (reason, Problem::new(status, error.to_string()))
    }
}

/// Reads a body while there is room in `budget`, which all requests share: what has come counts, not what was announced,
/// so that nobody takes room by promising much.
///
/// # Errors
/// It is too large, there is no room, or the client does not send it whole.
pub(super) async fn read(body: Body, budget: &Arc<Budget>) -> Result<HeldBody, Refused> {
    read_up_to(BODY_BYTES, body, budget).await
}

/// As [`read`], with another limit.
pub(super) async fn read_up_to(limit: usize, body: Body, budget: &Arc<Budget>) -> Result<HeldBody, Refused> {
    let mut body = body.into_data_stream();
    let mut read = HeldBody { bytes: Vec::new(), held: Held::none(budget.clone()) };
    while let Some(chunk) = body.next().await {
        let broken = |error: axum::Error| ("body", Problem::bad_request(error.to_string()));
        if let Err(refused) = read.add(&chunk.map_err(broken)?, limit) {
            drop(read);
            discard(body).await;
            return Err(refused);
        }
    }
    Ok(read)
}

/// A body that says one thing: a name, a heartbeat, a line. It is read to its end also where it is too large, so that
/// whoever sends it sees the answer.
pub(super) struct Whole(pub(super) Answer<Vec<u8>>);

impl<T: Takes> FromRequest<T> for Whole {
    type Rejection = Infallible;

    async fn from_request(request: Request, app: &T) -> Result<Self, Infallible> {
        let read = read_up_to(LITTLE_BYTES, request.into_body(), app.bodies()).await;
        Ok(Whole(read.map(|held| held.bytes).map_err(|(_, problem)| problem)))
    }
}

/// The beginning of a body, whose rest nobody looks at.
pub(super) struct Beginning(pub(super) Answer<Vec<u8>>);

impl<T: Takes> FromRequest<T> for Beginning {
    type Rejection = Infallible;

    async fn from_request(request: Request, app: &T) -> Result<Self, Infallible> {
        let read = read_beginning(request.into_body(), app.bodies()).await;
        Ok(Beginning(read.map(|held| held.bytes).map_err(|(_, problem)| problem)))
    }
}

async fn read_beginning(body: Body, budget: &Arc<Budget>) -> Result<HeldBody, Refused> {
    let mut body = body.into_data_stream();
    let mut read = HeldBody { bytes: Vec::new(), held: Held::none(budget.clone()) };
    while let Some(chunk) = body.next().await {
        let mut chunk = chunk.map_err(|error| ("body", Problem::bad_request(error.to_string())))?;
        chunk.truncate(LITTLE_BYTES - read.bytes.len());
        read.add(&chunk, LITTLE_BYTES)?;
        if read.bytes.len() == LITTLE_BYTES {
            discard(body).await;
            break;
        }
    }
    Ok(read)
}

/// Refuses a request whose body is not wanted.
pub(super) async fn refuse(body: Body, refused: Refused) -> Refused {
    discard(body.into_data_stream()).await;
    refused
}

/// Reads the rest without keeping it: a client that is cut off while it sends may never see the answer.
async fn discard(mut body: BodyDataStream) {
    let mut rest = DISCARDED_BYTES;
    while let Some(Ok(chunk)) = body.next().await {
        rest = rest.saturating_sub(chunk.len());
        if rest == 0 {
            return;
        }
    }
}

impl HeldBody {
    /// Counts so many bytes more as held, if there is room.
    pub(super) fn hold(&mut self, length: usize) -> bool {
        self.held.grow(length)
    }

    fn add(&mut self, chunk: &Bytes, limit: usize) -> Result<(), Refused> {
        if self.bytes.len() + chunk.len() > limit {
            return Err(("body", too_large(limit)));
        }
        if !self.held.grow(chunk.len()) {
            return Err(Refusal::Behind.into());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }
}
