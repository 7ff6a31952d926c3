//! A collector: asks clusters where it runs, and brings what it finds to a server.
//!
//! What is found waits in a `buffer` until the server has stored it; `deliver` brings it, in batches that are sent until
//! they are answered. The server knows a probe by the collector's run and its number, so none is lost by a server that was
//! away, as long as the buffer lasts, and none is there twice. What the buffer has no room for is dropped, the oldest first,
//! and counted; the server is told how many.

mod buffer;
mod deliver;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::buffer::Buffer;
use self::deliver::Deliverer;
use super::connectors::Fetcher;
use super::model::Record;
use super::protocol::v1;
use super::runner::{Planned, Runner, Sink, plan};
use super::settings::ClusterSettings;
use crate::agent::TokenSource;
use crate::clock::{Clock, SystemClock};
use crate::server::StartError;

/// Where a collector brings what it finds, and what it shows there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectorTarget {
    /// Such as `https://upto.example:8080`.
    pub url: String,
    /// A token to show, if one is needed.
    pub token: Option<TokenSource>,
    /// A file in PEM with the certificates that the server's has to be signed by. `None`: those that the system trusts.
    pub ca: Option<PathBuf>,
    /// Files in PEM: its own certificate and the key of that, to be known by.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Bytes that may wait for the server, about.
    pub buffer_bytes: usize,
}

/// A collector that is not started yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectorConfig {
    /// What people call it.
    pub name: String,
    /// Where it brings what it finds.
    pub target: CollectorTarget,
    /// What it asks.
    pub clusters: Vec<ClusterSettings>,
}

/// Takes what whoever runs the collector should know, one line each.
type Notices = dyn Fn(&str) + Send + Sync;

/// Where the runner's probes go: into the buffer.
struct Spooled {
    buffer: Arc<Buffer>,
    clusters: BTreeMap<String, v1::Cluster>,
}

impl Sink for Spooled {
    async fn is_wanted(&self, _: &str) -> bool {
        true
    }

    fn take(&self, cluster: &str, record: Record) -> bool {
        let Some(described) = self.clusters.get(cluster) else { return false };
        self.buffer.push(described, &record);
        true
    }

    fn now(&self) -> i64 {
        SystemClock.now()
    }

    fn note_delay(&self, _: Duration) {}
}

impl CollectorConfig {
    /// Begins to ask, and to bring what is found. `notices` is told what whoever runs it should know.
    ///
    /// # Errors
    /// [`StartError`]: a cluster, or the target, can't be used as it is. Nothing is left running.
    pub fn start(
        self,
        notices: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<CollectorHandle, StartError> {
        let unusable = |error: String| StartError::Clusters(error);
        let fetcher = Fetcher::new().map_err(|error| unusable(error.to_string()))?;
        let planned = self.clusters.iter().map(|settings| plan(settings, &fetcher));
        let planned: Vec<_> =
            planned.collect::<Result<_, _>>().map_err(|error| unusable(error.to_string()))?;
        let buffer = Arc::new(Buffer::new(self.target.buffer_bytes));
        let deliverer = Deliverer::new(self.name, &self.target, buffer.clone(), Arc::new(notices));
        let deliverer = deliverer.map_err(|error| StartError::Target(error.to_string()))?;
        let clusters = planned.iter().map(|planned| (planned.name.clone(), described(planned))).collect();
        let runner = Runner::new(Arc::new(Spooled { buffer, clusters }));
        planned.into_iter().for_each(|planned| runner.begin(planned.name, planned.connector));
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(async move {
            // What was found last is brought too.
            runner.stop(stopped.clone()).await;
        });
        let delivering = tokio::spawn(deliverer.run(stop.subscribe()));
        Ok(CollectorHandle { stop, tasks: [running, delivering] })
    }
}

/// What the server is told of a cluster.
fn described(planned: &Planned) -> v1::Cluster {
    let period = i64::try_from(planned.connector.period().as_nanos()).unwrap_or(i64::MAX);
    v1::Cluster { name: planned.name.clone(), connector: planned.connector.kind().to_owned(), period }
}

/// A collector that runs. When this is dropped, it ends as with [`shutdown`](Self::shutdown).
#[derive(Debug)]
pub struct CollectorHandle {
    stop: watch::Sender<bool>,
    tasks: [JoinHandle<()>; 2],
}

impl CollectorHandle {
    /// Asks no more, and brings what is left if the server takes it within 2 s. The rest is lost.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            // One that panicked has ended too.
            let _ = task.await;
        }
    }
}
