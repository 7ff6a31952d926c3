//! What an agent is told at its start, checked once.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use thiserror::Error;

use super::courier::{Target, TokenSource};
use super::delivery::NAME_BYTES;
use super::fleet::AgentFleet;
use crate::config::{
    ConfigError, HTTP_PORT, UDP_PORT, address_fault, addresses, age, checks_in, clusters_of, fleet_token,
};
use crate::doors::{DoorSettings, TlsFiles};
use crate::probe::{ClusterSettings, CollectorConfig, CollectorTarget};
use crate::store::StoreUrl;

/// MiB of a collector's buffer where nothing is said.
const BUFFER_SIZE: u32 = 64;
/// MiB of a spool where nothing is said.
const SPOOL_SIZE: u64 = 1_024;

const AFTER_HELP: &str = "Without --server, a server has to ask this agent: list it there under `agents` in upto.yaml, \
                          and let it in with a token of this spool: upto-server token create --data upto-agent \
                          --name NAME --scope collect. The token to show to --server is in UPTO_TOKEN or --token-file.";

/// The flags of `upto-server agent`, as they are written.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = AFTER_HELP)]
pub struct AgentArguments {
    /// Hand over to the server, or agent, at this URL
    #[arg(long, value_name = "URL", env = "UPTO_AGENT_SERVER")]
    server: Option<String>,
    /// A file with the token to show to it
    #[arg(long, value_name = "FILE", env = "UPTO_AGENT_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// A file in PEM with the certificates that the server's has to be signed by [default: those that the system trusts]
    #[arg(long, value_name = "FILE", env = "UPTO_AGENT_CA")]
    ca: Option<PathBuf>,
    /// What to call this agent [default: the host's name]
    #[arg(long, value_name = "NAME", env = "UPTO_AGENT_NAME")]
    name: Option<String>,
    /// Keep what is not handed over in this folder [default: ./upto-agent]
    #[arg(long, value_name = "DIR", env = "UPTO_AGENT_SPOOL")]
    spool: Option<PathBuf>,
    /// MiB to keep at most; the oldest are dropped first, and told as lost [default: 1024]
    #[arg(long, value_name = "MIB", env = "UPTO_AGENT_SPOOL_SIZE")]
    spool_size: Option<u64>,
    /// For how long to keep something, such as 7d [default: 7d]
    #[arg(long, value_name = "AGE", env = "UPTO_AGENT_SPOOL_AGE")]
    spool_age: Option<String>,
    /// Receive datagrams here: ADDRESS:PORT or PORT [default: 8123, on loopback]
    #[arg(long, value_name = "ADDRESS", env = "UPTO_AGENT_UDP")]
    udp: Option<String>,
    /// Serve HTTP here, likewise [default: 8080, on loopback]
    #[arg(long, value_name = "ADDRESS", env = "UPTO_AGENT_HTTP")]
    http: Option<String>,
    /// Nobody needs a token, also on addresses that are not loopback
    #[arg(long, env = "UPTO_AGENT_NO_AUTH")]
    no_auth: bool,
    /// Serve HTTPS with this certificate, in PEM
    #[arg(long, value_name = "FILE", env = "UPTO_AGENT_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, in PEM
    #[arg(long, value_name = "FILE", env = "UPTO_AGENT_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Ask the clusters that the file lists under `clusters`, and bring what is found to the server, over gRPC: nothing else
    #[arg(long, env = "UPTO_AGENT_COLLECTOR", requires = "server")]
    collector: bool,
    /// The file that lists them [default: ./upto.yaml] [env: UPTO_SERVER_CONFIG]
    #[arg(long, value_name = "FILE", requires = "collector")]
    config: Option<PathBuf>,
    /// Show this certificate to the server, in PEM
    #[arg(long, value_name = "FILE", env = "UPTO_AGENT_CERT", requires = "key", requires = "collector")]
    cert: Option<PathBuf>,
    /// The key of that, in PEM
    #[arg(long, value_name = "FILE", env = "UPTO_AGENT_KEY", requires = "cert")]
    key: Option<PathBuf>,
    /// MiB of what is found to keep in memory while the server is away; the oldest is dropped first, and told [default: 64]
    #[arg(long, value_name = "MIB", env = "UPTO_AGENT_BUFFER_SIZE", requires = "collector")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    buffer_size: Option<u32>,
    /// A name, beside those of loopback, by which this agent may be asked for
    #[arg(long, value_name = "HOST", env = "UPTO_AGENT_ALLOWED_HOST", value_delimiter = ',')]
    allowed_host: Vec<String>,
    /// Work for the fleet of the servers on this store, which several programs can use: redis://…, postgres://…, mysql://…
    #[arg(long, value_name = "URL", env = "UPTO_AGENT_STORE", hide_env_values = true)]
    store: Option<String>,
    /// Where others of the fleet ask this host [default: the first address of its HTTP]
    #[arg(long, value_name = "URL", env = "UPTO_AGENT_FLEET_ADDRESS", requires = "store")]
    fleet_address: Option<String>,
    /// A file with the token to show to hosts of the fleet
    #[arg(long, value_name = "FILE", env = "UPTO_AGENT_FLEET_TOKEN_FILE", requires = "store")]
    fleet_token_file: Option<PathBuf>,
    /// A file with checks of this host beside those that every host knows
    #[arg(long, value_name = "FILE", env = "UPTO_AGENT_FLEET_CHECKS", requires = "store")]
    fleet_checks: Option<PathBuf>,
}

/// Checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentConfig {
    /// Where datagrams are received.
    pub udp: Vec<SocketAddr>,
    /// Where HTTP is served.
    pub http: Vec<SocketAddr>,
    /// The folder of the spool.
    pub spool: PathBuf,
    /// Bytes that the spool may have.
    pub spool_bytes: u64,
    /// For how long it keeps something.
    pub spool_age: Duration,
    /// What to call the agent.
    pub name: String,
    /// Where it hands over; `None`: it is asked.
    pub target: Option<Target>,
    /// Who gets in, and how much of everything.
    pub doors: DoorSettings,
    /// How it works for a fleet; `None`: it does not.
    pub fleet: Option<AgentFleet>,
}

/// Everything that is wrong with the arguments, together.
#[derive(Debug, Error)]
#[error("{}", .0.join("\n"))]
pub struct AgentConfigError(Vec<String>);

impl AgentConfig {
    /// Checks what is said, and fills in the defaults.
    ///
    /// # Errors
    /// All mistakes, one a line.
    pub fn from_arguments(arguments: AgentArguments) -> Result<Self, AgentConfigError> {
        let AgentArguments {
            server, token_file, ca, spool, no_auth, tls_cert, tls_key, allowed_host, ..
        } = arguments;
        let mut problems = Vec::new();
        let asked = FleetArguments {
            store: arguments.store,
            address: arguments.fleet_address,
            token_file: arguments.fleet_token_file,
            checks: arguments.fleet_checks,
        };
        let fleet = fleet(asked).map_err(|mistakes| problems.extend(mistakes));
        let mut noted = |problem: String| problems.push(problem);
        let udp = addresses("udp", arguments.udp.as_deref(), UDP_PORT).map_err(&mut noted);
        let http = addresses("http", arguments.http.as_deref(), HTTP_PORT).map_err(&mut noted);
        let spool_age = age("spool-age", arguments.spool_age.as_deref().unwrap_or("7d")).map_err(&mut noted);
        let spool_bytes = spool_bytes(arguments.spool_size).map_err(&mut noted);
        let name = name(arguments.name).map_err(&mut noted);
        let tls = tls_cert.zip(tls_key).map(|(certificate, key)| TlsFiles { certificate, key });
        let allowed_hosts = allowed_host.iter().map(|host| host.to_lowercase()).collect();
        match (udp, http, spool_age, spool_bytes, name, fleet) {
            (Ok(udp), Ok(http), Ok(spool_age), Ok(spool_bytes), Ok(name), Ok(fleet)) => Ok(AgentConfig {
                udp,
                http,
                spool: spool.unwrap_or_else(|| "upto-agent".into()),
                spool_bytes,
                spool_age,
                name,
                target: server.map(|url| target(url, token_file, ca)),
                doors: DoorSettings { no_auth, tls, allowed_hosts, ..DoorSettings::default() },
                fleet,
            }),
            _ => Err(AgentConfigError(problems)),
        }
    }
}

/// What is said of the fleet.
struct FleetArguments {
    store: Option<String>,
    address: Option<String>,
    token_file: Option<PathBuf>,
    checks: Option<PathBuf>,
}

/// How it works for a fleet, or everything that is wrong with that.
fn fleet(given: FleetArguments) -> Result<Option<AgentFleet>, Vec<String>> {
    let Some(store) = given.store else { return Ok(None) };
    let mut problems = Vec::new();
    let store = fleet_store(&store).map_err(|problem| problems.push(problem));
    problems.extend(given.address.as_deref().and_then(address_fault));
    let token = given.token_file.as_deref().map(fleet_token).transpose();
    let token = token.map_err(|problem| problems.push(problem));
    let checks = given.checks.as_deref().map(checks_in).transpose();
    let checks = checks.map_err(|mistakes| problems.extend(mistakes));
    match (store, token, checks) {
        (Ok(store), Ok(token), Ok(checks)) if problems.is_empty() => Ok(Some(AgentFleet {
            store,
            address: given.address,
            token: token.map(Into::into),
            checks: checks.unwrap_or_default(),
        })),
        _ => Err(problems),
    }
}

