//! Everything that a server does while it runs, in tasks of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Handle;
use super::builder::Notices;
use super::giving_back::{self, GiveBack};
use super::listeners::Listeners;
use crate::api::{self, AppParts};
use crate::catalog::Catalog;
use crate::config::OtlpRules;
use crate::doors::{Certificates, Connections, Doors, Hangups, TlsError};
use crate::fleet::Fleet;
use crate::ingest::{Budget, Committer, Ingest};
use crate::input::Inputs;
use crate::metrics::Metrics;
use crate::probe::registry::Registry;
use crate::probe::{self, Reread, Watched};
use crate::retention::Sweeper;
use crate::watch::{Pings, Timelines, Watch};

/// What a server consists of, before it runs.
pub(super) struct Parts {
    pub(super) catalog: Arc<Catalog>,
    pub(super) ingest: Arc<Ingest>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) bodies: Arc<Budget>,
    pub(super) sweeper: Sweeper,
    pub(super) otlp: Arc<OtlpRules>,
    pub(super) doors: Arc<Doors>,
    pub(super) certificates: Option<Arc<Certificates>>,
    pub(super) notices: Arc<Notices>,
    pub(super) give_back: Option<Arc<GiveBack>>,
    pub(super) watch: Arc<Watch>,
    pub(super) pings: Pings,
    pub(super) fleet: Arc<Fleet>,
    pub(super) probes: Probes,
}

/// What has to do with clusters.
pub(super) struct Probes {
    pub(super) registry: Arc<Registry>,
    pub(super) watched: Arc<Watched<Registry>>,
    pub(super) reread: Option<Arc<Reread>>,
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
    /// Begins everything that goes on until the server ends.
    ///
    /// # Errors
    /// The certificates can't be used with the others that are to be trusted.
    pub(super) fn run(
        self,
        listeners: Listeners,
        datagrams: Inputs,
        committer: Committer,
        grace: Duration,
    ) -> Result<Handle, TlsError> {
        let (stop_inputs, inputs) = watch::channel(false);
        let (stop_committer, commits) = watch::channel(false);
        let (udp_addresses, http_addresses) = (listeners.udp_addresses(), listeners.http_addresses());
        let (is_tls, ingest) = (self.certificates.is_some(), self.ingest.clone());
        let tasks = self.begin(listeners.http, inputs)?;
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
            ingest,
            grace,
        })
    }

    /// Begins everything but storing, until `inputs` says that it is over.
    fn begin(
        self,
        http: Vec<TcpListener>,
        inputs: watch::Receiver<bool>,
    ) -> Result<Vec<JoinHandle<()>>, TlsError> {
        let Parts { catalog, ingest, metrics, bodies, sweeper, otlp, doors, certificates, notices, .. } =
            self;
        let Parts { watch, pings, fleet, probes, give_back, .. } = self;
        let settings = doors.settings().clone();
        let client_ca = settings.client_ca.as_deref();
        let tls = certificates.as_ref().map(|certificates| certificates.acceptor(client_ca)).transpose()?;
        let (retention, registry) = (sweeper.defaults(), probes.registry.clone());
        let mut tasks = vec![
            tokio::spawn(catalog.clone().follow(inputs.clone())),
            tokio::spawn(sweeper.run(inputs.clone())),
            tokio::spawn(doors.clone().follow(inputs.clone())),
            tokio::spawn(Timelines::new(watch.clone(), catalog.clone()).run(inputs.clone())),
        ];
        tasks.extend(probes.start(&notices, &inputs));
        tasks.extend(watch.clone().start(pings, &inputs));
        tasks.extend(fleet.start(&inputs));
        tasks.extend(
            give_back.map(|give_back| {
                tokio::spawn(giving_back::follow(catalog.clone(), give_back, inputs.clone()))
            }),
        );
        tasks.extend(certificates.map(|certificates| {
            let notice = move |text: &str| notices(text);
            tokio::spawn(certificates.follow(settings.tls_period, notice, inputs.clone()))
        }));
        let (around, counted, stop) = (doors.clone(), metrics.clone(), inputs.clone());
        let app = AppParts {
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
            listed: Arc::default(),
            stop: inputs,
        };
        let connections =
            Connections::new(around.around(api::routes(app.into())), tls, settings, counted, stop);
        tasks.extend(http.into_iter().map(|listener| tokio::spawn(connections.clone().serve(listener))));
        Ok(tasks)
    }
}
