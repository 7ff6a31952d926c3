//! Storing what came, of all clusters together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{MutexGuard as LogGuard, Notify, watch};
use tokio::time::{sleep, timeout};

use super::super::model::Record;
use super::cluster::Cluster;
use super::feed::Told;
use super::log::{Log, Staged};
use super::{About, Registry};
use crate::store::{Append, Result, StoreError};

/// How long probes gather.
const GATHER: Duration = Duration::from_millis(50);
/// How long after a refusal the store is asked again.
const RETRY: Duration = Duration::from_millis(500);
/// How long the store has for the rest when the server ends.
const LAST: Duration = Duration::from_secs(2);
/// Bytes of probes that may wait for the store.
const WAITING_BYTES: usize = 32 << 20;
/// Bytes of probes that are stored at a time, about: what is of one cluster becomes one block, of which a store takes 16 MiB,
/// and those who watch are told of all in one message, of which many clients take 4 MiB.
const BATCH_BYTES: usize = 2 << 20;

/// Probes that wait for the store.
pub(super) struct Writer {
    waiting: Mutex<Waiting>,
    something: Notify,
    /// The number of probes that are stored, of all that were ever added.
    stored: watch::Sender<u64>,
}

#[derive(Default)]
struct Waiting {
    records: Vec<(Arc<Cluster>, Record)>,
    bytes: usize,
    /// How many were added so far.
    count: u64,
}

/// Probes of one cluster.
type OfCluster = (Arc<Cluster>, Vec<Record>);

/// Probes that are being stored.
struct Batch {
    by_cluster: BTreeMap<Arc<str>, OfCluster>,
    /// Of which cluster each of them is, in the order in which they were added.
    order: Vec<Arc<str>>,
    /// How many were added up to the last of them.
    through: u64,
}

impl Default for Writer {
    fn default() -> Self {
        Writer { waiting: Mutex::default(), something: Notify::new(), stored: watch::Sender::new(0) }
    }
}

impl Writer {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first ones that wait, of so many bytes, or one; none if none wait.
    fn take(&self) -> Option<Batch> {
        let mut waiting = self.waiting();
        let mut bytes = 0;
        let fits = |(_, record): &&(Arc<Cluster>, Record)| {
            let is_taken = bytes == 0 || bytes + record.bytes() <= BATCH_BYTES;
            bytes += if is_taken { record.bytes() } else { 0 };
            is_taken
        };
        let count = waiting.records.iter().take_while(fits).count();
        let left = waiting.records.split_off(count);
        let records = std::mem::replace(&mut waiting.records, left);
        waiting.bytes -= bytes;
        let through = waiting.count - waiting.records.len() as u64;
        drop(waiting);
        if records.is_empty() {
            return None;
        }
        let order = records.iter().map(|(cluster, _)| cluster.name().clone()).collect();
        let mut by_cluster: BTreeMap<Arc<str>, OfCluster> = BTreeMap::new();
        for (cluster, record) in records {
            let of = by_cluster.entry(cluster.name().clone()).or_insert_with(|| (cluster, Vec::new()));
            of.1.push(record);
        }
        Some(Batch { by_cluster, order, through })
    }

    /// What could not be stored waits again, before what came since and in its order: who waits for one of them counts.
    fn put_back(&self, batch: Batch) {
        let by_cluster = batch.by_cluster.into_iter();
        let mut by_cluster: BTreeMap<_, _> =
            by_cluster.map(|(name, (cluster, records))| (name, (cluster, records.into_iter()))).collect();
        let next = |name: &Arc<str>| {
            let (cluster, records) = by_cluster.get_mut(name)?;
            Some((cluster.clone(), records.next()?))
        };
        let mut all: Vec<_> = batch.order.iter().filter_map(next).collect();
        let mut waiting = self.waiting();
        waiting.bytes += all.iter().map(|(_, record)| record.bytes()).sum::<usize>();
        all.append(&mut waiting.records);
        waiting.records = all;
    }
}

impl Registry {
    /// Adds probes, which are stored in a moment; `None`: too much waits for the store, and none was added. The number is
    /// for [`stored`](Self::stored).
    pub(crate) fn add(&self, records: Vec<(Arc<Cluster>, Record)>) -> Option<u64> {
        let bytes: usize = records.iter().map(|(_, record)| record.bytes()).sum();
        let mut waiting = self.writer.waiting();
        if waiting.bytes + bytes > WAITING_BYTES {
            return None;
        }
        waiting.bytes += bytes;
        waiting.count += records.len() as u64;
        waiting.records.extend(records);
        let number = waiting.count;
        drop(waiting);
        self.writer.something.notify_one();
        Some(number)
    }

    /// Waits until everything up to this number is durable.
    pub(crate) async fn stored(&self, number: u64) {
        // The sender lives as long as `self`, so waiting can't fail.
        let _ = self.writer.stored.subscribe().wait_for(|stored| *stored >= number).await;
    }

