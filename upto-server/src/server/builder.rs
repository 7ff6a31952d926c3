//! What a server is told before it starts, by who embeds it or by the [`Config`] of the command.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[cfg(doc)]
use super::Handle;
use super::Server;
use super::giving_back::GiveBack;
use crate::agent::Target;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ConfigError, HTTP_PORT, OtlpRules, UDP_PORT};
use crate::doors::DoorSettings;
use crate::fleet::{FleetSettings, OwnCheck};
use crate::probe::{ClusterSettings, Connector, Kept, Planned, Reread};
use crate::retention::Retention;
use crate::store::{Store, StoreUrl};
use crate::watch::WatchSettings;

/// How long a request waits for the store, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked for what is over a limit, unless told otherwise.
const SWEEP_PERIOD: Duration = Duration::from_secs(60);
/// How long clients and the store have when the server ends, unless told otherwise.
const GRACE: Duration = Duration::from_secs(3);

/// Settings of a server. See [`Server::builder`] for the defaults.
#[derive(Clone)]
#[must_use = "a server starts with `start`"]
pub struct ServerBuilder {
    pub(super) udp: Vec<SocketAddr>,
    pub(super) http: Vec<SocketAddr>,
    pub(super) store: StoreUrl,
    pub(super) opened: Option<Arc<dyn Store>>,
    pub(super) memory_bytes: usize,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) patience: Duration,
    pub(super) grace: Duration,
    pub(super) retention: Retention,
    pub(super) sweep_period: Duration,
    pub(super) otlp: OtlpRules,
    pub(super) doors: DoorSettings,
    pub(super) watch: WatchSettings,
    pub(super) agents: Vec<Target>,
    pub(super) fleet: FleetSettings,
    pub(super) clusters: Vec<ClusterSettings>,
    pub(super) connectors: Vec<Planned>,
    pub(super) reread: Option<Arc<Reread>>,
    pub(super) notices: Arc<Notices>,
    pub(super) give_back: Option<Arc<GiveBack>>,
}

/// Takes what whoever runs the server should know, one line each. Never contains secrets.
pub(super) type Notices = dyn Fn(&str) + Send + Sync;

impl From<Config> for ServerBuilder {
    fn from(config: Config) -> Self {
        let Config { udp, http, store, memory_bytes, retention, otlp, doors, watch, agents, fleet, clusters } =
            config;
        let given =
            ServerBuilder { udp, http, store, memory_bytes, retention, otlp, doors, ..Server::builder() };
        ServerBuilder { watch, agents, fleet, clusters, ..given }
    }
}

impl Default for ServerBuilder {
    fn default() -> Self {
        let loopback = |port| vec![([127, 0, 0, 1], port).into(), ([0, 0, 0, 0, 0, 0, 0, 1], port).into()];
        ServerBuilder {
            udp: loopback(UDP_PORT),
            http: loopback(HTTP_PORT),
            store: StoreUrl::default(),
            opened: None,
            memory_bytes: 256 << 20,
            clock: Arc::new(SystemClock),
            patience: PATIENCE,
            grace: GRACE,
            retention: Retention::default(),
            sweep_period: SWEEP_PERIOD,
            otlp: OtlpRules::default(),
            doors: DoorSettings::default(),
            watch: WatchSettings::default(),
            agents: Vec::new(),
            fleet: FleetSettings::default(),
            clusters: Vec::new(),
            connectors: Vec::new(),
            reread: None,
            notices: Arc::new(|_| {}),
            give_back: None,
        }
    }
}

impl ServerBuilder {
    /// Where datagrams are received. Addresses with port 0 get any free port, all the same one.
    pub fn udp(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.udp = addresses.into_iter().collect();
        self
    }

    /// Where the page and the API are served, likewise.
    ///
    /// An address that is not loopback needs a token in the store, or [`DoorSettings::no_auth`].
    pub fn http(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.http = addresses.into_iter().collect();
        self
    }

