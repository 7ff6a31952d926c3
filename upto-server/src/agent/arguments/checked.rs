//! The arguments, checked once.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::super::courier::Target;
use super::super::fleet::AgentFleet;
use super::fleet::FleetArguments;
use super::{AgentArguments, name, target};
use crate::config::{ConfigError, HTTP_PORT, UDP_PORT, addresses, age};
use crate::doors::{DoorSettings, TlsFiles};

/// MiB of a spool where nothing is said.
const SPOOL_SIZE: u64 = 1_024;

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

impl AgentConfig {
    /// Checks what is said, and fills in the defaults.
    ///
    /// # Errors
    /// All mistakes, one a line.
    pub fn from_arguments(arguments: AgentArguments) -> Result<Self, ConfigError> {
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
        let fleet = asked.checked().map_err(|mistakes| problems.extend(mistakes));
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
            _ => Err(ConfigError::of_all(problems)),
        }
    }
}

fn spool_bytes(given: Option<u64>) -> Result<u64, String> {
    match given.unwrap_or(SPOOL_SIZE) {
        0 => Err("spool-size 0: at least 1 (MiB)".to_owned()),
        mebibytes => Ok(mebibytes.saturating_mul(1 << 20)),
    }
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
