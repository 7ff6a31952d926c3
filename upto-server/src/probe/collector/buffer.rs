//! Probes that wait for the server.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::super::grpc::probe_of;
use super::super::model::Record;
use super::super::protocol::v1;

/// Probes of a batch at most.
const BATCH: usize = 1_000;
/// Bytes of a batch, about: well below what a server takes.
const BATCH_BYTES: usize = 2 << 20;

/// Probes in the order in which they were found, each with a number of its own.
pub(super) struct Buffer {
    waiting: Mutex<Waiting>,
    something: Notify,
    limit: usize,
}

#[derive(Default)]
struct Waiting {
    probes: VecDeque<Kept>,
    bytes: usize,
    /// The number of the last one.
    last: u64,
    dropped: u64,
}

struct Kept {
    number: u64,
    bytes: usize,
    described: v1::Cluster,
    probe: v1::Probe,
}

/// What is brought at once.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Batch {
    pub(super) clusters: Vec<v1::Cluster>,
    pub(super) probes: Vec<v1::Delivered>,
    /// How many were dropped so far.
    pub(super) dropped: u64,
}

impl Buffer {
    /// One of about so many bytes.
    pub(super) fn new(limit: usize) -> Self {
        Buffer { waiting: Mutex::default(), something: Notify::new(), limit }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a probe. Where there is no room, the oldest are dropped, but never the only one.
    pub(super) fn push(&self, described: &v1::Cluster, record: &Record) {
        let (bytes, probe) = (record.bytes() + described.name.len(), probe_of(&described.name, record));
        let mut waiting = self.waiting();
        waiting.last += 1;
        waiting.bytes += bytes;
        let number = waiting.last;
        waiting.probes.push_back(Kept { number, bytes, described: described.clone(), probe });
        while waiting.bytes > self.limit && waiting.probes.len() > 1 {
            waiting.bytes -= waiting.probes.pop_front().map_or(0, |oldest| oldest.bytes);
            waiting.dropped += 1;
        }
        drop(waiting);
        self.something.notify_one();
    }

    /// Waits until something was added since this was asked last.
    pub(super) async fn something(&self) {
        self.something.notified().await;
    }

    /// The oldest; empty if there are none. They stay until they are [acknowledged](Self::acknowledge).
    pub(super) fn batch(&self) -> Batch {
        let waiting = self.waiting();
        let mut batch = Batch { dropped: waiting.dropped, ..Batch::default() };
        let (mut clusters, mut bytes) = (BTreeMap::new(), 0);
        for kept in waiting.probes.iter().take(BATCH) {
            bytes += kept.bytes;
            if bytes > BATCH_BYTES && !batch.probes.is_empty() {
                break;
            }
            clusters.entry(&kept.described.name).or_insert(&kept.described);
            let (number, probe) = (kept.number, Some(kept.probe.clone()));
            batch.probes.push(v1::Delivered { number, probe });
        }
        batch.clusters = clusters.into_values().cloned().collect();
        batch
    }

    /// Forgets those up to this number, which the server has stored; how many.
    pub(super) fn acknowledge(&self, through: u64) -> u64 {
        let (mut waiting, mut count) = (self.waiting(), 0);
        while waiting.probes.front().is_some_and(|oldest| oldest.number <= through) {
            waiting.bytes -= waiting.probes.pop_front().map_or(0, |oldest| oldest.bytes);
            count += 1;
        }
        count
    }

    /// Drops those up to this number, which the server will never take.
    pub(super) fn refuse(&self, through: u64) {
        let count = self.acknowledge(through);
        self.waiting().dropped += count;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::model::Probe;
    use super::*;

    fn record(detail: usize) -> Record {
        let probe = Probe::up().with_detail("x".repeat(detail));
        Record { number: 0, time: 0, round_trip: 0, probe, origin: None }
    }

    fn cluster(name: &str) -> v1::Cluster {
        v1::Cluster { name: name.to_owned(), connector: "c".into(), period: 1, ..v1::Cluster::default() }
    }

    fn numbers(batch: &Batch) -> Vec<u64> {
        batch.probes.iter().map(|probe| probe.number).collect()
    }

    #[test]
    fn what_is_not_acknowledged_stays() {
        let buffer = Buffer::new(1 << 20);
        ["a", "b", "a"].iter().for_each(|name| buffer.push(&cluster(name), &record(0)));
        let batch = buffer.batch();
        assert_eq!((numbers(&batch), batch.clusters.len()), (vec![1, 2, 3], 2));
        assert_eq!(buffer.batch(), batch);
        buffer.acknowledge(2);
        assert_eq!(numbers(&buffer.batch()), [3]);
        buffer.acknowledge(9);
        assert_eq!(buffer.batch(), Batch::default());
    }

    #[test]
    fn the_oldest_are_dropped_and_counted() {
        let buffer = Buffer::new(3_000);
        (0..5).for_each(|_| buffer.push(&cluster("a"), &record(1_000)));
        assert_eq!((numbers(&buffer.batch()), buffer.batch().dropped), (vec![4, 5], 3));
        buffer.push(&cluster("a"), &record(100_000));
        assert_eq!((numbers(&buffer.batch()), buffer.batch().dropped), (vec![6], 5));
    }

    #[test]
    fn what_is_never_taken_is_dropped_and_counted() {
        let buffer = Buffer::new(1 << 20);
        (0..3).for_each(|_| buffer.push(&cluster("a"), &record(0)));
        buffer.refuse(2);
        assert_eq!((numbers(&buffer.batch()), buffer.batch().dropped), (vec![3], 2));
    }

    #[test]
    fn batches_are_bounded() {
        let buffer = Buffer::new(usize::MAX);
        (0..BATCH + 1).for_each(|_| buffer.push(&cluster("a"), &record(0)));
        assert_eq!(buffer.batch().probes.len(), BATCH);
        let buffer = Buffer::new(usize::MAX);
        (0..5).for_each(|_| buffer.push(&cluster("a"), &record(BATCH_BYTES / 2)));
        assert_eq!(buffer.batch().probes.len(), 1);
    }
}
