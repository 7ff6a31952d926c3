//! Whether a request that changes something comes from the server's own page: against other sites' pages that make
//! somebody's browser send it (CSRF).

use axum::http::{HeaderMap, HeaderValue, Uri, header};

use super::host;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A page of this server.
    Own,
    /// A page of another site.
    Foreign,
    /// Nothing says so: no browser of today, or a program.
    Unknown,
}

/// Where the browser says that a request comes from. `Sec-Fetch-Site` is true where there is one: no page can set it.
pub(super) fn of(uri: &Uri, headers: &HeaderMap) -> Origin {
    if let Some(site) = headers.get("sec-fetch-site") {
        // "none" is somebody who typed the address; that changes nothing.
        return if is(site, "same-origin") { Origin::Own } else { Origin::Foreign };
    }
    match headers.get(header::ORIGIN) {
        None => Origin::Unknown,
        Some(origin) => {
            let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            let own = host::authority_of(uri, headers);
            let is_own = origin.zip(own).is_some_and(|((_, origin), own)| origin.eq_ignore_ascii_case(own));
            if is_own { Origin::Own } else { Origin::Foreign }
        }
    }
}

fn is(value: &HeaderValue, text: &str) -> bool {
    value.as_bytes() == text.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(headers: &[(&'static str, &'static str)]) -> Origin {
        let headers = headers.iter().map(|(name, value)| {
            let name: header::HeaderName = name.parse().expect("a name");
            (name, HeaderValue::from_static(value))
        });
        of(&Uri::from_static("/api"), &headers.collect())
    }

    #[test]
    fn the_browser_says_where_a_request_comes_from() {
        let host = ("host", "localhost:8080");
        assert_eq!(origin(&[host]), Origin::Unknown);
        for own in [
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://localhost:8080"),
            ("origin", "https://LOCALHOST:8080"),
        ] {
            assert_eq!(origin(&[host, own]), Origin::Own, "{own:?}");
        }
        for foreign in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
            ("origin", "http://localhost:9090"),
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", ""),
        ] {
            assert_eq!(origin(&[host, foreign]), Origin::Foreign, "{foreign:?}");
        }
        assert_eq!(origin(&[("origin", "http://localhost")]), Origin::Foreign);
        assert_eq!(
            origin(&[host, ("origin", "http://localhost:8080"), ("sec-fetch-site", "cross-site")]),
            Origin::Foreign
        );
    }
}