    /// Stores what is added, until `stop` is told; then once more.
    pub(super) async fn write(&self, mut stop: watch::Receiver<bool>) {
        loop {
            let is_something = tokio::select! {
                () = self.writer.something.notified() => true,
                _ = stop.wait_for(|stop| *stop) => false,
            };
            if !is_something {
                // What is not stored then is lost: it is said to nobody that it was.
                let _ = timeout(LAST, self.store_waiting()).await;
                return;
            }
            sleep(GATHER).await;
            if self.store_waiting().await.is_err() {
                self.metrics.probes.commit_failures.inc();
                tokio::select! {
                    () = sleep(RETRY) => self.writer.something.notify_one(),
                    _ = stop.wait_for(|stop| *stop) => {}
                }
            }
        }
    }

    /// Stores all that waits.
    pub(super) async fn store_waiting(&self) -> Result<()> {
        while let Some(mut batch) = self.writer.take() {
            if let Err(error) = self.store_batch(&mut batch).await {
                self.writer.put_back(batch);
                return Err(error);
            }
            self.writer.stored.send_replace(batch.through);
        }
        Ok(())
    }

    /// Stores a batch. After an error, what is left in it waits for the store; what of it is stored is out of it, and so
    /// is what can't be stored, which is noted.
    async fn store_batch(&self, batch: &mut Batch) -> Result<()> {
        match self.store_together(batch.by_cluster.values()).await {
            // Of one cluster, perhaps: the others do not wait for it.
            Err(error) if !error.is_temporary() => self.store_apart(batch).await,
            stored => stored,
        }
    }

    /// Stores each cluster for itself.
    async fn store_apart(&self, batch: &mut Batch) -> Result<()> {
        let (mut left, mut problem) = (BTreeMap::new(), None);
        for (name, of) in std::mem::take(&mut batch.by_cluster) {
            match self.store_one(&of).await {
                Ok(()) => {}
                Err(error) if error.kind().is_lasting() => self.give_up(&of, &error),
                Err(error) => {
                    left.insert(name, of);
                    problem = Some(error);
                }
            }
        }
        batch.by_cluster = left;
        problem.map_or(Ok(()), Err)
    }

    /// Stores one cluster; if its segment can't be appended to, in another one.
    async fn store_one(&self, of: &OfCluster) -> Result<()> {
        match self.store_together(std::iter::once(of)).await {
            Err(error) if error.kind().is_lasting() => {
                of.0.log.lock().await.leave_segment();
                self.store_together(std::iter::once(of)).await
            }
            stored => stored,
        }
    }

    /// Drops what could not be stored however often it was tried.
    fn give_up(&self, (cluster, records): &OfCluster, error: &StoreError) {
        self.damages.note(&format!("probes of {}", cluster.name()), error);
        self.metrics.probes.dropped.inc_by(records.len() as u64);
    }

    /// Stores all of these, or none.
    async fn store_together<'a>(&self, clusters: impl Iterator<Item = &'a OfCluster>) -> Result<()> {
        let (mut appends, mut writings) = (Vec::new(), Vec::new());
        for (cluster, records) in clusters {
            let mut log = cluster.log.lock().await;
            self.prepare(cluster, &mut log).await?;
            if let Some((append, staged)) = log.stage(records)? {
                appends.push(append);
                writings.push((cluster, log, staged));
            }
        }
        self.append(appends, writings).await
    }

    /// Sees to it that it is known what is stored, and that there is a segment with room.
    async fn prepare(&self, cluster: &Arc<Cluster>, log: &mut Log) -> Result<()> {
        if !log.is_certain {
            let read = log.refresh(self.ground()).await?;
            self.tell(cluster, cluster.show(log, read));
        }
        let about: About = cluster.about();
        log.make_room(self.store.as_ref(), &about, self.clock.now()).await
    }

    async fn append(
        &self,
        appends: Vec<Append>,
        writings: Vec<(&Arc<Cluster>, LogGuard<'_, Log>, Staged)>,
    ) -> Result<()> {
        if appends.is_empty() {
            return Ok(());
        }
        let appended = self.store.append(appends).await;
        for (cluster, mut log, staged) in writings {
            match &appended {
                Ok(()) => {
                    log.stored(&staged);
                    let told = cluster.show(&log, staged.records);
                    self.tell(cluster, told);
                }
                // It may be there all the same.
                Err(_) => log.is_certain = false,
            }
        }
        self.feed.flush();
        appended
    }

    /// Tells who watches.
    pub(super) fn tell(&self, cluster: &Arc<Cluster>, records: Vec<Arc<Record>>) {
        self.feed.add(records.into_iter().map(|record| Told { cluster: cluster.clone(), record }));
    }
}
