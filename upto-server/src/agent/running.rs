//! Wiring of an agent: opens the spool, binds the listeners, starts the tasks, and ends them in order.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::arguments::AgentConfig;
use super::courier::{Courier, Target};
use super::delivery::readable;
use super::door::SpoolDoor;
use super::fleet::{AgentFleet, FleetWork};
use super::push::{Notices, Pusher};
use super::spool::{Bounds, Spool, Writer};
use crate::api::{AgentApp, agent_routes};
use crate::catalog::{Catalog, Damages};
use crate::clock::{Clock, SystemClock};
use crate::doors::{Certificates, Connections, DoorSettings, Doors, Rate};
use crate::fleet::Local;
use crate::ingest::Budget;
use crate::input::{self, Inputs, Listener};
use crate::metrics::Metrics;
use crate::server::{StartError, addresses_of, bind_all, expect_walls, tell_of_open_udp};
use crate::store::{self, Store, StoreError, StoreUrl};

/// Threads that receive at one address at most.
const RECEIVERS: usize = 8;
/// Bytes of datagrams that were received and are not looked at yet, and the same of bodies of requests.
const MEMORY_BYTES: usize = 16 << 20;
/// How long clients have when the agent ends.
const GRACE: Duration = Duration::from_secs(3);

/// An agent that is not yet started: `Agent::builder().start().await`.
#[derive(Debug)]
pub struct Agent(());

impl Agent {
    /// An agent with the defaults of `upto-server agent`, and any free ports of loopback, that hands over to nobody by
    /// itself and keeps its spool in `folder`.
    pub fn builder(folder: impl Into<PathBuf>) -> AgentBuilder {
        let any = || vec![SocketAddr::from(([127, 0, 0, 1], 0))];
        AgentBuilder {
            config: AgentConfig {
                udp: any(),
                http: any(),
                spool: folder.into(),
                spool_bytes: 1 << 30,
                spool_age: Duration::from_secs(7 * 24 * 3_600),
                name: "agent".to_owned(),
                target: None,
                doors: DoorSettings::default(),
                fleet: None,
            },
            clock: Arc::new(SystemClock),
            notices: Arc::new(|_| {}),
        }
    }
}

/// Settings of an agent.
#[derive(Clone)]
#[must_use = "an agent starts with `start`"]
pub struct AgentBuilder {
    config: AgentConfig,
    clock: Arc<dyn Clock>,
    notices: Arc<Notices>,
}

impl From<AgentConfig> for AgentBuilder {
    fn from(config: AgentConfig) -> Self {
        AgentBuilder { config, ..Agent::builder("") }
    }
}

