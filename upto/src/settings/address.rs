//! The server's address as people write it.

use super::DEFAULT_PORT;

const BAD_PORT: &str = "the port is a number from 1 to 65535";

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
    check_host(host)?;
    Ok((host, parse_port(port)?))
}

/// Checks what [`split`] gives, where it is from elsewhere.
///
/// # Errors
/// What is expected.
#[cfg(feature = "enabled")]
pub(super) fn check(host: &str, port: u16) -> Result<(), &'static str> {
    check_host(host)?;
    if port == 0 { Err(BAD_PORT) } else { Ok(()) }
}

fn check_host(host: &str) -> Result<(), &'static str> {
    let is_of_name = |character: char| is_of_zone(character) || !character.is_ascii();
    let is_name = !host.is_empty() && host.chars().all(is_of_name);
    if is_name || is_v6(host) { Ok(()) } else { Err("expected `host:port`") }
}

/// An IPv6 address, behind which a zone may be told: a network interface.
fn is_v6(host: &str) -> bool {
    let (address, zone) = host.split_once('%').unwrap_or((host, "0"));
    let is_zone = !zone.is_empty() && zone.chars().all(is_of_zone);
    is_zone && address.parse::<std::net::Ipv6Addr>().is_ok()
}

fn is_of_zone(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_')
}

/// The port of `:port`; without one, the usual one.
fn parse_port(port: &str) -> Result<u16, &'static str> {
    if port.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse().ok()).filter(|port| *port != 0);
    number.ok_or(BAD_PORT)
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
            ("fe80::1%eth0.7", "fe80::1%eth0.7", 8123),
            ("[fe80::1%2]:9000", "fe80::1%2", 9000),
            ("h\u{f6}st", "h\u{f6}st", 8123),
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
            "::1% x\0",
            "::1%",
            "[::1%a%b]:1",
            "[ ::1]",
            "h%eth0",
        ] {
            let problem = split(server).expect_err(server);
            assert!(["expected", "port", "bracket"].iter().any(|word| problem.contains(word)), "{problem}");
        }
    }
}
