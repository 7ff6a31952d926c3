//! One cluster: what it is, where its log stands, and its newest probes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::super::connector::Connector;
use super::super::model::Record;
use super::super::settings::Kept;
use super::log::{ClusterDocument, Ground, Log, Segment, nanoseconds};
use super::ring::Ring;
use crate::store::{Lease, Result, Store};

/// After so many periods without a probe, what is known is stale.
const STALE_PERIODS: i64 = 3;
/// Added to that: how long a probe may take, and storing it.
const STALE_SLACK: i64 = 2_000_000_000;

/// What a cluster is.
#[derive(Clone)]
pub(crate) struct About {
    /// The kind of its connector.
    pub(crate) kind: String,
    pub(crate) period: Duration,
    pub(crate) kept: Kept,
    /// The collector that asks it; `None`: this server does, or one on the same store.
    pub(crate) collector: Option<String>,
    /// What asks it, if that is in this process.
    pub(crate) connector: Option<Arc<dyn Connector>>,
}

impl About {
    /// As it was stored.
    pub(super) fn of(document: &ClusterDocument) -> Self {
        let age = Duration::from_nanos(u64::try_from(document.age).unwrap_or_default());
        About {
            kind: document.connector.clone(),
            period: Duration::from_nanos(u64::try_from(document.period).unwrap_or_default()),
            kept: Kept { age, count: document.count },
            collector: document.collector.clone(),
            connector: None,
        }
    }

    /// Writes it into what is stored.
    pub(super) fn describe(&self, document: &mut ClusterDocument) {
        document.connector.clone_from(&self.kind);
        document.collector.clone_from(&self.collector);
        (document.period, document.age) = (nanoseconds(self.period), nanoseconds(self.kept.age));
        document.count = self.kept.count;
    }

    /// Whether that is what is stored.
    pub(super) fn is_described_by(&self, document: &ClusterDocument) -> bool {
        document.connector == self.kind
            && document.collector == self.collector
            && (document.period, document.age) == (nanoseconds(self.period), nanoseconds(self.kept.age))
            && document.count == self.kept.count
    }
}

/// A cluster that is watched.
pub(crate) struct Cluster {
    name: Arc<str>,
    about: Mutex<About>,
    /// Held while something is stored.
    pub(super) log: tokio::sync::Mutex<Log>,
    shown: Mutex<Shown>,
    /// Held by who takes probes away: one after the other.
    pub(crate) taken: Arc<tokio::sync::Mutex<Taken>>,
    /// The right to write its log, where several servers share a store, and when it was made sure of, by the monotonic
    /// clock; `None`: another one has it.
    owned: Mutex<Option<(Lease, i64)>>,
}

/// What those see who read.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) ring: Ring,
    pub(super) segments: Arc<[Segment]>,
    /// The number of the next probe.
    pub(super) next: u64,
}

/// How far the probes of a cluster were taken away by those who take them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    /// The number of the last one; `None`: the store has to be asked.
    pub(crate) through: Option<u64>,
}

/// How a cluster stands.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// The latest probe; `None`: there is none yet.
    pub(crate) latest: Option<Arc<Record>>,
    /// There should have been another one meanwhile.
    pub(crate) is_stale: bool,
}

impl Cluster {
    /// Reads its newest probes.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn open(ground: Ground<'_>, name: &str, about: About) -> Result<Self> {
        let log = Log::new(name, &about);
        let cluster = Cluster {
            name: name.into(),
            about: Mutex::new(about),
            log: tokio::sync::Mutex::new(log),
            shown: Mutex::default(),
            taken: Arc::default(),
            owned: Mutex::default(),
        };
        cluster.refresh(ground).await?;
        Ok(cluster)
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn about(&self) -> About {
        lock(&self.about).clone()
    }

    pub(super) fn set_about(&self, about: About) {
        *lock(&self.about) = about;
    }

    pub(super) fn owned(&self) -> MutexGuard<'_, Option<(Lease, i64)>> {
        lock(&self.owned)
    }

    pub(super) fn shown(&self) -> MutexGuard<'_, Shown> {
        lock(&self.shown)
    }

    /// The number of the latest probe; 0: there is none.
    pub(crate) fn latest_number(&self) -> u64 {
        self.shown().next.saturating_sub(1)
    }

    /// How it stands at this time.
    pub(crate) fn standing(&self, now: i64) -> Standing {
        let latest = self.shown().ring.latest().cloned();
        let period = nanoseconds(lock(&self.about).period);
        let patience = period.saturating_mul(STALE_PERIODS).saturating_add(STALE_SLACK);
        let is_stale = latest.as_ref().is_some_and(|latest| {
            latest.time.saturating_add(latest.round_trip).saturating_add(patience) < now
        });
        Standing { latest, is_stale }
    }

    /// Reads what others stored; that.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn refresh(&self, ground: Ground<'_>) -> Result<Vec<Arc<Record>>> {
        let mut log = self.log.lock().await;
        let read = log.refresh(ground).await?;
        Ok(self.show(&log, read))
    }

    /// Shows what is stored to those who read.
    pub(super) fn show(&self, log: &Log, records: Vec<Record>) -> Vec<Arc<Record>> {
        let records: Vec<_> = records.into_iter().map(Arc::new).collect();
        let mut shown = self.shown();
        records.iter().for_each(|record| shown.ring.push(record.clone()));
        shown.next = log.next();
        if *shown.segments != *log.segments() {
            shown.segments = log.segments().into();
        }
        records
    }

    /// Drops what is over the limits.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn trim(&self, store: &dyn Store, now: i64) -> Result<()> {
        let kept = self.about().kept;
        let mut log = self.log.lock().await;
        let trimmed = log.trim(store, &kept, now).await;
        self.show(&log, Vec::new());
        trimmed
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
