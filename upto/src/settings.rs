//! Where the client sends to and what it says of itself: checked once, at start.

mod traceparent;

use std::time::Duration;

use self::traceparent::traceparent;
use crate::error::InitError;
use crate::wire::limits;

/// The port of `upto-server`, also where an address names none.
pub const DEFAULT_PORT: u16 = 8123;

/// Bytes of the parent's path at most: below it there is room for a dot and a name of one byte.
pub(crate) const PARENT_BYTES: usize = limits::NAME_BYTES - 2;

/// Bytes of a thread's queue at least: two of the pieces that it is made of.
#[cfg(feature = "enabled")]
const THREAD_BYTES_AT_LEAST: usize = 20 << 10;

/// Everything a client is told at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// False: nothing is sent, and annotations cost next to nothing. The variable `UPTO` turns off, too.
    pub enabled: bool,
    /// The server's host name or address.
    pub server_host: String,
    /// The server's UDP port.
    pub server_port: u16,
    /// The context of events that name none of their own.
    pub context: String,
    /// Likewise the timeline; empty: the context's active one.
    pub timeline: String,
    /// Likewise the host; empty: none.
    pub host: String,
    /// Path of the event that the whole process is part of, at most 16,382 bytes; empty: none.
    pub parent: String,
    /// Bytes of a packet, from 512 to 65,507.
    pub packet_bytes: usize,
    /// Bytes that one thread's queue takes at most; what comes on top is dropped and counted.
    pub thread_bytes: usize,
    /// Bytes that the queues of all threads take together at most, likewise.
    pub total_bytes: usize,
    /// The trace that the process is part of, as W3C Trace Context writes it; empty: none.
    pub traceparent: String,
    /// Whether packets with ends of events are sent twice.
    pub send_ends_twice: bool,
    /// How long dropping the guard may wait for what is queued.
    pub flush_deadline: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            enabled: true,
            server_host: "127.0.0.1".to_owned(),
            server_port: DEFAULT_PORT,
            context: program_name(),
            timeline: String::new(),
            host: String::new(),
            parent: String::new(),
            packet_bytes: limits::PACKET_BYTES,
            thread_bytes: 256 << 10,
            total_bytes: 16 << 20,
            traceparent: String::new(),
            send_ends_twice: false,
            flush_deadline: Duration::from_millis(500),
        }
    }
}

impl Settings {
    /// The defaults, changed by what `variable` says of `UPTO`, `UPTO_SERVER` and so on.
    ///
    /// # Errors
    /// [`InitError::Setting`] for the first variable that does not parse or is too long.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InitError> {
        let mut settings = Settings::default();
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(switch) = given("UPTO") {
            settings.enabled = parse_switch(&switch)?;
        }
        if let Some(server) = given("UPTO_SERVER") {
            settings.set_server("UPTO_SERVER", &server)?;
        }
        for (name, field, check) in [
            ("UPTO_CONTEXT", &mut settings.context, check_name as Check),
            ("UPTO_TIMELINE", &mut settings.timeline, check_name),
            ("UPTO_HOST", &mut settings.host, check_name),
            ("UPTO_PARENT", &mut settings.parent, check_parent),
        ] {
            if let Some(value) = given(name) {
                check(name, &value)?;
                *field = value;
            }
        }
        // Set by whatever traces the process's parent: one that is broken is not this program's fault.
        settings.traceparent = given("TRACEPARENT").and_then(|value| traceparent(&value)).unwrap_or_default();
        Ok(settings)
    }

    /// Takes `host`, `host:port`, `[v6]:port` or a bare IPv6 address as the server.
    ///
    /// # Errors
    /// [`InitError::Setting`] under `name`.
    pub fn set_server(&mut self, name: &'static str, server: &str) -> Result<(), InitError> {
        let (host, port) = split_server(server).map_err(|problem| setting(name, server, problem))?;
        self.server_host = host.to_owned();
        self.server_port = port;
        Ok(())
    }

    /// Where to send to, as [`Settings::set_server`] takes it.
    #[cfg(feature = "enabled")]
    pub(crate) fn server(&self) -> String {
        let Settings { server_host, server_port, .. } = self;
        if server_host.contains(':') {
            format!("[{server_host}]:{server_port}")
        } else {
            format!("{server_host}:{server_port}")
        }
    }

    /// Checks what the types do not say, and fills in `host` where it is `auto`.
    #[cfg(feature = "enabled")]
    pub(crate) fn checked(mut self) -> Result<Self, InitError> {
        if self.host == "auto" {
            self.host = machine_name();
        }
        check_name("context", &self.context)?;
        check_name("timeline", &self.timeline)?;
        check_name("host", &self.host)?;
        check_parent("parent", &self.parent)?;
        if self.context.is_empty() {
            return Err(setting("context", "", "a context has a name"));
        }
        self.packet_bytes = self.packet_bytes.clamp(512, limits::DATAGRAM_BYTES);
        self.thread_bytes = self.thread_bytes.max(THREAD_BYTES_AT_LEAST);
        self.total_bytes = self.total_bytes.max(self.thread_bytes);
        if !self.traceparent.is_empty() {
            self.traceparent = traceparent(&self.traceparent).ok_or_else(|| {
                let expected = "expected `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`";
                setting("traceparent", &self.traceparent, expected)
            })?;
        }
        Ok(self)
    }
}