fn fleet_store(url: &str) -> Result<StoreUrl, String> {
    // The URL may have a password in it.
    match url.parse() {
        Ok(StoreUrl::Memory | StoreUrl::Redb(_)) => {
            Err("store: one program alone can use this; the servers \
             and agents of a fleet share one such as redis://… or postgres://…"
                .to_owned())
        }
        Ok(url) => Ok(url),
        Err(error) => Err(format!("store: {error}")),
    }
}

impl AgentArguments {
    /// What a collector is told, if this is to be one; `lookup` has the variables.
    ///
    /// # Errors
    /// All mistakes in the file, one a line; or what is wrong with the name.
    pub fn collector(
        &self,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Option<CollectorConfig>, Box<dyn std::error::Error>> {
        let Some(url) = self.server.clone().filter(|_| self.collector) else { return Ok(None) };
        let Target { url, token, ca } = target(url, self.token_file.clone(), self.ca.clone());
        let mebibytes = usize::try_from(self.buffer_size.unwrap_or(BUFFER_SIZE)).unwrap_or(usize::MAX);
        let buffer_bytes = mebibytes.saturating_mul(1 << 20);
        let identity = self.cert.clone().zip(self.key.clone());
        Ok(Some(CollectorConfig {
            name: name(self.name.clone())?,
            target: CollectorTarget { url, token, ca, identity, buffer_bytes },
            clusters: self.clusters(lookup)?,
        }))
    }

    /// The clusters that a collector asks, read anew; `lookup` has the variables.
    ///
    /// # Errors
    /// All mistakes in the file, one a line.
    pub fn clusters(
        &self,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Vec<ClusterSettings>, ConfigError> {
        clusters_of(self.config.clone(), lookup)
    }
}

fn target(url: String, token_file: Option<PathBuf>, ca: Option<PathBuf>) -> Target {
    let token = Some(token_file.map_or(TokenSource::Variable, TokenSource::File));
    Target { url, token, ca }
}

fn spool_bytes(given: Option<u64>) -> Result<u64, String> {
    match given.unwrap_or(SPOOL_SIZE) {
        0 => Err("spool-size 0: at least 1 (MiB)".to_owned()),
        mebibytes => Ok(mebibytes.saturating_mul(1 << 20)),
    }
}

/// The name that is said, or that of the host.
fn name(given: Option<String>) -> Result<String, String> {
    let name = given.or_else(host_name).unwrap_or_else(|| "agent".to_owned());
    let is_one = !name.trim().is_empty() && name.len() <= NAME_BYTES && !name.chars().any(char::is_control);
    is_one.then_some(name).ok_or_else(|| "name: 1 to 200 bytes, and no control characters".to_owned())
}

#[cfg(target_os = "linux")]
fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(not(target_os = "linux"))]
fn host_name() -> Option<String> {
    std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_loopback_and_a_spool_of_a_week() {
        let arguments = AgentArguments { server: Some("http://h:1".into()), ..AgentArguments::default() };
        let config = AgentConfig::from_arguments(arguments).expect("good");
        assert!(config.udp.iter().chain(&config.http).all(|address| address.ip().is_loopback()));
        assert_eq!((config.spool_bytes, config.spool_age), (1 << 30, Duration::from_secs(7 * 24 * 3_600)));
        assert_eq!(config.spool, PathBuf::from("upto-agent"));
        assert!(!config.name.is_empty());
        assert_eq!(config.target, Some(target("http://h:1".into(), None, None)));
    }

    #[test]
    fn all_mistakes_are_told_together() {
        let arguments = AgentArguments {
            udp: Some("nowhere".into()),
            spool_size: Some(0),
            spool_age: Some("soon".into()),
            name: Some("a\nb".into()),
            store: Some("redb:here".into()),
            fleet_address: Some("ftp://h".into()),
            fleet_checks: Some("/nonexistent".into()),
            ..AgentArguments::default()
        };
        let problems = AgentConfig::from_arguments(arguments).expect_err("mistakes").to_string();
        for problem in [
            "udp \"nowhere\"",
            "spool-size 0",
            "spool-age \"soon\"",
            "name: ",
            "store: one program",
            "fleet address",
            "/nonexistent",
        ] {
            assert!(problems.contains(problem), "{problems}");
        }
    }
}