impl AgentBuilder {
    /// What people call it.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.config.name = name.into();
        self
    }

    /// Where datagrams are received. Addresses with port 0 get any free port, all the same one.
    pub fn udp(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.config.udp = addresses.into_iter().collect();
        self
    }

    /// Where HTTP is served, likewise.
    ///
    /// An address that is not loopback needs a token in the spool's store, or [`DoorSettings::no_auth`].
    pub fn http(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.config.http = addresses.into_iter().collect();
        self
    }

    /// Where it hands over.
    pub fn target(mut self, target: Target) -> Self {
        self.config.target = Some(target);
        self
    }

    /// Bytes that its spool may have, and for how long that keeps something.
    pub fn bounds(mut self, bytes: u64, age: Duration) -> Self {
        (self.config.spool_bytes, self.config.spool_age) = (bytes, age);
        self
    }

    /// How it works for a fleet; by default it does not.
    pub fn fleet(mut self, fleet: AgentFleet) -> Self {
        self.config.fleet = Some(fleet);
        self
    }

    /// Who gets in, and how much of everything.
    pub fn doors(mut self, settings: DoorSettings) -> Self {
        self.config.doors = settings;
        self
    }

    /// What "now" is.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What is done with what whoever runs the agent should know, by default nothing.
    pub fn notices(mut self, notices: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.notices = Arc::new(notices);
        self
    }

    /// Opens the spool and the listeners and starts.
    ///
    /// # Errors
    /// [`StartError`]: nothing is left running.
    pub async fn start(self) -> Result<AgentHandle, StartError> {
        let AgentBuilder { config, clock, notices } = self;
        let receivers = available_parallelism().map_or(1, usize::from).min(RECEIVERS);
        let bind = async |address| input::bind(address, receivers);
        let udp = bind_all(&config.udp, "udp", bind, Listener::local_addr).await?;
        let http = bind_all(&config.http, "http", TcpListener::bind, TcpListener::local_addr).await?;
        let courier = config.target.as_ref().map(|target| Courier::start(target, clock.clone())).transpose();
        let courier = courier.map_err(|error| StartError::Target(error.to_string()))?;
        let store = store::open(&StoreUrl::Redb(config.spool), clock.clone()).await?;
        let metrics = Arc::new(Metrics::default());
        let doors = Door { settings: config.doors, clock: clock.clone(), metrics: metrics.clone() };
        let (catalog, doors, certificates) = doors.open(store.clone(), &http).await?;
        tell_of_open_udp(&udp, &doors, notices.as_ref());
        let bounds = Bounds { bytes: config.spool_bytes, age: config.spool_age };
        let (spool, writer) = Spool::open(store, clock.clone(), config.name.clone(), bounds).await?;
        let addresses = addresses_of(&http, TcpListener::local_addr);
        let is_tls = certificates.is_some();
        let fleet = config.fleet.map(|fleet| {
            let is_ready = {
                let spool = spool.clone();
                Arc::new(move || spool.check().is_ok())
            };
            let local = Local::new(Some(&config.name), &fleet.checks, is_ready, clock.clone())?;
            let address = fleet.address(&addresses, is_tls).ok_or("say --fleet-address")?;
            let owner = readable(spool.identity().id);
            Ok::<_, String>(FleetWork { fleet, local, address, owner, clock, notices: notices.clone() })
        });
        let fleet = fleet.transpose().map_err(StartError::Fleet)?;
        let local = fleet.as_ref().map(|work| work.local.clone());
        let parts = Parts { spool, catalog, metrics, doors, certificates, notices, local };
        parts.run(&udp, http, writer, courier, fleet)
    }
}

/// What decides who gets in, before it is open.
struct Door {
    settings: DoorSettings,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

type OpenDoor = (Arc<Catalog>, Arc<Doors>, Option<Arc<Certificates>>);

impl Door {
    /// The guard of the server, with the tokens in the spool's store.
    async fn open(self, store: Arc<dyn Store>, http: &[TcpListener]) -> Result<OpenDoor, StartError> {
        let Door { settings, clock, metrics } = self;
        let damages = Damages::unheard();
        let catalog = Arc::new(Catalog::open_noting(store, 0, damages).await?);
        let addresses = addresses_of(http, TcpListener::local_addr);
        let doors = Doors::open(Arc::new(settings), catalog.clone(), clock, metrics, &addresses).await?;
        expect_walls(&doors, &addresses)?;
        let certificates = doors.settings().tls.clone().map(Certificates::read).transpose()?;
        Ok((catalog, doors, certificates))
    }
}

struct Parts {
    spool: Arc<Spool>,
    catalog: Arc<Catalog>,
    metrics: Arc<Metrics>,
    doors: Arc<Doors>,
    certificates: Option<Arc<Certificates>>,
    notices: Arc<Notices>,
    local: Option<Local>,
}

impl Parts {
    fn run(
        self,
        udp: &[Listener],
        http: Vec<TcpListener>,
        writer: Writer,
        courier: Option<Courier>,
        fleet: Option<FleetWork>,
    ) -> Result<AgentHandle, StartError> {
        let (stop_inputs, inputs) = watch::channel(false);
        let (stop_writer, writes) = watch::channel(false);
        let udp_addresses = addresses_of(udp, Listener::local_addr);
        let http_addresses = addresses_of(&http, TcpListener::local_addr);
        let is_tls = self.certificates.is_some();
        let is_pushing = courier.is_some();
        let mut tasks = self.serve(http, is_pushing, &inputs)?;
        let datagrams = Inputs::start(udp, &self.door()).map_err(StartError::Threads)?;
        tasks.extend(fleet.map(|work| tokio::spawn(work.run(inputs.clone()))));
        tasks.extend(courier.map(|courier| {
            let pusher = Pusher { spool: self.spool.clone(), courier, notices: self.notices.clone() };
            tokio::spawn(pusher.run(inputs))
        }));
        let stops = Arc::new((stop_inputs, stop_writer));
        // The handle may be dropped, and nothing ends; the runtime may be, and everything does.
        let kept = (stops.clone(), datagrams.ending());
        let writer = tokio::spawn(async move {
            let ended = writer.run(writes).await;
            drop(kept);
            ended
        });
        Ok(AgentHandle { udp_addresses, http_addresses, is_tls, stops, datagrams, tasks, writer })
    }

