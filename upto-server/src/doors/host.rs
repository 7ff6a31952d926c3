//! Whether a request means this server: against names that somebody else makes point here (DNS rebinding).
//!
//! A page of another site can make its own name point to 127.0.0.1, and is then of the same origin as the server for the
//! browser. The name that it asks for gives it away.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

/// The names that a request asks for: one in its address (HTTP/2, proxies), and those in `Host`.
fn asked<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> impl Iterator<Item = Option<String>> + 'r {
    let in_uri = uri.authority().map(|authority| Some(name(authority)));
    let in_headers = headers.get_all(header::HOST).iter().map(|value| {
        let authority = value.to_str().ok()?.parse::<Authority>().ok()?;
        Some(name(&authority))
    });
    in_uri.into_iter().chain(in_headers)
}

fn name(authority: &Authority) -> String {
    authority.host().trim_end_matches('.').to_ascii_lowercase()
}

/// Whether all names that a request asks for are `allowed`, or mean this machine. A request without any is not a
/// browser's.
pub(super) fn is_meant(uri: &Uri, headers: &HeaderMap, allowed: &[String]) -> bool {
    asked(uri, headers).all(|name| name.is_some_and(|name| is_loopback(&name) || allowed.contains(&name)))
}

/// The first name and port that a request asks for, as in an origin.
pub(super) fn authority_of<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    let in_headers = || headers.get(header::HOST).and_then(|value| value.to_str().ok());
    uri.authority().map(Authority::as_str).or_else(in_headers)
}

fn is_loopback(name: &str) -> bool {
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    match address.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback(),
        Ok(IpAddr::V6(address)) => address == Ipv6Addr::LOCALHOST,
        Err(_) => name == "localhost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_meant_by(uri: &str, hosts: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, host.parse().expect("a value"));
        }
        is_meant(&uri.parse().expect("a URI"), &headers, &["upto.example".to_owned()])
    }

    #[test]
    fn this_machine_and_what_is_allowed_is_meant() {
        for host in [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:8080",
            "[::1]",
            "upto.example",
            "UPTO.example.:443",
        ] {
            assert!(is_meant_by("/api", &[host]), "{host}");
        }
        assert!(is_meant_by("/api", &[]), "no browser leaves it out");
        assert!(is_meant_by("http://localhost:8080/api", &[]));
    }

    #[test]
    fn everything_else_is_not() {
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "xlocalhost",
            "10.0.0.1",
            "[::2]",
            "",
            "a b",
            "0.0.0.0",
            "2130706433",
        ] {
            assert!(!is_meant_by("/api", &[host]), "{host}");
        }
        assert!(!is_meant_by("/api", &["localhost", "evil.example"]), "all of them count");
        assert!(!is_meant_by("http://evil.example/api", &["localhost"]));
    }
}