    /// Any free ports on loopback, for tests and for embedding.
    pub fn any_port(self) -> Self {
        let any = || [SocketAddr::from(([127, 0, 0, 1], 0))];
        self.udp(any()).http(any())
    }

    /// Where everything is kept.
    pub fn store(mut self, store: StoreUrl) -> Self {
        self.store = store;
        self
    }

    /// Everything is kept in this store, which is open already, whatever [`store`](Self::store) says.
    pub fn opened_store(mut self, store: Arc<dyn Store>) -> Self {
        self.opened = Some(store);
        self
    }

    /// Everything is kept in this folder, which is created if need be.
    pub fn data(self, folder: impl Into<PathBuf>) -> Self {
        self.store(StoreUrl::Redb(folder.into()))
    }

    /// Bytes for timelines in use and for what has come and is not stored yet, by default 256 MiB. Larger timelines are
    /// still read.
    pub fn memory_bytes(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// What is kept of contexts that have no limits of their own; by default everything.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// How spans that come as OTLP become events; by default, each trace is a timeline.
    pub fn otlp(mut self, rules: OtlpRules) -> Self {
        self.otlp = rules;
        self
    }

    /// How often it is looked for what is over a limit; by default every minute.
    pub fn sweep_period(mut self, period: Duration) -> Self {
        self.sweep_period = period;
        self
    }

    /// Who gets in, and how much of everything.
    pub fn doors(mut self, settings: DoorSettings) -> Self {
        self.doors = settings;
        self
    }

    /// How services are watched, and who is told.
    pub fn watch(mut self, settings: WatchSettings) -> Self {
        self.watch = settings;
        self
    }

    /// Agents that are asked for what they have, by default none.
    pub fn agents(mut self, agents: impl IntoIterator<Item = Target>) -> Self {
        self.agents = agents.into_iter().collect();
        self
    }

    /// How hosts are asked, and for what; by default they are not.
    pub fn fleet(mut self, settings: FleetSettings) -> Self {
        self.fleet = settings;
        self
    }

    /// Has hosts asked for one more check, which this host knows how to do.
    pub fn check(mut self, check: OwnCheck) -> Self {
        self.fleet.checks.push(check);
        self
    }

    /// Clusters that are watched, by default none.
    pub fn clusters(mut self, clusters: impl IntoIterator<Item = ClusterSettings>) -> Self {
        self.clusters = clusters.into_iter().collect();
        self
    }

    /// A cluster that is watched by a connector of one's own, beside those of [`clusters`](Self::clusters). Of its probes,
    /// so many are kept.
    pub fn connector(mut self, name: impl Into<String>, connector: Arc<dyn Connector>, kept: Kept) -> Self {
        self.connectors.push(Planned { name: name.into(), kept, connector });
        self
    }

    /// Where the clusters are read again when the process is told SIGHUP; by default they stay.
    pub fn reread_clusters(
        mut self,
        reread: impl Fn() -> Result<Vec<ClusterSettings>, ConfigError> + Send + Sync + 'static,
    ) -> Self {
        self.reread = Some(Arc::new(reread));
        self
    }

    /// What is done with what whoever runs the server should know, by default nothing.
    pub fn notices(mut self, notices: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.notices = Arc::new(notices);
        self
    }

    /// Called on a thread of its own after something was done that took much memory, by default not at all: where the
    /// allocator keeps what is free, it is to have it give that back.
    pub fn give_back(mut self, give_back: impl Fn() + Send + Sync + 'static) -> Self {
        self.give_back = Some(Arc::new(give_back));
        self
    }

    /// What "now" is where a sender does not say.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long a request waits until what it sent is durable, by default 30 s. Then it is answered with 503, and may be
    /// sent again.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long [`Handle::shutdown`] waits for clients that are being answered, and then for the store; by
    /// default 3 s each.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }
}