    fn door(&self) -> SpoolDoor {
        let rate = Some(self.doors.settings().udp_rate).filter(|rate| *rate > 0);
        SpoolDoor {
            spool: self.spool.clone(),
            metrics: self.metrics.clone(),
            budget: Arc::new(Budget::new(MEMORY_BYTES)),
            rate: rate.map(Rate::per_second).map(Arc::new),
        }
    }

    fn serve(
        &self,
        http: Vec<TcpListener>,
        is_pushing: bool,
        stop: &watch::Receiver<bool>,
    ) -> Result<Vec<JoinHandle<()>>, StartError> {
        let settings = self.doors.settings().clone();
        let client_ca = settings.client_ca.as_deref();
        let acceptor = |certificates: &Arc<Certificates>| certificates.acceptor(client_ca);
        let tls = self.certificates.as_ref().map(acceptor).transpose()?;
        let mut tasks = vec![tokio::spawn(self.doors.clone().follow(stop.clone()))];
        tasks.extend(self.certificates.clone().map(|certificates| {
            let notices = self.notices.clone();
            let notice = move |text: &str| notices(text);
            tokio::spawn(certificates.follow(settings.tls_period, notice, stop.clone()))
        }));
        let app = AgentApp {
            spool: self.spool.clone(),
            catalog: self.catalog.clone(),
            metrics: self.metrics.clone(),
            bodies: Arc::new(Budget::new(MEMORY_BYTES)),
            is_pushing,
            otlp: Arc::default(),
            local: self.local.clone(),
            stop: stop.clone(),
        };
        let around = self.doors.around(agent_routes(app));
        let connections = Connections::new(around, tls, settings, self.metrics.clone(), stop.clone());
        tasks.extend(http.into_iter().map(|listener| tokio::spawn(connections.clone().serve(listener))));
        Ok(tasks)
    }
}

/// An agent that runs. Dropping this does not end it; [`AgentHandle::shutdown`] does.
#[derive(Debug)]
pub struct AgentHandle {
    udp_addresses: Vec<SocketAddr>,
    http_addresses: Vec<SocketAddr>,
    is_tls: bool,
    /// Of what takes requests, and of the writer.
    stops: Arc<(watch::Sender<bool>, watch::Sender<bool>)>,
    datagrams: Inputs,
    tasks: Vec<JoinHandle<()>>,
    writer: JoinHandle<Result<(), Arc<StoreError>>>,
}

impl AgentHandle {
    /// Where datagrams are received.
    #[must_use]
    pub fn udp_addresses(&self) -> &[SocketAddr] {
        &self.udp_addresses
    }

    /// Where HTTP is served, as people type it.
    pub fn http_urls(&self) -> impl Iterator<Item = String> + '_ {
        let scheme = if self.is_tls { "https" } else { "http" };
        self.http_addresses.iter().map(move |address| format!("{scheme}://{address}"))
    }

    /// Stops taking messages, spools what was taken, and ends. What is spooled is handed over by the next run.
    ///
    /// # Errors
    /// The disk did not take what came last, and it is lost.
    pub async fn shutdown(self) -> Result<(), StoreError> {
        let AgentHandle { stops, mut datagrams, mut tasks, writer, .. } = self;
        stops.0.send_replace(true);
        let inputs = async {
            datagrams.stop().await;
            for task in &mut tasks {
                // A task that panicked has ended too.
                let _ = task.await;
            }
        };
        if timeout(GRACE, inputs).await.is_err() {
            datagrams.abandon();
            tasks.iter().for_each(JoinHandle::abort);
        }
        stops.1.send_replace(true);
        writer.await.unwrap_or(Ok(())).map_err(|error| error.as_ref().clone())
    }
}
