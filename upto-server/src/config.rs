//! What the server is told at its start, checked once: flags before variables before `upto.yaml`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use thiserror::Error;

use crate::store::StoreUrl;

/// The UDP port where none is said.
pub const UDP_PORT: u16 = 8123;
/// The HTTP port where none is said.
pub const HTTP_PORT: u16 = 8080;

/// The flags of `upto-server serve`, as they are written.
#[derive(Clone, Debug, Default, Args)]
pub struct ServeArguments {
    /// Receive datagrams here: ADDRESS:PORT, :PORT or PORT; port 0 is any free one
    /// [default: 8123 on loopback, IPv4 and IPv6]
    #[arg(long, value_name = "ADDR", env = "UPTO_SERVER_UDP")]
    udp: Option<String>,
    /// Serve the page and the API here, likewise [default: 8080 on loopback, IPv4 and IPv6]
    #[arg(long, value_name = "ADDR", env = "UPTO_SERVER_HTTP")]
    http: Option<String>,
    /// Keep everything here: redb:DIR or memory: [default: redb:./upto-data]
    #[arg(long, value_name = "URL", env = "UPTO_SERVER_STORE", conflicts_with = "data")]
    store: Option<String>,
    /// Keep everything in this folder: short for --store redb:DIR
    #[arg(long, value_name = "DIR", env = "UPTO_SERVER_DATA")]
    data: Option<PathBuf>,
    /// Memory for timelines that are in use, in MiB; larger ones are still read
    /// [default: 256]
    #[arg(long, value_name = "MIB", env = "UPTO_SERVER_MEMORY")]
    memory: Option<u32>,
    /// Listen to HTTP from other machines although anybody there can then read and write everything
    #[arg(long, env = "UPTO_SERVER_NO_AUTH", value_parser = clap::builder::BoolishValueParser::new())]
    no_auth: bool,
    /// Read what is not said by flags or variables from this file
    /// [default: ./upto.yaml if it exists]
    #[arg(long, value_name = "FILE", env = "UPTO_SERVER_CONFIG")]
    config: Option<PathBuf>,
}

/// The file, as it is written. Its keys are the flags' names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    udp: Option<Text>,
    http: Option<Text>,
    store: Option<String>,
    data: Option<PathBuf>,
    memory: Option<u32>,
    no_auth: bool,
}

/// An address, which may be written as a bare number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Number(u16),
    Text(String),
}

/// Checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where datagrams are received.
    pub udp: Vec<SocketAddr>,
    /// Where HTTP is served.
    pub http: Vec<SocketAddr>,
    /// Where everything is kept.
    pub store: StoreUrl,
    /// Bytes for timelines in use.
    pub memory_bytes: usize,
    /// An HTTP address that is not loopback is fine.
    pub no_auth: bool,
}

/// Everything that is wrong with the configuration, together.
#[derive(Debug, Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

impl Config {
    /// Checks `arguments`, filling in from the file and the defaults.
    ///
    /// # Errors
    /// All mistakes, one a line.
    pub fn from_arguments(arguments: ServeArguments) -> Result<Self, ConfigError> {
        let file = read_file(arguments.config.as_deref()).map_err(|problem| ConfigError(vec![problem]))?;
        check(&merge(arguments, file))
    }
}

fn read_file(given: Option<&Path>) -> Result<File, String> {
    let path = given.unwrap_or(Path::new("upto.yaml"));
    match std::fs::read_to_string(path) {
        Ok(text) => serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", path.display())),
        Err(error) if given.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn merge(arguments: ServeArguments, file: File) -> ServeArguments {
    let says_where = arguments.store.is_some() || arguments.data.is_some();
    ServeArguments {
        udp: arguments.udp.or(file.udp.map(String::from)),
        http: arguments.http.or(file.http.map(String::from)),
        store: arguments.store.or(file.store.filter(|_| !says_where)),
        data: arguments.data.or(file.data.filter(|_| !says_where)),
        memory: arguments.memory.or(file.memory),
        no_auth: arguments.no_auth || file.no_auth,
        config: None,
    }
}

fn check(given: &ServeArguments) -> Result<Config, ConfigError> {
    let mut problems = Vec::new();
    let mut noted = |result: Result<Vec<SocketAddr>, String>| {
        result.unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        })
    };
    let udp = noted(addresses("udp", given.udp.as_deref(), UDP_PORT));
    let http = noted(addresses("http", given.http.as_deref(), HTTP_PORT));
    let store = store(given).map_err(|problem| problems.push(problem));
    if let Some(open) = http.iter().find(|address| !address.ip().is_loopback()).filter(|_| !given.no_auth) {
        problems.push(format!(
            "http {open}: anybody who reaches this address could read and write everything; \
             listen on loopback, or say --no-auth if that is meant"
        ));
    }
    let memory_bytes =
        usize::try_from(given.memory.unwrap_or(256)).unwrap_or(usize::MAX).saturating_mul(1 << 20);
    match (problems.is_empty(), store) {
        (true, Ok(store)) => Ok(Config { udp, http, store, memory_bytes, no_auth: given.no_auth }),
        _ => Err(ConfigError(problems)),
    }
}

