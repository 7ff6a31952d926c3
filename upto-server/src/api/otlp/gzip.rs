//! Compressed bodies. A bomb is found out before it fills the memory.

use std::io::Read;

use axum::http::{HeaderMap, StatusCode, header};
use flate2::read::MultiGzDecoder;

use super::super::Problem;
use super::super::body::HeldBody;
use super::super::intake::Refused;
use super::http::unsupported;
use crate::ingest::Refusal;

/// What is decompressed at a time.
const PIECE_BYTES: usize = 64 << 10;

/// Whether the body is compressed by gzip, the one way that is understood.
pub(in super::super) fn is_used(headers: &HeaderMap) -> Result<bool, Refused> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase()).as_deref()
    {
        None | Some(b"identity" | b"") => Ok(false),
        Some(b"gzip") => Ok(true),
        Some(_) => Err(unsupported("content_encoding", "the content encoding has to be gzip, or none")),
    }
}

/// The body that was compressed, which is held in the place of that.
///
/// # Errors
/// It is over `limit` bytes, there is no room for it, or it was not compressed by gzip.
pub(in super::super) fn inflate(mut body: HeldBody, limit: usize) -> Result<HeldBody, Refused> {
    let compressed = std::mem::take(&mut body.bytes);
    body.bytes = inflated(&compressed, limit, |length| body.hold(length))?;
    Ok(body)
}

/// What was compressed, at most `limit` bytes, as long as `hold` has room for more of it.
fn inflated(
    compressed: &[u8],
    limit: usize,
    mut hold: impl FnMut(usize) -> bool,
) -> Result<Vec<u8>, Refused> {
    let mut decoder = MultiGzDecoder::new(compressed);
    let (mut bytes, mut piece) = (Vec::new(), vec![0; PIECE_BYTES]);
    loop {
        let broken = |error: std::io::Error| ("body", Problem::bad_request(format!("gzip: {error}")));
        let length = decoder.read(&mut piece).map_err(broken)?;
        if length == 0 {
            return Ok(bytes);
        }
        if bytes.len() + length > limit {
            let detail = format!("decompressed, a body has at most {} MiB; send several", limit >> 20);
            return Err(("body", Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)));
        }
        if !hold(length) {
            return Err((Refusal::Behind.label(), Refusal::Behind.into()));
        }
        bytes.extend_from_slice(piece.get(..length).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("compressed");
        encoder.finish().expect("compressed")
    }

    #[test]
    fn what_was_compressed_comes_back_unless_it_is_a_bomb() {
        let zeros = vec![0; 1 << 20];
        let compressed = gzip(&zeros);
        assert_eq!(inflated(&compressed, 1 << 20, |_| true).expect("small enough"), zeros);
        let (_, problem) = inflated(&compressed, (1 << 20) - 1, |_| true).expect_err("too large");
        assert_eq!(problem.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let mut room = 3 * PIECE_BYTES;
        let hold = |length| {
            room = room.saturating_sub(length);
            room > 0
        };
        let (reason, problem) = inflated(&compressed, 1 << 20, hold).expect_err("no room");
        assert_eq!((reason, problem.status()), ("behind", StatusCode::SERVICE_UNAVAILABLE));
        for bad in [&b"no gzip"[..], &compressed[..compressed.len() / 2]] {
            let (_, problem) = inflated(bad, 1 << 20, |_| true).expect_err("broken");
            assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
        }
    }
}
