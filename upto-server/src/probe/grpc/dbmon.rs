//! dbmon's protocol: probes are taken away as they are delivered, the oldest first.
//!
//! How far that is stands in `probes-taken/{cluster}`, so it holds after a restart and on all servers of a store. An answer
//! has up to 4 MiB, which is what clients take; the rest is for the next pull.

use std::time::Duration;

use jiff::Timestamp;
use prost::Message;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;
use tonic::{Request, Response, Status, async_trait};

use super::super::model::{Record, State};
use super::super::protocol::dbmon::heal_check_server::HealCheck;
use super::super::protocol::dbmon::{Probe, PullReply, PullRequest};
use super::super::registry::{Cluster, Limits, Taken};
use super::delivered::OnceDelivered;
use super::{MESSAGE_BYTES, Served, caller, of_store};
use crate::catalog::document::{self, escaped};
use crate::store::{Result as Stored, Store, StoreErrorKind};

/// Documents that say how far probes were taken begin with this. Then follows the cluster, escaped.
const PREFIX: &str = "probes-taken/";
/// How long somebody waits for who takes probes of the same cluster.
const TURN: Duration = Duration::from_secs(10);
/// Bytes of an answer that are left for what is not a probe.
const MARGIN: usize = 16 << 10;

/// How far probes were taken.
#[derive(Serialize, Deserialize)]
struct TakenDocument {
    through: u64,
}

/// Whether a document says how far probes were taken, and can be read; `None` if it is something else.
pub(crate) fn readable(key: &str, value: &[u8]) -> Option<Stored<()>> {
    key.starts_with(PREFIX).then(|| document::decode::<TakenDocument>(key, value).map(drop))
}

#[async_trait]
impl HealCheck for Served {
    async fn pull(&self, request: Request<PullRequest>) -> Result<Response<PullReply>, Status> {
        let caller = caller(&request)?;
        let PullRequest { cluster_id, nb_probes } = request.into_inner();
        let cluster = self.cluster(&caller, &cluster_id)?;
        let turn = timeout(TURN, cluster.taken.clone().lock_owned()).await;
        let mut taken =
            turn.map_err(|_| Status::unavailable("somebody else takes probes of this cluster"))?;
        let after = self.taken_through(&cluster, &mut taken).await.map_err(|error| of_store(&error))?;
        let count = usize::try_from(nb_probes).ok().filter(|count| *count > 0).unwrap_or(usize::MAX);
        let limits = Limits { count, bytes: MESSAGE_BYTES };
        let read = self.registry.read(&cluster, after.min(cluster.latest_number()), limits).await?;
        let (reply, last) = reply(cluster_id, &read.records);
        let mut response = Response::new(reply);
        if let Some(last) = last {
            let (store, name) = (self.registry.store().clone(), cluster.name().clone());
            response.extensions_mut().insert(OnceDelivered::new(move || {
                taken.through = Some(last);
                tokio::spawn(note(store, name, taken));
            }));
        }
        Ok(response)
    }
}

impl Served {
    /// The number of the last probe that was taken; 0: none was.
    async fn taken_through(&self, cluster: &Cluster, taken: &mut Taken) -> Stored<u64> {
        let store = self.registry.store();
        if let Some(through) = taken.through.filter(|_| !store.is_shared()) {
            return Ok(through);
        }
        let key = key(cluster.name());
        let stored = store.get(&key).await?;
        let read = stored.map(|stored| document::decode::<TakenDocument>(&key, &stored.value)).transpose();
        // Where that can't be read, all that is kept is given once more: rather that than nothing.
        let through =
            self.registry.damages().noting(&key, read)?.flatten().map_or(0, |stored| stored.through);
        taken.through = Some(through);
        Ok(through)
    }
}

fn key(cluster: &str) -> String {
    format!("{PREFIX}{}", escaped(cluster))
}

