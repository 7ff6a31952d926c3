//! Asking again (RFC 9110, 13.1.2): who shows the tag of what they have is told when it still holds, without a body.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use xxhash_rust::xxh3::xxh3_128;

use crate::doors::Doors;

/// What a 304 repeats of the answer that it stands for (RFC 9110, 15.4.5). `Date` comes with every answer.
const REPEATED: [HeaderName; 5] =
    [header::CACHE_CONTROL, header::CONTENT_LOCATION, header::ETAG, header::EXPIRES, header::VARY];

/// The tag of an answer with this body; `None` never happens, since it is digits.
///
/// It is weak: a layer above may compress the answer, which makes it other bytes that say the same. XXH3 takes a small
/// part of the time that it takes to write the JSON. It is not made to withstand somebody who looks for two bodies
/// with one tag; who may send events could make a reader keep an old answer about these by that, and nothing else.
pub(super) fn entity_tag(body: &[u8]) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("W/\"{:032x}\"", xxh3_128(body))).ok()
}

/// Answers with 304 where the request shows the tag of what would be answered.
pub(super) async fn answer(State(doors): State<Arc<Doors>>, request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let shown: Vec<_> = request.headers().get_all(header::IF_NONE_MATCH).iter().cloned().collect();
    let mut response = next.run(request).await;
    if !is_read || response.status() != StatusCode::OK {
        // A tag is of what there is at an address, which other answers are not.
        response.headers_mut().remove(header::ETAG);
        return response;
    }
    let Some(tag) = response.headers().get(header::ETAG).cloned() else { return response };
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(cache_control(doors.is_open()));
    // The layer that compresses says so, too, but not of an answer without a body.
    headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    match shown.iter().any(|line| is_among(line.as_bytes(), tag.as_bytes())) {
        true => not_modified(&response),
        false => response,
    }
}

/// It may be kept, and has to be asked for each time; by the asker only, if it is not for everybody.
fn cache_control(is_open: bool) -> HeaderValue {
    HeaderValue::from_static(if is_open { "no-cache" } else { "private, no-cache" })
}

fn not_modified(whole: &Response) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    for name in REPEATED {
        for value in whole.headers().get_all(&name) {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    response
}

/// Whether a line of `If-None-Match` means the tag: by naming it, weak or not, or by naming any. What is no tag ends the
/// line.
fn is_among(line: &[u8], tag: &[u8]) -> bool {
    let mut rest = line.trim_ascii();
    if rest == b"*" {
        return true;
    }
    let wanted = opaque(tag);
    while let Some((found, behind)) = wanted.and(first_tag(rest)) {
        if Some(found) == wanted {
            return true;
        }
        rest = behind;
    }
    false
}

/// What a tag has within its quotes.
fn opaque(tag: &[u8]) -> Option<&[u8]> {
    first_tag(tag).map(|(opaque, _)| opaque)
}

/// The first tag of a list, without its quotes and its weakness, and what is behind it. There may be commas in a tag.
fn first_tag(list: &[u8]) -> Option<(&[u8], &[u8])> {
    let begin = list.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b','))?;
    let list = list.get(begin..)?;
    let quoted = list.strip_prefix(b"W/").unwrap_or(list).strip_prefix(b"\"")?;
    let end = quoted.iter().position(|byte| *byte == b'"')?;
    Some((quoted.get(..end)?, quoted.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_among_others() {
        for line in [
            "*",
            " * ",
            "\"a\"",
            "W/\"a\"",
            "\"b\",\"a\"",
            "\"b\" , W/\"a\"",
            ",, \"a\"",
            "\"x,y\", \"a\"",
            "W/\"W/\",\t\"a\", \"c\"",
        ] {
            assert!(is_among(line.as_bytes(), b"W/\"a\""), "{line}");
            assert!(is_among(line.as_bytes(), b"\"a\""), "{line}");
        }
    }

    #[test]
    fn what_is_not_the_tag_is_not_found() {
        for line in [
            "",
            "a",
            "\"A\"",
            "\"a",
            "a\"",
            "w/\"a\"",
            "\"b\", a",
            "\"x\"a\"\"",
            "\"a,\"",
            "**",
            "\"*\"",
            ", ",
        ] {
            assert!(!is_among(line.as_bytes(), b"W/\"a\""), "{line}");
        }
        assert!(!is_among(b"\"a\"", b"no tag"));
        assert!(is_among(b"\"\xff\", \"a\"", b"W/\"a\""), "any byte may be in a tag");
    }

    #[test]
    fn tags_differ_as_bodies_do() {
        let (one, other) = (entity_tag(b"{}"), entity_tag(b"{ }"));
        assert_ne!(one, other);
        let one = one.expect("a tag");
        assert!(one.as_bytes().starts_with(b"W/\"") && one.len() == 36, "{one:?}");
        assert_eq!(entity_tag(b"{}"), Some(one));
    }
}