/// Refuses variables that can't be read as text.
#[cfg(feature = "enabled")]
pub(crate) fn check_unicode(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<(), InitError> {
    let names = ["UPTO", "UPTO_SERVER", "UPTO_CONTEXT", "UPTO_TIMELINE", "UPTO_HOST", "UPTO_PARENT"];
    let is_bad = |name: &&'static str| variable(name).is_some_and(|value| value.to_str().is_none());
    let bad = names.into_iter().find(is_bad);
    bad.map_or(Ok(()), |name| {
        let value = variable(name).unwrap_or_default();
        Err(setting(name, &value.to_string_lossy(), "it is no Unicode text"))
    })
}

/// Whether the operator lets anything be sent: false if `UPTO` says `off`, whatever the program says.
#[cfg(feature = "enabled")]
pub(crate) fn is_allowed(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<bool, InitError> {
    let Some(switch) = variable("UPTO").filter(|switch| !switch.is_empty()) else { return Ok(true) };
    parse_switch(&switch.to_string_lossy())
}

type Check = fn(&'static str, &str) -> Result<(), InitError>;

fn check_name(setting_name: &'static str, name: &str) -> Result<(), InitError> {
    let fits = name.len() <= limits::NAME_BYTES;
    if fits { Ok(()) } else { Err(setting(setting_name, "", "a name has at most 16 KiB")) }
}

fn check_parent(setting_name: &'static str, path: &str) -> Result<(), InitError> {
    let problem = "a path has at most 16 KiB, with the events below the parent";
    if path.len() <= PARENT_BYTES { Ok(()) } else { Err(setting(setting_name, "", problem)) }
}

fn setting(name: &'static str, value: &str, problem: &'static str) -> InitError {
    InitError::Setting { name, value: value.to_owned(), problem }
}

fn parse_switch(switch: &str) -> Result<bool, InitError> {
    match switch.to_ascii_lowercase().as_str() {
        "off" | "0" | "false" | "no" => Ok(false),
        "on" | "1" | "true" | "yes" => Ok(true),
        _ => Err(setting("UPTO", switch, "expected `on` or `off`")),
    }
}

fn split_server(server: &str) -> Result<(&str, u16), &'static str> {
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

fn program_name() -> String {
    let program = std::env::current_exe().ok();
    let stem =
        program.as_deref().and_then(|path| path.file_stem()).map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "program".to_owned())
}

/// This machine's name, or an empty text where the system does not tell.
#[cfg(feature = "enabled")]
fn machine_name() -> String {
    let of_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let of_environment =
        || ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    of_kernel.or_else(of_environment).map(|name| name.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(unix, feature = "enabled"))]
    #[test]
    fn variables_that_are_no_text_are_errors() {
        use std::os::unix::ffi::OsStringExt as _;
        let broken =
            |name: &str| (name == "UPTO_SERVER").then(|| std::ffi::OsString::from_vec(vec![b'h', 0xff]));
        let error = check_unicode(broken).expect_err("no text").to_string();
        assert!(error.starts_with("UPTO_SERVER=") && error.contains("Unicode"), "{error}");
        assert!(check_unicode(|_| Some("text".into())).is_ok() && check_unicode(|_| None).is_ok());
    }

    fn server_of(server: &str) -> Result<(String, u16), String> {
        let variable = |name: &str| (name == "UPTO_SERVER").then(|| server.to_owned());
        let settings = Settings::from_variables(variable).map_err(|error| error.to_string())?;
        Ok((settings.server_host, settings.server_port))
    }

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
            assert_eq!(server_of(server), Ok((host.to_owned(), port)), "{server}");
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
            let error = server_of(server).expect_err(server);
            assert!(
                error.starts_with("UPTO_SERVER=")
                    && ["expected", "port", "bracket"].iter().any(|word| error.contains(word)),
                "{error}"
            );
        }
    }

    #[test]
    fn the_switch_turns_it_off() {
        for (text, enabled) in [("off", false), ("OFF", false), ("0", false), ("on", true), ("", true)] {
            let variable = |name: &str| (name == "UPTO").then(|| text.to_owned());
            assert_eq!(
                Settings::from_variables(variable).map(|settings| settings.enabled).ok(),
                Some(enabled)
            );
        }
        assert!(Settings::from_variables(|name| (name == "UPTO").then(|| "maybe".to_owned())).is_err());
    }

    #[test]
    fn names_of_the_environment_that_are_too_long_name_their_variable() {
        for name in ["UPTO_CONTEXT", "UPTO_TIMELINE", "UPTO_HOST", "UPTO_PARENT"] {
            let variable = |asked: &str| (asked == name).then(|| "n".repeat(limits::NAME_BYTES + 1));
            let error = Settings::from_variables(variable).expect_err(name).to_string();
            assert!(error.starts_with(&format!("{name}=\"\": ")) && error.contains("16 KiB"), "{error}");
            let variable = |asked: &str| (asked == name).then(|| "n".repeat(PARENT_BYTES));
            assert!(Settings::from_variables(variable).is_ok(), "{name}");
        }
    }

    #[cfg(feature = "enabled")]
    #[test]
    fn the_operator_s_switch_is_read_on_its_own() {
        let allowed = |switch: Option<&str>| is_allowed(|_| switch.map(Into::into));
        for (switch, is_on) in [(None, true), (Some(""), true), (Some("on"), true), (Some("OFF"), false)] {
            assert_eq!(allowed(switch).ok(), Some(is_on), "{switch:?}");
        }
        let error = allowed(Some("maybe")).expect_err("no switch").to_string();
        assert!(error.starts_with("UPTO=\"maybe\""), "{error}");
    }
}
