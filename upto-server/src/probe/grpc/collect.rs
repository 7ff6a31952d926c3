//! Taking what collectors bring.
//!
//! A batch is answered when it is stored. Each probe is stored with the run of the collector that brought it and its number
//! there, in one write; so after any crash it is known what is there, and what comes again is left out.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tonic::{Request, Response, Status, async_trait};

use super::super::model::{NAME_BYTES, Record};
use super::super::protocol::v1;
use super::super::protocol::v1::collector_server::Collector;
use super::super::protocol::v1::{DeliverReply, DeliverRequest};
use super::super::registry::{About, Cluster, kept_of_collectors};
use super::convert::record_of;
use super::{Served, caller, of_store};
use crate::doors::Caller;

/// Bytes of a run's name at most.
const RUN_BYTES: usize = 64;
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

    /// Registers what is brought for the first time.
    async fn register(
        &self,
        caller: &Caller,
        described: &[v1::Cluster],
        collector: &str,
    ) -> Result<BTreeMap<String, Arc<Cluster>>, Status> {
        let registry = &self.served.registry;
        let mut clusters = BTreeMap::new();
        for v1::Cluster { name, connector, period } in described {
            expect(caller, name, connector)?;
            let known = registry.find(name);
            let cluster = match known.filter(|known| known.about().connector.is_some()) {
                // One that this server asks itself stays what it is.
                Some(own) => own,
                None => {
                    let about = About {
                        kind: connector.clone(),
                        period: Duration::from_nanos(u64::try_from(*period).unwrap_or_default()),
                        kept: kept_of_collectors(),
                        collector: Some(collector.to_owned()),
                        connector: None,
                    };
                    let registered =
                        registry.register(name, about).await.map_err(|error| of_store(&error))?;
                    registered.map_err(|error| Status::resource_exhausted(error.to_string()))?
                }
            };
            if !registry.own(&cluster).await.map_err(|error| of_store(&error))? {
                return Err(Status::unavailable("another server takes the probes of this cluster now"));
            }
            clusters.insert(name.clone(), cluster);
        }
        Ok(clusters)
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
        let clusters = self.register(&caller, &clusters, &name).await?;
        let through = probes.iter().map(|probe| probe.number).max().unwrap_or_default();
        let mut records = Vec::with_capacity(probes.len());
        for delivered in probes {
            let (cluster, record) = record_of(delivered, &collector).map_err(Status::invalid_argument)?;
            let known = clusters.get(&cluster);
            let known = known
                .ok_or_else(|| Status::invalid_argument("a probe is of a cluster that is not described"))?;
            records.push((known.clone(), record));
        }
        self.note_dropped(&collector, dropped);
        self.store(records).await?;
        Ok(Response::new(DeliverReply { through }))
    }
}

/// # Errors
/// The names are none, or the cluster is not for the caller.
fn expect(caller: &Caller, name: &str, connector: &str) -> Result<(), Status> {
    if !(1..=NAME_BYTES).contains(&name.len()) || connector.len() > NAME_BYTES {
        return Err(Status::invalid_argument(
            "the name of a cluster has 1 to 256 bytes, that of a connector up to 256",
        ));
    }
    match caller.is_for(name) {
        true => Ok(()),
        false => Err(Status::permission_denied(format!("this is not for the cluster {name:?}"))),
    }
}