/// Forgets how far probes of a cluster were taken, of which nothing is left.
pub(crate) async fn forget_taken(store: &dyn Store, cluster: &str) -> Stored<()> {
    let key = key(cluster);
    match store.get(&key).await? {
        Some(stored) => store.delete(&key, stored.version).await,
        None => Ok(()),
    }
}

/// Stores how far it is. Whoever takes next waits for it; where the store does not answer, this process still knows.
async fn note(
    store: std::sync::Arc<dyn Store>,
    cluster: std::sync::Arc<str>,
    taken: OwnedMutexGuard<Taken>,
) -> Stored<()> {
    let key = key(&cluster);
    let through = taken.through.unwrap_or_default();
    loop {
        let stored = store.get(&key).await?;
        let value = document::encode(&TakenDocument { through }, &key)?;
        match store.put(&key, stored.map(|stored| stored.version), value).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            done => return done.map(drop),
        }
    }
}

/// As many of the probes as an answer has room for, and the number of the last of them.
fn reply(cluster: String, records: &[std::sync::Arc<Record>]) -> (PullReply, Option<u64>) {
    let mut reply = PullReply { cluster_id: cluster, probes: Vec::new() };
    let (mut bytes, mut last) = (reply.encoded_len() + MARGIN, None);
    for record in records {
        let probe = probe(&reply.cluster_id, record);
        // With a tag and a length.
        bytes += probe.encoded_len() + 10;
        if bytes > MESSAGE_BYTES && last.is_some() {
            break;
        }
        reply.probes.push(probe);
        last = Some(record.number);
    }
    (reply, last)
}

fn probe(cluster: &str, record: &Record) -> Probe {
    let time = Timestamp::from_nanosecond(record.time.into());
    Probe {
        cluster_id: cluster.to_owned(),
        status: status(record.probe.state).to_owned(),
        data: data(record).into_bytes(),
        timestamp: time.map_or_else(|_| record.time.to_string(), |time| time.to_string()),
    }
}

/// The status of HTTP that says the same.
fn status(state: State) -> &'static str {
    match state {
        State::Up | State::Degraded => "200",
        State::Down => "503",
    }
}

/// An array always: clients expect one.
fn data(record: &Record) -> String {
    match record.probe.detail.as_str() {
        "" => "[]".to_owned(),
        array if array.starts_with('[') => array.to_owned(),
        other => format!("[{other}]"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::model;
    use super::*;

    fn record(number: u64, detail: String) -> Arc<Record> {
        let probe = model::Probe::up().with_detail(detail);
        Arc::new(Record { number, time: 1_500_000_000, round_trip: 0, probe, origin: None })
    }

    #[test]
    fn a_probe_is_what_clients_of_dbmon_expect() {
        let (reply, last) = reply("c".into(), &[record(7, "[{\"ID\":1}]".into()), record(8, String::new())]);
        let expected = Probe {
            cluster_id: "c".into(),
            status: "200".into(),
            data: b"[{\"ID\":1}]".to_vec(),
            timestamp: "1970-01-01T00:00:01.5Z".into(),
        };
        assert_eq!((reply.probes[0].clone(), last), (expected, Some(8)));
        assert_eq!(reply.probes[1].data, b"[]");
        assert_eq!(
            super::reply("c".into(), &[]),
            (PullReply { cluster_id: "c".into(), probes: vec![] }, None)
        );
    }

    #[test]
    fn an_answer_has_up_to_4_mib_and_always_one() {
        let records: Vec<_> =
            (1..=5).map(|number| record(number, format!("\"{}\"", "x".repeat(1 << 20)))).collect();
        let (first, last) = reply("c".into(), &records);
        assert_eq!((first.probes.len(), last), (3, Some(3)));
        assert!(first.encoded_len() <= MESSAGE_BYTES);
        let huge = record(9, "x".repeat(MESSAGE_BYTES));
        assert_eq!(reply("c".into(), &[huge]).1, Some(9));
    }
}