fn store(given: &ServeArguments) -> Result<StoreUrl, String> {
    match (&given.store, &given.data) {
        (Some(_), Some(_)) => Err("store and data: say one of them".to_owned()),
        (Some(url), None) => url.parse().map_err(|error| format!("store {url:?}: {error}")),
        (None, Some(folder)) => Ok(StoreUrl::Redb(folder.clone())),
        (None, None) => Ok(StoreUrl::default()),
    }
}

/// The addresses of a listener; a port alone means loopback, both families.
fn addresses(name: &str, given: Option<&str>, default_port: u16) -> Result<Vec<SocketAddr>, String> {
    let Some(given) = given else { return Ok(loopback(default_port)) };
    if let Ok(port) = given.strip_prefix(':').unwrap_or(given).parse() {
        return Ok(loopback(port));
    }
    if let Some(port) = given.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok(loopback(port));
    }
    let address =
        given.parse().or_else(|_| given.parse().map(|address: IpAddr| (address, default_port).into()));
    address.map(|address| vec![address]).map_err(|_| {
        format!("{name} {given:?}: expected ADDRESS:PORT or PORT, such as 127.0.0.1:{default_port}, [::1]:{default_port} or {default_port}")
    })
}

fn loopback(port: u16) -> Vec<SocketAddr> {
    vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        match text {
            Text::Number(port) => port.to_string(),
            Text::Text(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(arguments: &ServeArguments) -> Result<Config, String> {
        check(arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_are_loopback_on_both_families() {
        let config = config(&ServeArguments::default()).expect("the defaults are good");
        assert_eq!(config.udp, loopback(8123));
        assert_eq!(config.http, loopback(8080));
        assert_eq!(config.store.to_string(), "redb:./upto-data");
    }

    #[test]
    fn ports_and_addresses_are_read() {
        for (given, expected) in [("0", loopback(0)), (":7", loopback(7)), ("localhost:7", loopback(7))] {
            assert_eq!(addresses("udp", Some(given), 1), Ok(expected));
        }
        for given in ["127.0.0.1:9", "[::1]:9", "10.0.0.1:0"] {
            assert_eq!(addresses("udp", Some(given), 1), Ok(vec![given.parse().expect("an address")]));
        }
        assert_eq!(addresses("udp", Some("::1"), 5), Ok(vec!["[::1]:5".parse().expect("an address")]));
    }

    #[test]
    fn all_mistakes_are_told_together() {
        let arguments = ServeArguments {
            udp: Some("nowhere".into()),
            http: Some("99999".into()),
            store: Some("floppy:".into()),
            ..ServeArguments::default()
        };
        let problems = config(&arguments).expect_err("three mistakes");
        for name in ["udp \"nowhere\"", "http \"99999\"", "store \"floppy:\""] {
            assert!(problems.contains(name), "{problems}");
        }
    }

    #[test]
    fn an_open_http_listener_has_to_be_meant() {
        let open = |no_auth| ServeArguments {
            http: Some("0.0.0.0:80".into()),
            no_auth,
            ..ServeArguments::default()
        };
        assert!(config(&open(false)).is_err_and(|problem| problem.contains("--no-auth")));
        assert!(config(&open(true)).is_ok());
    }

    #[test]
    fn flags_win_over_the_file() {
        let file: File =
            serde_saphyr::from_str("udp: 9\nhttp: 127.0.0.1:10\nstore: 'memory:'\n").expect("good");
        let arguments =
            ServeArguments { udp: Some("1".into()), data: Some("here".into()), ..ServeArguments::default() };
        let config = config(&merge(arguments, file)).expect("good");
        assert_eq!(config.udp, loopback(1));
        assert_eq!(config.http, ["127.0.0.1:10".parse().expect("an address")]);
        assert_eq!(config.store.to_string(), "redb:here");
    }

    #[test]
    fn an_unknown_key_in_the_file_is_an_error_that_names_its_line() {
        let error = serde_saphyr::from_str::<File>("udp: 9\nhttb: 10\n").expect_err("a typo").to_string();
        assert!(error.contains("httb") && error.contains('2'), "{error}");
    }
}
