//! Wiring: opens the store, binds the listeners, starts the tasks, and ends them in order.

mod builder;
mod ending;
mod giving_back;
mod handle;
mod listeners;
mod parts;
mod start_error;

use std::net::SocketAddr;
use std::sync::Arc;

pub use self::builder::ServerBuilder;
pub use self::ending::told_to_end;
pub use self::handle::Handle;
use self::listeners::{Listeners, address_for_others};
pub(crate) use self::listeners::{addresses_of, bind_all, expect_walls, tell_of_open_udp};
use self::parts::{Parts, Probes};
pub use self::start_error::StartError;
use crate::catalog::{Catalog, Damages};
use crate::doors::{Certificates, Doors, Rate};
use crate::fleet::{Fleet, Here};
use crate::handover::{Asked, Puller};
use crate::ingest::{Budget, Division, Ingest, Limits};
use crate::input::{Door, Inputs};
use crate::maintenance;
use crate::metrics::Metrics;
use crate::probe::Watched;
use crate::probe::registry::Registry;
use crate::retention::Sweeper;
use crate::store;
use crate::watch::alerts::Alerts;
use crate::watch::journal::Journal;
use crate::watch::{Pings, Watch};

/// A server that is not yet started: `Server::builder().start().await`.
#[derive(Debug)]
pub struct Server(());

impl Server {
    /// A server with the defaults: an in-memory store would forget, so that is
    /// `redb:./upto-data`, on loopback with the usual ports.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }
}

impl ServerBuilder {
    /// Opens the store and the listeners and starts serving.
    ///
    /// # Errors
    /// [`StartError`]: nothing is left running.
    pub async fn start(self) -> Result<Handle, StartError> {
        let listeners = Listeners::bind(&self.udp, &self.http).await?;
        let http = listeners.http_addresses();
        let memory = Division::of(self.memory_bytes);
        let (catalog, metrics) = (self.open_catalog(&memory).await?, Arc::new(Metrics::default()));
        let doors = self.open_doors(&catalog, &metrics, &http).await?;
        let certificates = doors.settings().tls.clone().map(Certificates::read).transpose()?;
        let (watch, pings) = self.open_watch(&catalog, &metrics).await?;
        let limits = Limits { waiting_bytes: memory.waiting, patience: self.patience };
        let (ingest, committer) = Ingest::new(catalog.clone(), self.clock.clone(), metrics.clone(), limits);
        let ingest = Arc::new(ingest.with_watch(watch.clone()));
        let fleet = self.open_fleet(&catalog, &ingest, address_for_others(&http, certificates.is_some()))?;
        let asked = self.prepare_agents(&catalog, &ingest, &metrics)?;
        let door = door(&doors, &ingest, &metrics, &memory);
        let inputs = Inputs::start(&listeners.udp, &door).map_err(StartError::Threads)?;
        let probes = self.open_probes(&catalog, &metrics).await?;
        let (kept, every) = (self.retention, self.sweep_period);
        let sweeper = Sweeper::new(catalog.clone(), self.clock, metrics.clone(), kept, every);
        tell_of_open_udp(&listeners.udp, &doors, self.notices.as_ref());
        let (bodies, otlp) = (Arc::new(Budget::new(memory.bodies)), Arc::new(self.otlp));
        let parts = Parts {
            catalog,
            ingest,
            metrics,
            bodies,
            sweeper,
            otlp,
            doors,
            certificates,
            notices: self.notices,
            give_back: self.give_back,
            watch,
            pings,
            fleet,
            probes,
        };
        let mut handle = parts.run(listeners, inputs, committer, self.grace)?;
        handle.ask(asked);
        Ok(handle)
    }

    async fn open_catalog(&self, memory: &Division) -> Result<Arc<Catalog>, StartError> {
        let store = match &self.opened {
            Some(opened) => opened.clone(),
            None => store::open(&self.store, self.clock.clone()).await?,
        };
        if maintenance::is_import_unfinished(store.as_ref()).await? {
            return Err(StartError::Imported);
        }
        let damages = Damages::told_to(self.notices.clone());
        Ok(Arc::new(Catalog::open_noting(store, memory.folds, damages).await?))
    }

