//! Wiring: opens the store, binds the listeners, starts the tasks, and ends them in order.

mod ending;
mod start_error;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use self::ending::told_to_end;
pub use self::start_error::StartError;
use crate::agent::Target;
use crate::api::{self, App};
use crate::catalog::{Catalog, Damages};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, OtlpRules};
use crate::doors::{Certificates, Connections, DoorSettings, Doors, Hangups, Rate, TlsError};
use crate::fleet::{Fleet, FleetSettings, Here, OwnCheck};
use crate::handover::{Asked, Puller};
use crate::ingest::{Budget, Committer, Division, Ingest, Limits, Unstored};
use crate::input::{self, Door, Inputs, Listener};
use crate::maintenance;
use crate::metrics::Metrics;
use crate::probe::registry::Registry;
use crate::probe::{self, ClusterSettings, Connector, Kept, Planned, Reread, Watched};
use crate::retention::{Retention, Sweeper};
use crate::store::{self, Store, StoreUrl};
use crate::watch::alerts::Alerts;
use crate::watch::journal::Journal;
use crate::watch::{Pings, Timelines, Watch, WatchSettings};

/// Threads that receive at one address at most: more of them would wait for the same timelines.
const RECEIVERS: usize = 8;
/// How long a request waits for the store, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked for what is over a limit, unless told otherwise.
const SWEEP_PERIOD: Duration = Duration::from_secs(60);
/// How long clients and the store have when the server ends, unless told otherwise.
const GRACE: Duration = Duration::from_secs(3);

/// A server that is not yet started: `Server::builder().start().await`.
#[derive(Debug)]
pub struct Server(());

impl Server {
    /// A server with the defaults: an in-memory store would forget, so that is
    /// `redb:./upto-data`, on loopback with the usual ports.
    pub fn builder() -> ServerBuilder {
        let loopback = |port| vec![([127, 0, 0, 1], port).into(), ([0, 0, 0, 0, 0, 0, 0, 1], port).into()];
        ServerBuilder {
            udp: loopback(crate::config::UDP_PORT),
            http: loopback(crate::config::HTTP_PORT),
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
        }
    }
}

/// Settings of a server. See [`Server::builder`] for the defaults.
#[derive(Clone)]
#[must_use = "a server starts with `start`"]
pub struct ServerBuilder {
    udp: Vec<SocketAddr>,
    http: Vec<SocketAddr>,
    store: StoreUrl,
    opened: Option<Arc<dyn Store>>,
    memory_bytes: usize,
    clock: Arc<dyn Clock>,
    patience: Duration,
    grace: Duration,
    retention: Retention,
    sweep_period: Duration,
    otlp: OtlpRules,
    doors: DoorSettings,
    watch: WatchSettings,
    agents: Vec<Target>,
    fleet: FleetSettings,
    clusters: Vec<ClusterSettings>,
    connectors: Vec<Planned>,
    reread: Option<Arc<Reread>>,
    notices: Arc<Notices>,
}

/// Takes what whoever runs the server should know, one line each. Never contains secrets.
type Notices = dyn Fn(&str) + Send + Sync;

impl From<Config> for ServerBuilder {
    fn from(config: Config) -> Self {
        let Config { udp, http, store, memory_bytes, retention, otlp, doors, watch, agents, fleet, clusters } =
            config;
        let given =
            ServerBuilder { udp, http, store, memory_bytes, retention, otlp, doors, ..Server::builder() };
        ServerBuilder { watch, agents, fleet, clusters, ..given }
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
        reread: impl Fn() -> Result<Vec<ClusterSettings>, crate::config::ConfigError> + Send + Sync + 'static,
    ) -> Self {
        self.reread = Some(Arc::new(reread));
        self
    }

