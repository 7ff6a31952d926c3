//! The codings of answers (RFC 9110, 12.5.3). The layer that compresses finds the one that is wanted. Where there is none, it
//! says so only after everything was done, above the answer that nobody wants; here it is said before.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Problem;

/// What answers are written in, beside plainly.
const CODINGS: [&str; 3] = ["gzip", "x-gzip", "zstd"];

/// Answers with 406 who takes no answer in any coding that there is.
pub(super) async fn expect_one(request: Request, next: Next) -> Response {
    if takes_any(request.headers()) {
        return next.run(request).await;
    }
    let detail = "answers are plain (identity), or compressed by gzip or zstd";
    let mut response = Problem::new(StatusCode::NOT_ACCEPTABLE, detail).into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

fn takes_any(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let told: Vec<_> = lines.flat_map(|line| line.split(',')).filter_map(read).collect();
    let of = |coding: &str| told.iter().find(|(name, _)| name.eq_ignore_ascii_case(coding));
    let takes = |coding| of(coding).or_else(|| of("*")).map(|(_, is_taken)| *is_taken);
    takes("identity").unwrap_or(true) || CODINGS.into_iter().any(|coding| takes(coding) == Some(true))
}

/// A coding, and whether it is taken; `None`: what it says is no preference.
fn read(element: &str) -> Option<(&str, bool)> {
    let (coding, weight) = element.split_once(';').unwrap_or((element, "q=1"));
    let (name, weight) = weight.split_once('=')?;
    let weight: f32 = weight.trim().parse().ok()?;
    name.trim().eq_ignore_ascii_case("q").then_some((coding.trim(), weight > 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(lines: &[&'static str]) -> bool {
        let line = |line: &&'static str| (header::ACCEPT_ENCODING, HeaderValue::from_static(line));
        takes_any(&lines.iter().map(line).collect())
    }

    #[test]
    fn plain_answers_are_taken_by_who_does_not_say_otherwise() {
        for line in [
            "",
            "gzip",
            "br",
            "br;q=0",
            "identity",
            "gzip;q=0",
            "*",
            "identity;q=x",
            "identity;q=0.001",
            "*;q=0, identity",
        ] {
            assert!(takes(&[line]), "{line}");
        }
        assert!(takes(&[]));
    }

    #[test]
    fn who_does_not_take_plain_answers_has_to_take_compressed_ones() {
        for line in [
            "gzip, identity;q=0",
            "identity; q=0, ZSTD;q=0.5",
            "*, identity;q=0",
            "*;q=0, x-gzip",
            "identity;q=0, *;q=0.1, gzip;q=0",
        ] {
            assert!(takes(&[line]), "{line}");
        }
        for line in [
            "identity;q=0",
            "Identity ; Q=0.000",
            "*;q=0",
            "identity;q=0, br",
            "gzip;q=0, identity;q=0",
            "*;q=0, br, deflate",
            "gzip;q=0, x-gzip;q=0, zstd;q=0, *, identity;q=0",
        ] {
            assert!(!takes(&[line]), "{line}");
        }
        assert!(takes(&["identity;q=0", "gzip"]) && !takes(&["identity;q=0", "br"]));
    }
}
