//! Wiring: opens the store, binds the listeners, starts the tasks, and ends them in order.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::api::{self, App};
use crate::catalog::Catalog;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::ingest::{Budget, Committer, Division, Ingest, Limits};
use crate::input::{self, Door, Inputs, Listener};
use crate::metrics::Metrics;
use crate::retention::{Retention, Sweeper};
use crate::store::{self, Store, StoreError, StoreUrl};

/// Threads that receive at one address at most: more of them would wait for the same timelines.
const RECEIVERS: usize = 8;
/// How long a request waits for the store, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked for what is over a limit, unless told otherwise.
const SWEEP_PERIOD: Duration = Duration::from_secs(60);
/// How long clients and the store have when the server ends, unless told otherwise.
const GRACE: Duration = Duration::from_secs(3);

/// Why a server did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A listener can't be opened.
    #[error("{protocol} {address}: {}", explain(source))]
    Listen {
        /// `udp` or `http`.
        protocol: &'static str,
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no threads to receive with.
    #[error("no threads to receive with: {0}")]
    Threads(#[source] io::Error),
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "the port is taken by another program; choose another one, or 0 for any".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "this machine does not have the address".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "not allowed to listen there (ports below 1024 need privileges)".to_owned()
        }
        _ => error.to_string(),
    }
}

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
}

impl From<Config> for ServerBuilder {
    fn from(config: Config) -> Self {
        let Config { udp, http, store, memory_bytes, retention, .. } = config;
        ServerBuilder { udp, http, store, memory_bytes, retention, ..Server::builder() }
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
    /// There is no login yet: an address that is not loopback lets everybody in who reaches it.
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

    /// How often it is looked for what is over a limit; by default every minute.
    pub fn sweep_period(mut self, period: Duration) -> Self {
        self.sweep_period = period;
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
        let memory = Division::of(self.memory_bytes);
        let catalog = Arc::new(Catalog::open(store, memory.folds).await?);
        let metrics = Arc::new(Metrics::default());
        let limits = Limits { waiting_bytes: memory.waiting, patience: self.patience };
        let (ingest, committer) = Ingest::new(catalog.clone(), self.clock.clone(), metrics.clone(), limits);
        let (ingest, bodies) = (Arc::new(ingest), Arc::new(Budget::new(memory.bodies)));
        let budget = Arc::new(Budget::new(memory.datagrams));
        let door = Door { ingest: ingest.clone(), metrics: metrics.clone(), budget };
        let inputs = Inputs::start(&udp, &door).map_err(StartError::Threads)?;
        let (kept, every) = (self.retention, self.sweep_period);
        let sweeper = Sweeper::new(catalog.clone(), self.clock, metrics.clone(), kept, every);
        let parts = Parts { catalog, ingest, metrics, bodies, sweeper };
        Ok(parts.run(&udp, inputs, http, committer, self.grace))
    }
}

struct Parts {
    catalog: Arc<Catalog>,
    ingest: Arc<Ingest>,
    metrics: Arc<Metrics>,
    bodies: Arc<Budget>,
    sweeper: Sweeper,
}

impl Parts {
    fn run(
        self,
        udp: &[Listener],
        datagrams: Inputs,
        http: Vec<TcpListener>,
        committer: Committer,
        grace: Duration,
    ) -> Handle {
        let (stop_inputs, inputs) = watch::channel(false);
        let (stop_committer, commits) = watch::channel(false);
        let udp_addresses = udp.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let http_addresses = http.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let Parts { catalog, ingest, metrics, bodies, sweeper } = self;
        let retention = sweeper.defaults();
        let mut tasks = vec![
            tokio::spawn(catalog.clone().follow(inputs.clone())),
            tokio::spawn(sweeper.run(inputs.clone())),
        ];
        let app = App { catalog, ingest, metrics, bodies, retention, stop: inputs };
        tasks.extend(http.into_iter().map(|listener| tokio::spawn(serve(listener, app.clone()))));
        let stops = Arc::new((stop_inputs, stop_committer));
        // The handle may be dropped, and nothing ends; the runtime may be, and everything does.
        let kept = (stops.clone(), datagrams.ending());
        let committer = tokio::spawn(async move {
            committer.run(commits).await;
            drop(kept);
        });
        Handle { udp_addresses, http_addresses, stops, datagrams, tasks, committer, grace }
    }
}

/// Serves HTTP until the app is told to stop; then answers what was asked already.
async fn serve(listener: TcpListener, app: App) {
    let mut stop = app.stop.clone();
    let service = api::routes(app).into_make_service_with_connect_info::<SocketAddr>();
    let stopped = async move {
        // That the sender is gone means the same.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    // It ends with `stopped` only: errors of single connections stay with those.
    let _ = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
}

/// Binds each address. Where a port is 0, the first address gets any and the others the same one; one whose
/// family this machine does not have is left out if another one is there.
async fn bind_all<T>(
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
    /// Of what takes requests, and of the committer.
    stops: Arc<(watch::Sender<bool>, watch::Sender<bool>)>,
    datagrams: Inputs,
    tasks: Vec<JoinHandle<()>>,
    committer: JoinHandle<()>,
    grace: Duration,
}

impl Handle {
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
        self.http_addresses.iter().map(|address| format!("http://{address}"))
    }

    /// Stops taking messages, answers what was asked, stores what was taken, and ends. Whoever is not done
    /// within the [grace](ServerBuilder::grace) is cut off: a client that does not read, a store that does not answer.
    pub async fn shutdown(self) {
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
        let _ = timeout(self.grace, self.committer).await;
    }
}
