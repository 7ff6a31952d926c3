//! What a process says of services and not of timelines: heartbeats that the flusher keeps pulsing, and what waits to be
//! sent once.
//!
//! None of this is on the way of an event. The lock is held for as long as it takes to move a few words.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::value::Value;
use crate::wire::Kind;

/// Heartbeats that a process keeps pulsing at most.
const HEARTBEATS: usize = 1_024;
/// Reports that wait at most.
const WAITING: usize = 1_024;
/// Bytes of their texts at most.
const WAITING_BYTES: usize = 1 << 20;
/// How often a heartbeat pulses within the time that it promises: of so many pulses, all but one may be lost.
const PULSES_IN_TIME: u32 = 3;
/// The shortest time between two pulses, so that no mistake makes a flood.
const SHORTEST: Duration = Duration::from_millis(50);

/// One thing that is said of a service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Report {
    pub(crate) kind: Kind,
    pub(crate) service: Cow<'static, str>,
    pub(crate) text: String,
    pub(crate) attributes: Vec<(&'static str, Value)>,
}

impl Report {
    fn bytes(&self) -> usize {
        let values = self.attributes.iter().map(|(_, value)| match value {
            Value::Text(text) | Value::Cut(text) => text.len(),
            _ => 0,
        });
        self.service.len() + self.text.len() + values.sum::<usize>()
    }
}

/// What all threads say of services, until the flusher sends it.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    inner: Mutex<Inner>,
    /// There is a heartbeat, or something waits: else the flusher need not look.
    has_any: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    beating: Vec<Beating>,
    waiting: VecDeque<Report>,
    waiting_bytes: usize,
    last_key: u64,
}

/// A heartbeat that is kept pulsing.
#[derive(Debug)]
struct Beating {
    key: u64,
    pulse: Report,
    pause: Duration,
    due: Instant,
}

impl Reports {
    /// Puts a report behind the others; false: there is no room.
    pub(crate) fn add(&self, report: Report) -> bool {
        self.update(|inner| inner.add(report))
    }

    /// Whether there may be something to say, now or later.
    #[inline]
    pub(super) fn has_any(&self) -> bool {
        self.has_any.load(Ordering::Relaxed)
    }

    /// Sends `pulse` from now on, so often that one arrives within `promised`; the key of it. `None`: there are too many.
    pub(crate) fn begin(&self, pulse: Report, promised: Duration, now: Instant) -> Option<u64> {
        let pause = (promised / PULSES_IN_TIME).max(SHORTEST);
        self.update(|inner| {
            if inner.beating.len() >= HEARTBEATS {
                return None;
            }
            inner.last_key += 1;
            let key = inner.last_key;
            inner.beating.push(Beating { key, pulse, pause, due: now });
            Some(key)
        })
    }

    /// Changes what a heartbeat says, from its next pulse on, which is due now.
    pub(crate) fn change(&self, key: u64, now: Instant, change: impl FnOnce(&mut Report)) {
        self.update(|inner| {
            if let Some(beating) = inner.beating.iter_mut().find(|beating| beating.key == key) {
                change(&mut beating.pulse);
                beating.due = now;
            }
        });
    }

    /// Pulses no more, and says `last` instead; false: there is no room for that.
    pub(crate) fn end(&self, key: u64, last: Option<Report>) -> bool {
        self.update(|inner| {
            inner.beating.retain(|beating| beating.key != key);
            last.is_none_or(|last| inner.add(last))
        })
    }

    /// What is to be said by now. A heartbeat whose pulse is long overdue, as after the machine slept, pulses once.
    pub(super) fn take_due(&self, now: Instant) -> Vec<Report> {
        self.update(|inner| {
            inner.waiting_bytes = 0;
            let pulses = inner.beating.iter_mut().filter_map(|beating| beating.take(now));
            // A heartbeat that was cancelled is not among those that pulse, so its end is the last that is said of it.
            pulses.chain(std::mem::take(&mut inner.waiting)).collect()
        })
    }

