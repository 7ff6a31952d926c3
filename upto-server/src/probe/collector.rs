//! A collector: asks clusters where it runs, and brings what it finds to a server.
//!
//! What is found waits in a `buffer` until the server has stored it; `deliver` brings it, in batches that are sent until
//! they are answered. The server knows a probe by the collector's run and its number, so none is lost by a server that was
//! away, as long as the buffer lasts, and none is there twice. What the buffer has no room for is dropped, the oldest first,
//! and counted; the server is told how many.

mod buffer;
mod deliver;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::buffer::Buffer;
use self::deliver::Deliverer;
use super::model::Record;
use super::protocol::v1;
use super::reload;
use super::runner::{Planned, Sink, Unplanned};
use super::settings::ClusterSettings;
use super::watched::Watched;
use crate::agent::TokenSource;
use crate::clock::{Clock, SystemClock};
use crate::config::ConfigError;
use crate::doors::Hangups;
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
    /// What the server is told of each cluster.
    clusters: RwLock<BTreeMap<String, v1::Cluster>>,
}

impl Sink for Spooled {
    async fn register(&self, planned: &Planned) -> Result<(), Unplanned> {
        let mut clusters = self.clusters.write().unwrap_or_else(PoisonError::into_inner);
        clusters.insert(planned.name.clone(), described(planned));
        Ok(())
    }

    fn unregister(&self, cluster: &str) {
        self.clusters.write().unwrap_or_else(PoisonError::into_inner).remove(cluster);
    }

    async fn is_wanted(&self, _: &str) -> bool {
        true
    }

    fn take(&self, cluster: &str, record: Record) -> bool {
        let clusters = self.clusters.read().unwrap_or_else(PoisonError::into_inner);
        let Some(described) = clusters.get(cluster) else { return false };
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
    pub async fn start(
        self,
        notices: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<CollectorHandle, StartError> {
        let (buffer, notices): (_, Arc<Notices>) =
            (Arc::new(Buffer::new(self.target.buffer_bytes)), Arc::new(notices));
        let deliverer = Deliverer::new(self.name, &self.target, buffer.clone(), notices.clone());
        let deliverer = deliverer.map_err(|error| StartError::Target(error.to_string()))?;
        let watched = Watched::new(Arc::new(Spooled { buffer, clusters: RwLock::default() }));
        let watched = Arc::new(watched.map_err(|error| StartError::Clusters(error.to_string()))?);
        let begun = watched.begin(&self.clusters, Vec::new()).await;
        begun.map_err(|error| StartError::Clusters(error.to_string()))?;
        let stop = watch::Sender::new(false);
        // What was found last is brought too.
        let running = tokio::spawn(watched.clone().run(stop.subscribe()));
        let delivering = tokio::spawn(deliverer.run(stop.subscribe()));
        Ok(CollectorHandle { stop, tasks: vec![running, delivering], watched, notices })
    }
}

/// What the server is told of a cluster.
fn described(planned: &Planned) -> v1::Cluster {
    let nanoseconds = |span: Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
    v1::Cluster {
        name: planned.name.clone(),
        connector: planned.connector.kind().to_owned(),
        period: nanoseconds(planned.connector.period()),
        keep_count: planned.kept.count,
        keep_age: nanoseconds(planned.kept.age),
    }
}

/// A collector that runs. When this is dropped, it ends as with [`shutdown`](Self::shutdown).
pub struct CollectorHandle {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    watched: Arc<Watched<Spooled>>,
    notices: Arc<Notices>,
}

impl fmt::Debug for CollectorHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CollectorHandle").finish_non_exhaustive()
    }
}

impl CollectorHandle {
    /// Where the clusters are read again when the process is told SIGHUP from now on; without this, they stay. What was
    /// found of a cluster that is left out is brought all the same.
    pub fn reread_clusters(
        &mut self,
        reread: impl Fn() -> Result<Vec<ClusterSettings>, ConfigError> + Send + Sync + 'static,
    ) {
        let (watched, notices) = (self.watched.clone(), self.notices.clone());
        let notice = move |text: &str| notices(text);
        let stop = self.stop.subscribe();
        let following = reload::follow(watched, Arc::new(reread), Hangups::begin(), notice, stop);
        self.tasks.push(tokio::spawn(following));
    }

    /// Asks no more, and brings what is left if the server takes it within 2 s. The rest is lost.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            // One that panicked has ended too.
            let _ = task.await;
        }
    }
}
