//! The server's address as people write it.

use super::DEFAULT_PORT;

/// The host and the port of `host`, `host:port`, `[v6]:port` or a bare IPv6 address.
///
/// # Errors
/// What is expected.
pub(super) fn split(server: &str) -> Result<(&str, u16), &'static str> {
    let (host, port) = match server.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or("the bracket of the address is not closed")?,
        // More than one colon without brackets is an IPv6 address without a port.
        None if server.matches(':').count() > 1 => (server, ""),
        None => server.split_at(server.find(':').unwrap_or(server.len())),
    };
    let is_v6 = host.parse::<std::net::Ipv6Addr>().is_ok();
    let is_name =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') || !byte.is_ascii();
    if host.is_empty()
        || !(is_v6 || host.split('%').next().is_some_and(is_zoned) || host.bytes().all(is_name))
    {
        return Err("expected `host:port`");
    }
    Ok((host, parse_port(port)?))
}

/// An IPv6 address behind which a zone is told.
fn is_zoned(address: &str) -> bool {
    address.parse::<std::net::Ipv6Addr>().is_ok()
}

/// The port of `:port`; without one, the usual one.
fn parse_port(port: &str) -> Result<u16, &'static str> {
    if port.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse().ok()).filter(|port| *port != 0);
    number.ok_or("the port is a number from 1 to 65535")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_in_all_their_forms() {
        for (server, host, port) in [
            ("ci-01", "ci-01", 8123),
            ("ci-01:9000", "ci-01", 9000),
            ("10.0.0.1:1", "10.0.0.1", 1),
            ("[::1]:9000", "::1", 9000),
            ("[::1]", "::1", 8123),
            ("fe80::1", "fe80::1", 8123),
        ] {
            assert_eq!(split(server), Ok((host, port)), "{server}");
        }
    }

    #[test]
    fn bad_servers_are_errors_that_say_what_is_expected() {
        for server in [
            "host:port",
            "host:0",
            "host:65536",
            ":1",
            "http://host:1",
            "a b",
            "[]:1",
            "[::1]x:3",
            "[::1",
            "a:b:c",
            "user@h:1",
            "h\0:1",
            "h:+5",
            "h:",
        ] {
            let problem = split(server).expect_err(server);
            assert!(["expected", "port", "bracket"].iter().any(|word| problem.contains(word)), "{problem}");
        }
    }
}