    /// When there is something to say next; `None`: nobody knows.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        let inner = self.inner();
        let waits = (!inner.waiting.is_empty()).then_some(now);
        waits.or_else(|| inner.beating.iter().map(|beating| beating.due).min())
    }

    fn update<T>(&self, update: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.inner();
        let done = update(&mut inner);
        self.has_any.store(!(inner.beating.is_empty() && inner.waiting.is_empty()), Ordering::Relaxed);
        done
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, report: Report) -> bool {
        let bytes = self.waiting_bytes + report.bytes();
        let has_room = self.waiting.len() < WAITING && bytes <= WAITING_BYTES;
        if has_room {
            self.waiting_bytes = bytes;
            self.waiting.push_back(report);
        }
        has_room
    }
}

impl Beating {
    fn take(&mut self, now: Instant) -> Option<Report> {
        if self.due > now {
            return None;
        }
        self.due = now + self.pause;
        Some(self.pulse.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMISED: Duration = Duration::from_secs(30);

    fn report(kind: Kind, service: &'static str) -> Report {
        Report { kind, service: service.into(), text: String::new(), attributes: Vec::new() }
    }

    fn said(reports: &Reports, now: Instant) -> Vec<(Kind, String)> {
        reports.take_due(now).into_iter().map(|report| (report.kind, report.service.into_owned())).collect()
    }

    #[test]
    fn a_heartbeat_pulses_three_times_in_the_time_that_it_promises() {
        let (reports, start) = (Reports::default(), Instant::now());
        let key = reports.begin(report(Kind::Pulse, "a"), PROMISED, start).expect("room");
        let seconds = (0..60).map(|second| start + Duration::from_secs(second));
        let pulses: Vec<u64> = seconds
            .filter(|now| !said(&reports, *now).is_empty())
            .map(|now| (now - start).as_secs())
            .collect();
        assert_eq!(pulses, [0, 10, 20, 30, 40, 50]);
        assert_eq!(reports.next_due(start), Some(start + Duration::from_secs(60)));
        assert!(reports.end(key, Some(report(Kind::Cancel, "a"))));
        let later = start + PROMISED * 9;
        assert_eq!(said(&reports, later), [(Kind::Cancel, "a".to_owned())]);
        assert_eq!((said(&reports, later), reports.next_due(later)), (Vec::new(), None));
    }

    #[test]
    fn after_a_long_sleep_a_heartbeat_pulses_once() {
        let (reports, start) = (Reports::default(), Instant::now());
        reports.begin(report(Kind::Pulse, "a"), PROMISED, start);
        let later = start + PROMISED * 100;
        assert_eq!((said(&reports, start).len(), said(&reports, later).len()), (1, 1));
        assert_eq!(said(&reports, later), []);
    }

    #[test]
    fn what_a_heartbeat_says_changes_at_once() {
        let (reports, start) = (Reports::default(), Instant::now());
        let key = reports.begin(report(Kind::Pulse, "a"), PROMISED, start).expect("room");
        assert_eq!(reports.take_due(start)[0].text, "");
        reports.change(key, start, |pulse| pulse.text = "step 2".to_owned());
        reports.change(key + 1, start, |pulse| pulse.text = "of another".to_owned());
        assert_eq!(reports.take_due(start)[0].text, "step 2");
    }

    #[test]
    fn what_waits_is_bounded_by_number_and_bytes() {
        let reports = Reports::default();
        let taken = (0..WAITING + 5).filter(|_| reports.add(report(Kind::Log, "a"))).count();
        assert_eq!(taken, WAITING);
        assert_eq!(reports.take_due(Instant::now()).len(), WAITING);

        let long = Report { text: "t".repeat(WAITING_BYTES / 4), ..report(Kind::Log, "a") };
        assert_eq!((0..9).filter(|_| reports.add(long.clone())).count(), 3);
    }

    #[test]
    fn there_are_so_many_heartbeats_and_no_more() {
        let (reports, now) = (Reports::default(), Instant::now());
        let begin = || reports.begin(report(Kind::Pulse, "a"), PROMISED, now);
        let keys: Vec<u64> = (0..HEARTBEATS).filter_map(|_| begin()).collect();
        assert_eq!((keys.len(), begin()), (HEARTBEATS, None));
        reports.end(keys[7], None);
        assert!(begin().is_some());
    }
}
