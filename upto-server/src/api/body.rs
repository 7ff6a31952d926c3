//! Bodies of requests: what they say they are, and how long they may be.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};

use super::{Answer, BODY_BYTES, Problem};

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

/// The body, if it was read whole.
pub(super) fn whole(body: Result<Bytes, BytesRejection>) -> Answer<Bytes> {
    body.map_err(|rejection| match rejection.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(status, format!("a body has at most {} MiB; send several", BODY_BYTES >> 20))
        }
        status => Problem::new(status, rejection.body_text()),
    })
}
