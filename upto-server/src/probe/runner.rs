//! Asking: each cluster in its turn, so that none waits for another.
//!
//! A cluster has a task, which sleeps most of the time. Where in its period it is asked is a matter of its name, so that
//! clusters of one period are spread over it, and each stays where it is whatever others come and go. A probe that hangs is
//! dropped at its timeout, one that panics is caught: both are told as down.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use xxhash_rust::xxh3::xxh3_64;

use super::connector::{Connector, ProbeError};
use super::connectors::{self, Fetcher};
use super::model::{NAME_BYTES, Probe, Record};
use super::registry::{About, Registry};
use super::settings::{ClusterSettings, Kept};
use crate::store::StoreError;

/// The shortest and the longest period.
const PERIODS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(86_400));

/// Takes what was found out.
pub(crate) trait Sink: Send + Sync + 'static {
    /// Gets ready for a cluster, or for what changed of it.
    ///
    /// # Errors
    /// [`Unplanned`].
    fn register(&self, planned: &Planned) -> impl Future<Output = Result<(), Unplanned>> + Send;

    /// Takes no more of a cluster.
    fn unregister(&self, cluster: &str);

    /// Whether a cluster is to be asked by this process now.
    fn is_wanted(&self, cluster: &str) -> impl Future<Output = bool> + Send;

    /// Takes a probe of a cluster; false: there is no room, and it is dropped.
    fn take(&self, cluster: &str, record: Record) -> bool;

    /// The time, in nanoseconds since the epoch.
    fn now(&self) -> i64;

    /// Notes that a probe began so late.
    fn note_delay(&self, delay: Duration);
}

/// A cluster, and what asks it.
#[derive(Clone)]
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) kept: Kept,
    pub(crate) connector: Arc<dyn Connector>,
}

/// Asks clusters.
pub(crate) struct Runner<S> {
    sink: Arc<S>,
    tasks: Mutex<Tasks>,
}

#[derive(Default)]
struct Tasks {
    set: JoinSet<()>,
    running: HashMap<String, tokio::task::AbortHandle>,
}

impl<S: Sink> Runner<S> {
    pub(crate) fn new(sink: Arc<S>) -> Self {
        Runner { sink, tasks: Mutex::default() }
    }

    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to ask a cluster; if it was asked already, by this connector from now on.
    pub(crate) fn begin(&self, name: String, connector: Arc<dyn Connector>) {
        let task = repeat(self.sink.clone(), name.clone(), connector);
        let mut tasks = self.tasks();
        while tasks.set.try_join_next().is_some() {}
        let running = tasks.set.spawn(task);
        if let Some(before) = tasks.running.insert(name, running) {
            before.abort();
        }
    }

    /// Asks a cluster no more.
    pub(crate) fn end(&self, name: &str) {
        if let Some(running) = self.tasks().running.remove(name) {
            running.abort();
        }
    }

    /// Asks nobody any more once `stop` is told.
    pub(crate) async fn stop(&self, mut stop: watch::Receiver<bool>) {
        let _ = stop.wait_for(|stop| *stop).await;
        let mut set = std::mem::take(&mut self.tasks().set);
        set.shutdown().await;
    }
}

async fn repeat<S: Sink>(sink: Arc<S>, name: String, connector: Arc<dyn Connector>) {
    let period = connector.period().clamp(PERIODS.0, PERIODS.1);
    let limit = connector.timeout().min(period.mul_f64(0.95));
    let mut ticks = interval_at(Instant::now() + period.mul_f64(share(&name)), period);
    // After one that took too long goes on as it would have without.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let due = ticks.tick().await;
        if sink.is_wanted(&name).await {
            sink.note_delay(due.elapsed());
            let record = ask(connector.as_ref(), limit, sink.now()).await;
            sink.take(&name, record);
        }
    }
}

/// Where in its period a cluster is asked, 0 to 1.
fn share(name: &str) -> f64 {
    let hash = u32::try_from(xxh3_64(name.as_bytes()) >> 32).unwrap_or_default();
    f64::from(hash) / f64::from(u32::MAX)
}

/// Asks once, whatever happens, `now` being the time.
async fn ask(connector: &dyn Connector, limit: Duration, now: i64) -> Record {
    let began = Instant::now();
    let caught = AssertUnwindSafe(connector.probe()).catch_unwind();
    let answer = match timeout(limit, caught).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(panic)) => Err(ProbeError::Panicked(said(panic.as_ref()))),
        Err(_) => Err(ProbeError::Late(limit)),
    };
    let round_trip = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX);
    let probe = answer.unwrap_or_else(|error| Probe::down(error.to_string())).within_limits();
    Record { number: 0, time: now, round_trip, probe, origin: None }
}

/// What a panic said.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without saying why").to_owned()
}

impl Sink for Registry {
    async fn register(&self, planned: &Planned) -> Result<(), Unplanned> {
        let registered = Registry::register(self, &planned.name, planned.about()).await;
        // What can't be read of one cluster keeps no other from being asked.
        let Some(registered) = self.damages().noting(&planned.name, registered)? else { return Ok(()) };
        let too_many = |error| Unplanned::TooMany(planned.name.clone(), error);
        registered.map(drop).map_err(too_many)
    }

    fn unregister(&self, cluster: &str) {
        Registry::unregister(self, cluster);
    }

    async fn is_wanted(&self, cluster: &str) -> bool {
        match self.find(cluster) {
            Some(cluster) => self.asks(&cluster).await,
            None => false,
        }
    }

    fn take(&self, cluster: &str, record: Record) -> bool {
        let Some(cluster) = self.find(cluster) else { return false };
        self.metrics().probes.count(record.probe.state);
        let record = Record { origin: Some(self.origin()), ..record };
        let is_taken = self.add(vec![(cluster, record)]).is_some();
        if !is_taken {
            self.metrics().probes.dropped.inc();
        }
        is_taken
    }

    fn now(&self) -> i64 {
        Registry::now(self)
    }

    fn note_delay(&self, delay: Duration) {
        self.metrics().probes.note_delay(delay);
    }
}

/// Why a cluster is not asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unplanned {
    /// It can't be made ready.
    #[error("the cluster {0:?}: {1}")]
    Connector(String, ProbeError),
    /// Its name is none.
    #[error("the name of a cluster has 1 to {NAME_BYTES} bytes")]
    Name,
    /// There are too many.
    #[error("the cluster {0:?}: {1}")]
    TooMany(String, super::registry::TooMany),
    /// What the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a cluster's connector ready.
///
/// # Errors
/// [`Unplanned::Connector`].
pub(crate) fn plan(settings: &ClusterSettings, fetcher: &Fetcher) -> Result<Planned, Unplanned> {
    let connector = connectors::connector(settings, fetcher);
    let connector = connector.map_err(|error| Unplanned::Connector(settings.name.clone(), error))?;
    Ok(Planned { name: settings.name.clone(), kept: settings.kept, connector })
}

impl Planned {
    /// # Errors
    /// [`Unplanned::Name`].
    pub(crate) fn expect_name(&self) -> Result<(), Unplanned> {
        if (1..=NAME_BYTES).contains(&self.name.len()) { Ok(()) } else { Err(Unplanned::Name) }
    }

    /// What is known of it.
    fn about(&self) -> About {
        About {
            kind: self.connector.kind().to_owned(),
            period: self.connector.period().clamp(PERIODS.0, PERIODS.1),
            kept: self.kept,
            collector: None,
            connector: Some(self.connector.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