    async fn open_doors(
        &self,
        catalog: &Arc<Catalog>,
        metrics: &Arc<Metrics>,
        http: &[SocketAddr],
    ) -> Result<Arc<Doors>, StartError> {
        let (settings, clock) = (Arc::new(self.doors.clone()), self.clock.clone());
        let doors = Doors::open(settings, catalog.clone(), clock, metrics.clone(), http).await?;
        expect_walls(&doors, http)?;
        Ok(doors)
    }

    /// What watches services, and what asks those that do not pulse.
    async fn open_watch(
        &self,
        catalog: &Catalog,
        metrics: &Metrics,
    ) -> Result<(Arc<Watch>, Pings), StartError> {
        let (settings, store) = (Arc::new(self.watch.clone()), catalog.store());
        let pings = Pings::new(&settings.pings)?;
        let journal = Arc::new(Journal::new(store.clone(), self.clock.clone()));
        let alerts = Arc::new(settings.alerts.clone());
        let alerts = Alerts::new(store.clone(), self.clock.clone(), journal, alerts)?;
        let alerts = Arc::new(alerts.counted(metrics.watch.clone()));
        Ok((Watch::open(store.clone(), self.clock.clone(), alerts, settings).await?, pings))
    }

    /// `address` is where others can ask this server.
    fn open_fleet(
        &self,
        catalog: &Catalog,
        ingest: &Arc<Ingest>,
        address: Option<String>,
    ) -> Result<Arc<Fleet>, StartError> {
        let ingest = ingest.clone();
        let is_ready = Arc::new(move || ingest.check().is_ok());
        let here = Here { address, is_ready, notices: self.notices.clone() };
        let fleet = Fleet::open(self.fleet.clone(), catalog.store().clone(), self.clock.clone(), here);
        Ok(Arc::new(fleet.map_err(StartError::Fleet)?))
    }

    fn prepare_agents(
        &self,
        catalog: &Arc<Catalog>,
        ingest: &Arc<Ingest>,
        metrics: &Arc<Metrics>,
    ) -> Result<Vec<Asked>, StartError> {
        let (catalog, ingest, metrics) = (catalog.clone(), ingest.clone(), metrics.clone());
        let puller =
            Puller { catalog, ingest, metrics, clock: self.clock.clone(), notices: self.notices.clone() };
        puller.prepare(&self.agents).map_err(|error| StartError::Target(error.to_string()))
    }

    async fn open_probes(&self, catalog: &Catalog, metrics: &Arc<Metrics>) -> Result<Probes, StartError> {
        let (store, damages) = (catalog.store().clone(), catalog.damages().clone());
        let registry = Registry::new(store, self.clock.clone(), metrics.clone(), damages);
        let registry = Arc::new(registry);
        registry.load().await?;
        let watched =
            Watched::new(registry.clone()).map_err(|error| StartError::Clusters(error.to_string()))?;
        let begun = watched.begin(&self.clusters, self.connectors.clone()).await;
        begun.map_err(|error| StartError::Clusters(error.to_string()))?;
        Ok(Probes { registry, watched: Arc::new(watched), reread: self.reread.clone() })
    }
}

/// What takes datagrams.
fn door(doors: &Doors, ingest: &Arc<Ingest>, metrics: &Arc<Metrics>, memory: &Division) -> Door {
    let [budget, beside] = [memory.datagrams, memory.beside].map(|bytes| Arc::new(Budget::new(bytes)));
    let rate = Some(doors.settings().udp_rate).filter(|rate| *rate > 0);
    let rate = rate.map(|rate| Arc::new(Rate::per_second(rate)));
    Door { ingest: ingest.clone(), metrics: metrics.clone(), budget, beside, rate }
}
