//! Wiring: opens the store, binds the listeners, starts the tasks, and ends them in order.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::api::{self, App};
use crate::catalog::Catalog;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::ingest::{Committer, Ingest};
use crate::input::udp;
use crate::metrics::Metrics;
use crate::store::{self, StoreError, StoreUrl};

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
            memory_bytes: 256 << 20,
            clock: Arc::new(SystemClock),
            grace: GRACE,
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
    memory_bytes: usize,
    clock: Arc<dyn Clock>,
    grace: Duration,
}

impl From<Config> for ServerBuilder {
    fn from(config: Config) -> Self {
        let Config { udp, http, store, memory_bytes, .. } = config;
        ServerBuilder { udp, http, store, memory_bytes, ..Server::builder() }
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

    /// Everything is kept in this folder, which is created if need be.
    pub fn data(self, folder: impl Into<PathBuf>) -> Self {
        self.store(StoreUrl::Redb(folder.into()))
    }

    /// Bytes for timelines in use, by default 256 MiB. Larger timelines are still read.
    pub fn memory_bytes(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// What "now" is where a sender does not say.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
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
        let udp =
            bind_all(&self.udp, "udp", async |address| udp::bind(address), UdpSocket::local_addr).await?;
        let http = bind_all(&self.http, "http", TcpListener::bind, TcpListener::local_addr).await?;
        let store = store::open(&self.store, self.clock.clone()).await?;
        let catalog = Arc::new(Catalog::open(store, self.memory_bytes).await?);
        let metrics = Arc::new(Metrics::default());
        let (ingest, committer) = Ingest::new(catalog.clone(), self.clock.clone(), metrics.clone());
        let app = Parts { catalog, ingest: Arc::new(ingest), metrics };
        Ok(app.run(udp, http, committer, self.grace))
    }
}

struct Parts {
    catalog: Arc<Catalog>,
    ingest: Arc<Ingest>,
    metrics: Arc<Metrics>,
}

impl Parts {
    fn run(
        self,
        udp: Vec<UdpSocket>,
        http: Vec<TcpListener>,
        committer: Committer,
        grace: Duration,
    ) -> Handle {
        let (stop_inputs, inputs) = watch::channel(false);
        let (stop_committer, commits) = watch::channel(false);
        let udp_addresses = udp.iter().filter_map(|socket| socket.local_addr().ok()).collect();
        let http_addresses = http.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let mut tasks = Vec::new();
        for socket in udp {
            tasks.push(tokio::spawn(udp::run(
                socket,
                self.ingest.clone(),
                self.metrics.clone(),
                inputs.clone(),
            )));
        }
        let Parts { catalog, ingest, metrics } = self;
        let app = App { catalog, ingest, metrics, stop: inputs };
        tasks.extend(http.into_iter().map(|listener| tokio::spawn(serve(listener, app.clone()))));
        let committer = tokio::spawn(committer.run(commits));
        Handle { udp_addresses, http_addresses, stop_inputs, stop_committer, tasks, committer, grace }
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
    stop_inputs: watch::Sender<bool>,
    stop_committer: watch::Sender<bool>,
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
        self.stop_inputs.send_replace(true);
        let mut tasks = self.tasks;
        let inputs = async {
            for task in &mut tasks {
                // A task that panicked has ended too.
                let _ = task.await;
            }
        };
        if timeout(self.grace, inputs).await.is_err() {
            tasks.iter().for_each(JoinHandle::abort);
        }
        self.stop_committer.send_replace(true);
        let _ = timeout(self.grace, self.committer).await;
    }
}
