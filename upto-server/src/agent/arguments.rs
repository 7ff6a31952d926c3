//! What an agent is told at its start.

mod checked;
mod fleet;
mod name;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

pub use self::checked::AgentConfig;
use self::name::name;
use super::courier::{Target, TokenSource};
use crate::config::{ConfigError, clusters_of};
use crate::probe::{ClusterSettings, CollectorConfig, CollectorTarget};

/// MiB of a collector's buffer where nothing is said.
const BUFFER_SIZE: u32 = 64;

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
    #[arg(long, value_name = "FILE", env = "UPTO_AGENT_TOKEN_FILE", requires = "server")]
    token_file: Option<PathBuf>,
    /// A file in PEM with the certificates that the server's has to be signed by [default: those that the system trusts]
    #[arg(long, value_name = "FILE", env = "UPTO_AGENT_CA", requires = "server")]
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