    /// What is done with what whoever runs the server should know, by default nothing.
    pub fn notices(mut self, notices: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.notices = Arc::new(notices);
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

    /// Opens the store and the listeners and starts serving.
    ///
    /// # Errors
    /// [`StartError`]: nothing is left running.
    pub async fn start(self) -> Result<Handle, StartError> {
        let receivers = available_parallelism().map_or(1, usize::from).min(RECEIVERS);
        let bind = async |address| input::bind(address, receivers);
        let udp = bind_all(&self.udp, "udp", bind, Listener::local_addr).await?;
        let http = bind_all(&self.http, "http", TcpListener::bind, TcpListener::local_addr).await?;
        let store = match self.opened {
            Some(opened) => opened,
            None => store::open(&self.store, self.clock.clone()).await?,
        };
        if maintenance::is_import_unfinished(store.as_ref()).await? {
            return Err(StartError::Imported);
        }
        let memory = Division::of(self.memory_bytes);
        let damages = Damages::told_to(self.notices.clone());
        let catalog = Arc::new(Catalog::open_noting(store, memory.folds, damages).await?);
        let metrics = Arc::new(Metrics::default());
        let doors = Arc::new(self.doors);
        let http_addresses = addresses_of(&http, TcpListener::local_addr);
        let (settings, clock) = (doors.clone(), self.clock.clone());
        let doors = Doors::open(settings, catalog.clone(), clock, metrics.clone(), &http_addresses).await?;
        if let Some(exposed) = http_addresses.iter().find(|address| !address.ip().is_loopback())
            && doors.is_walled_up()
        {
            return Err(StartError::Exposed(*exposed));
        }
        let certificates = doors.settings().tls.clone().map(Certificates::read).transpose()?;
        let limits = Limits { waiting_bytes: memory.waiting, patience: self.patience };
        let (ingest, committer) = Ingest::new(catalog.clone(), self.clock.clone(), metrics.clone(), limits);
        let journal = Arc::new(Journal::new(catalog.store().clone(), self.clock.clone()));
        let settings = Arc::new(self.watch);
        let pings = Pings::new(&settings.pings)?;
        let alerts = Arc::new(settings.alerts.clone());
        let alerts = Alerts::new(catalog.store().clone(), self.clock.clone(), journal, alerts)?;
        let watch =
            Watch::open(catalog.store().clone(), self.clock.clone(), Arc::new(alerts), settings).await?;
        let ingest = ingest.with_watch(watch.clone());
        let (ingest, bodies) = (Arc::new(ingest), Arc::new(Budget::new(memory.bodies)));
        let here = Here {
            address: address_for_others(&http_addresses, certificates.is_some()),
            is_ready: Arc::new({
                let ingest = ingest.clone();
                move || ingest.check().is_ok()
            }),
            notices: self.notices.clone(),
        };
        let fleet = Fleet::open(self.fleet, catalog.store().clone(), self.clock.clone(), here);
        let fleet = Arc::new(fleet.map_err(StartError::Fleet)?);
        let [budget, beside] = [memory.datagrams, memory.beside].map(|bytes| Arc::new(Budget::new(bytes)));
        let puller = Puller {
            catalog: catalog.clone(),
            ingest: ingest.clone(),
            metrics: metrics.clone(),
            clock: self.clock.clone(),
            notices: self.notices.clone(),
        };
        let asked = puller.prepare(&self.agents).map_err(|error| StartError::Target(error.to_string()))?;
        let rate =
            Some(doors.settings().udp_rate).filter(|rate| *rate > 0).map(Rate::per_second).map(Arc::new);
        let door = Door { ingest: ingest.clone(), metrics: metrics.clone(), budget, beside, rate };
        let inputs = Inputs::start(&udp, &door).map_err(StartError::Threads)?;
        let registry = Registry::new(catalog.store().clone(), self.clock.clone(), metrics.clone());
        let registry = Arc::new(registry);
        registry.load().await?;
        let watched =
            Watched::new(registry.clone()).map_err(|error| StartError::Clusters(error.to_string()))?;
        let clusters = watched.begin(&self.clusters, self.connectors).await;
        clusters.map_err(|error| StartError::Clusters(error.to_string()))?;
        let probes = Probes { registry, watched: Arc::new(watched), reread: self.reread };
        let (kept, every) = (self.retention, self.sweep_period);
        let sweeper = Sweeper::new(catalog.clone(), self.clock, metrics.clone(), kept, every);
        tell_of_open_udp(&udp, &doors, self.notices.as_ref());
        let (notices, grace) = (self.notices, self.grace);
        let otlp = Arc::new(self.otlp);
        let parts = Parts {
            catalog,
            ingest,
            metrics,
            bodies,
            sweeper,
            otlp,
            doors,
            certificates,
            notices,
            watch,
            pings,
            fleet,
            probes,
        };
        let mut handle = parts.run(&udp, inputs, http, committer, grace)?;
        handle.ask(asked);
        Ok(handle)
    }
}

struct Parts {
    catalog: Arc<Catalog>,
    ingest: Arc<Ingest>,
    metrics: Arc<Metrics>,
    bodies: Arc<Budget>,
    sweeper: Sweeper,
    otlp: Arc<OtlpRules>,
    doors: Arc<Doors>,
    certificates: Option<Arc<Certificates>>,
    notices: Arc<Notices>,
    watch: Arc<Watch>,
    pings: Pings,
    fleet: Arc<Fleet>,
    probes: Probes,
}

/// What has to do with clusters.
struct Probes {
    registry: Arc<Registry>,
    watched: Arc<Watched<Registry>>,
    reread: Option<Arc<Reread>>,
}

impl Probes {
    /// Begins to store, to ask, and to look whether the clusters are to be read again.
    fn start(self, notices: &Arc<Notices>, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let Probes { registry, watched, reread } = self;
        let mut tasks =
            vec![tokio::spawn(registry.run(stop.clone())), tokio::spawn(watched.clone().run(stop.clone()))];
        tasks.extend(reread.map(|reread| {
            let notices = notices.clone();
            let notice = move |text: &str| notices(text);
            tokio::spawn(probe::follow(watched, reread, Hangups::begin(), notice, stop.clone()))
        }));
        tasks
    }
}

impl Parts {
    fn run(
        self,
        udp: &[Listener],
        datagrams: Inputs,
        http: Vec<TcpListener>,
        committer: Committer,
        grace: Duration,
    ) -> Result<Handle, TlsError> {
        let (stop_inputs, inputs) = watch::channel(false);
        let (stop_committer, commits) = watch::channel(false);
        let udp_addresses = addresses_of(udp, Listener::local_addr);
        let http_addresses = addresses_of(&http, TcpListener::local_addr);
        let Parts {
            catalog,
            ingest,
            metrics,
            bodies,
            sweeper,
            otlp,
            doors,
            certificates,
            notices,
            watch,
            pings,
            fleet,
            probes,
        } = self;
        let (settings, is_tls) = (doors.settings().clone(), certificates.is_some());
        let client_ca = settings.client_ca.as_deref();
        let tls = certificates.as_ref().map(|certificates| certificates.acceptor(client_ca)).transpose()?;
        let retention = sweeper.defaults();
        let mut tasks = vec![
            tokio::spawn(catalog.clone().follow(inputs.clone())),
            tokio::spawn(sweeper.run(inputs.clone())),
            tokio::spawn(doors.clone().follow(inputs.clone())),
        ];
        let registry = probes.registry.clone();
        tasks.extend(probes.start(&notices, &inputs));
        tasks.extend(certificates.map(|certificates| {
            let notice = move |text: &str| notices(text);
            tokio::spawn(certificates.follow(settings.tls_period, notice, inputs.clone()))
        }));
        let (around, counted, stop) = (doors.clone(), metrics.clone(), inputs.clone());
        let taking = ingest.clone();
        tasks.extend(watch.clone().start(pings, &inputs));
        tasks.push(tokio::spawn(Timelines::new(watch.clone(), catalog.clone()).run(inputs.clone())));
        tasks.extend(fleet.start(&inputs));
        let app = App {
            catalog,
            ingest,
            metrics,
            bodies,
            retention,
            doors,
            otlp,
            watch,
            fleet,
            registry,
            stop: inputs,
        };
        let connections = Connections::new(around.around(api::routes(app)), tls, settings, counted, stop);
        tasks.extend(http.into_iter().map(|listener| tokio::spawn(connections.clone().serve(listener))));
        let stops = Arc::new((stop_inputs, stop_committer));
        // The handle may be dropped, and nothing ends; the runtime may be, and everything does.
        let kept = (stops.clone(), datagrams.ending());
        let committer = tokio::spawn(async move {
            let ended = committer.run(commits).await;
            drop(kept);
            ended
        });
        Ok(Handle {
            udp_addresses,
            http_addresses,
            is_tls,
            stops,
            datagrams,
            tasks,
            committer,
            ingest: taking,
            grace,
        })
    }
}

pub(crate) fn addresses_of<T>(listeners: &[T], of: impl Fn(&T) -> io::Result<SocketAddr>) -> Vec<SocketAddr> {
    listeners.iter().filter_map(|listener| of(listener).ok()).collect()
}

/// Where others can ask a server that listens there; `None` where it listens to all and does not know by which name.
fn address_for_others(http: &[SocketAddr], is_tls: bool) -> Option<String> {
    let scheme = if is_tls { "https" } else { "http" };
    let first = http.first().filter(|address| !address.ip().is_unspecified())?;
    Some(format!("{scheme}://{first}"))
}

/// Datagrams have no credentials: whoever can send some to an address that is not loopback is let in.
pub(crate) fn tell_of_open_udp(udp: &[Listener], doors: &Doors, notices: &Notices) {
    let open =
        addresses_of(udp, Listener::local_addr).into_iter().find(|address| !address.ip().is_loopback());
    if let Some(address) = open.filter(|_| !doors.is_open()) {
        notices(&format!(
            "udp {address}: datagrams have no tokens, so everybody who reaches this address can send events; \
             see docs/security.md"
        ));
    }
}

/// Binds each address. Where a port is 0, the first address gets any and the others the same one; one whose
/// family this machine does not have is left out if another one is there.
pub(crate) async fn bind_all<T>(
    addresses: &[SocketAddr],
    protocol: &'static str,
    bind: impl AsyncFn(SocketAddr) -> io::Result<T>,
    address_of: impl Fn(&T) -> io::Result<SocketAddr>,
) -> Result<Vec<T>, StartError> {
    let mut bound: Vec<T> = Vec::new();
    for &wanted in addresses {
        let mut address = wanted;
        if let Some(first) =
            bound.first().and_then(|first| address_of(first).ok()).filter(|_| wanted.port() == 0)
        {
            address.set_port(first.port());
        }
        match bind(address).await {
            Ok(socket) => bound.push(socket),
            Err(error) if !bound.is_empty() && is_family_missing(&error) => {}
            Err(source) => return Err(StartError::Listen { protocol, address, source }),
        }
    }
    Ok(bound)
}

fn is_family_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable || error.kind() == io::ErrorKind::Unsupported
}

