//! The newest probes of a cluster, in memory.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::model::Record;

/// Probes of a cluster at most.
const RECORDS: usize = 64;
/// Bytes that they have together at most; the last one is kept however large it is.
const BYTES: usize = 128 << 10;

/// The newest probes, without holes.
#[derive(Debug, Default)]
pub(super) struct Ring {
    records: VecDeque<Arc<Record>>,
    bytes: usize,
}

impl Ring {
    /// Adds the next one. Where it does not follow the last, what was before is left out.
    pub(super) fn push(&mut self, record: Arc<Record>) {
        if self.records.back().is_some_and(|last| last.number + 1 != record.number) {
            self.records.clear();
            self.bytes = 0;
        }
        self.bytes += record.bytes();
        self.records.push_back(record);
        while self.records.len() > RECORDS || (self.bytes > BYTES && self.records.len() > 1) {
            self.bytes -= self.records.pop_front().map_or(0, |oldest| oldest.bytes());
        }
    }

    pub(super) fn latest(&self) -> Option<&Arc<Record>> {
        self.records.back()
    }

    /// All of them, the newest first.
    pub(super) fn backwards(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.records.iter().rev()
    }

    /// Those behind a number; `None`: some of them are not here.
    pub(super) fn after(&self, number: u64) -> Option<impl Iterator<Item = &Arc<Record>>> {
        let first = self.records.front()?.number;
        let skipped = usize::try_from((number + 1).checked_sub(first)?).ok()?;
        Some(self.records.iter().skip(skipped))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::model::Probe;
    use super::*;

    fn record(number: u64, detail: usize) -> Arc<Record> {
        let probe = Probe::up().with_detail("x".repeat(detail));
        Arc::new(Record { number, time: 0, round_trip: 0, probe, origin: None })
    }

    fn numbers(ring: &Ring, after: u64) -> Option<Vec<u64>> {
        Some(ring.after(after)?.map(|record| record.number).collect())
    }

    #[test]
    fn the_newest_are_there_and_what_is_missing_is_told() {
        let mut ring = Ring::default();
        assert_eq!(numbers(&ring, 0), None);
        (1..=RECORDS as u64 + 2).for_each(|number| ring.push(record(number, 0)));
        assert_eq!(numbers(&ring, 1), None);
        assert_eq!(numbers(&ring, 2).map(|numbers| (numbers[0], numbers.len())), Some((3, RECORDS)));
        assert_eq!(numbers(&ring, RECORDS as u64 + 2), Some(vec![]));
        ring.push(record(100, 0));
        assert_eq!((numbers(&ring, 98), numbers(&ring, 99)), (None, Some(vec![100])));
    }

    #[test]
    fn large_ones_push_others_out_and_the_last_stays() {
        let mut ring = Ring::default();
        (1..=3).for_each(|number| ring.push(record(number, BYTES / 2)));
        assert_eq!(numbers(&ring, 2), Some(vec![3]));
        ring.push(record(4, 2 * BYTES));
        assert_eq!((numbers(&ring, 2), numbers(&ring, 3)), (None, Some(vec![4])));
        ring.push(record(5, 0));
        assert_eq!(ring.latest().map(|record| record.number), Some(5));
    }
}
