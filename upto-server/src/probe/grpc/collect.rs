//! Taking what collectors bring.
//!
//! A batch is answered when it is stored. Each probe is stored with the run of the collector that brought it and its number
//! there, in one write; so after any crash it is known what is there, and what comes again is left out. What will never be
//! taken is told in the answer, and keeps nothing else from being stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tonic::{Request, Response, Status, async_trait};

use super::super::model::{NAME_BYTES, Record};
use super::super::protocol::v1;
use super::super::protocol::v1::collector_server::Collector;
use super::super::protocol::v1::{DeliverReply, DeliverRequest};
use super::super::registry::{About, Cluster};
use super::super::settings::Kept;
use super::convert::record_of;
use super::{Served, caller, of_store};
use crate::doors::Caller;

/// Bytes of a run's name at most.
const RUN_BYTES: usize = 64;
/// Nobody asks a cluster less often.
const LONGEST: Duration = Duration::from_secs(86_400);
/// Runs whose drops are known.
const RUNS: usize = 1_000;

/// The service.
pub(super) struct Collect {
    served: Served,
    /// How many probes each run said that it dropped.
    dropped: Mutex<HashMap<String, u64>>,
}

impl Collect {
    pub(super) fn new(served: Served) -> Self {
        Collect { served, dropped: Mutex::default() }
    }

    /// The clusters of what was brought, registered where one is new; why not, of those that are not taken.
    async fn register(
        &self,
        caller: &Caller,
        described: &[&v1::Cluster],
        collector: &str,
    ) -> Result<BTreeMap<String, Taken>, Status> {
        let mut clusters = BTreeMap::new();
        for described in described {
            let taken = match refusal(caller, described) {
                Some(reason) => Err(reason),
                None => self.register_one(described, collector).await?,
            };
            clusters.insert(described.name.clone(), taken);
        }
        Ok(clusters)
    }

    async fn register_one(&self, described: &v1::Cluster, collector: &str) -> Result<Taken, Status> {
        let registry = &self.served.registry;
        let known = registry.find(&described.name);
        let cluster = match known.filter(|known| known.about().connector.is_some()) {
            // One that this server asks itself stays what it is.
            Some(own) => own,
            None => match registry.register(&described.name, about(described, collector)).await {
                Ok(Ok(registered)) => registered,
                Ok(Err(too_many)) => return Ok(Err(too_many.to_string())),
                Err(error) if error.kind().is_lasting() => return Ok(Err(error.to_string())),
                Err(error) => return Err(of_store(&error)),
            },
        };
        if !registry.own(&cluster).await.map_err(|error| of_store(&error))? {
            return Err(Status::unavailable("another server takes the probes of this cluster now"));
        }
        Ok(Ok(cluster))
    }

    fn note_dropped(&self, collector: &str, dropped: u64) {
        let mut known = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= RUNS && !known.contains_key(collector) {
            known.clear();
        }
        let before = known.insert(collector.to_owned(), dropped).unwrap_or_default();
        self.served.registry.metrics().probes.dropped_by_collectors.inc_by(dropped.saturating_sub(before));
    }

    /// Waits until the probes are stored.
    async fn store(&self, records: Vec<(Arc<Cluster>, Record)>) -> Result<(), Status> {
        let (registry, count) = (&self.served.registry, records.len() as u64);
        let full = || Status::unavailable("too much waits for the store; try again");
        let number = registry.add(records).ok_or_else(full)?;
        let slow = |_| Status::unavailable("the store does not answer in time; try again");
        timeout(self.served.ingest.patience(), registry.stored(number)).await.map_err(slow)?;
        registry.metrics().probes.delivered.inc_by(count);
        Ok(())
    }
}

#[async_trait]
impl Collector for Collect {
    async fn deliver(&self, request: Request<DeliverRequest>) -> Result<Response<DeliverReply>, Status> {
        let caller = caller(&request)?;
        let DeliverRequest { collector, name, dropped, clusters, probes } = request.into_inner();
        let is_run = (1..=RUN_BYTES).contains(&collector.len())
            && collector.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_run || name.len() > NAME_BYTES {
            return Err(Status::invalid_argument(
                "a collector has a run of 1 to 64 letters and digits, and a name",
            ));
        }
        let through = probes.iter().map(|probe| probe.number).max().unwrap_or_default();
        let (sound, mut refusals) = sorted(probes, &collector);
        let brought: BTreeSet<&str> = sound.iter().map(|(cluster, _)| cluster.as_str()).collect();
        let described: Vec<_> =
            clusters.iter().filter(|described| brought.contains(described.name.as_str())).collect();
        let clusters = self.register(&caller, &described, &name).await?;
        let mut records = Vec::with_capacity(sound.len());
        for (cluster, record) in sound {
            match clusters.get(&cluster) {
                Some(Ok(known)) => records.push((known.clone(), record)),
                Some(Err(reason)) => refusals.add(&cluster, reason),
                None => refusals.add(&cluster, "the cluster is not described"),
            }
        }
        self.note_dropped(&collector, dropped);
        self.store(records).await?;
        let refused = refusals.told();
        let count = refused.iter().map(|refused| refused.probes).sum();
        self.served.registry.metrics().probes.refused.inc_by(count);
        Ok(Response::new(DeliverReply { through, refused }))
    }
}

/// A cluster whose probes are taken, or why they are not.
type Taken = Result<Arc<Cluster>, String>;

/// What is not taken.
#[derive(Default)]
struct Refusals(BTreeMap<String, (u64, String)>);

impl Refusals {
    fn add(&mut self, cluster: &str, reason: &str) {
        let (count, _) = self.0.entry(cluster.to_owned()).or_insert_with(|| (0, reason.to_owned()));
        *count += 1;
    }

    fn told(self) -> Vec<v1::Refused> {
        let refused = self.0.into_iter();
        refused.map(|(cluster, (probes, reason))| v1::Refused { cluster, probes, reason }).collect()
    }
}

/// What can be read of what was brought, and what can't.
fn sorted(probes: Vec<v1::Delivered>, collector: &str) -> (Vec<(String, Record)>, Refusals) {
    let (mut sound, mut refusals) = (Vec::with_capacity(probes.len()), Refusals::default());
    for delivered in probes {
        let cluster = delivered.probe.as_ref().map(|probe| probe.cluster.clone());
        match record_of(delivered, collector) {
            Ok(record) => sound.push(record),
            Err(fault) => refusals.add(&cluster.unwrap_or_default(), fault),
        }
    }
    (sound, refusals)
}

/// What a collector says about a cluster.
fn about(described: &v1::Cluster, collector: &str) -> About {
    let span = |nanoseconds: i64| Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or_default());
    let usual = Kept::default();
    let age = Some(span(described.keep_age)).filter(|age| !age.is_zero()).unwrap_or(usual.age);
    let count = if described.keep_count == 0 { usual.count } else { described.keep_count };
    About {
        kind: described.connector.clone(),
        period: span(described.period).min(LONGEST),
        kept: Kept { count, age },
        collector: Some(collector.to_owned()),
        connector: None,
    }
}

/// Why probes of this cluster are not taken from the caller.
fn refusal(caller: &Caller, described: &v1::Cluster) -> Option<String> {
    let v1::Cluster { name, connector, .. } = described;
    if !(1..=NAME_BYTES).contains(&name.len()) || connector.len() > NAME_BYTES {
        return Some("the name of a cluster has 1 to 256 bytes, that of a connector up to 256".into());
    }
    (!caller.is_for(name)).then(|| "the token is not for this cluster".into())
}