/// A server that runs. Dropping this does not end it; [`Handle::shutdown`] does.
#[derive(Debug)]
pub struct Handle {
    udp_addresses: Vec<SocketAddr>,
    http_addresses: Vec<SocketAddr>,
    is_tls: bool,
    /// Of what takes requests, and of the committer.
    stops: Arc<(watch::Sender<bool>, watch::Sender<bool>)>,
    datagrams: Inputs,
    tasks: Vec<JoinHandle<()>>,
    committer: JoinHandle<Result<(), Unstored>>,
    ingest: Arc<Ingest>,
    grace: Duration,
}

impl Handle {
    /// Begins to ask these agents.
    fn ask(&mut self, agents: Vec<Asked>) {
        let stop = self.stops.0.subscribe();
        self.tasks.extend(agents.into_iter().map(|asked| tokio::spawn(asked.run(stop.clone()))));
    }

    /// Where datagrams are received.
    #[must_use]
    pub fn udp_addresses(&self) -> &[SocketAddr] {
        &self.udp_addresses
    }

    /// Where HTTP is served.
    #[must_use]
    pub fn http_addresses(&self) -> &[SocketAddr] {
        &self.http_addresses
    }

    /// The page's and the API's addresses as people type them.
    pub fn http_urls(&self) -> impl Iterator<Item = String> + '_ {
        let scheme = if self.is_tls { "https" } else { "http" };
        self.http_addresses.iter().map(move |address| format!("{scheme}://{address}"))
    }

    /// Stops taking messages, answers what was asked, stores what was taken, and ends. Whoever is not done
    /// within the [grace](ServerBuilder::grace) is cut off: a client that does not read, a store that does not answer.
    ///
    /// # Errors
    /// The store did not take everything, and the rest is lost.
    pub async fn shutdown(self) -> Result<(), Unstored> {
        let Handle { stops, mut datagrams, mut tasks, .. } = self;
        stops.0.send_replace(true);
        let inputs = async {
            datagrams.stop().await;
            for task in &mut tasks {
                // A task that panicked has ended too.
                let _ = task.await;
            }
        };
        if timeout(self.grace, inputs).await.is_err() {
            datagrams.abandon();
            tasks.iter().for_each(JoinHandle::abort);
        }
        stops.1.send_replace(true);
        match timeout(self.grace, self.committer).await {
            Ok(ended) => ended.unwrap_or_else(|error| Err(Unstored::new(self.ingest.waiting_bytes(), error))),
            Err(_) => match self.ingest.waiting_bytes() {
                0 => Ok(()),
                bytes => Err(Unstored::new(bytes, "the store does not answer in time")),
            },
        }
    }
}
