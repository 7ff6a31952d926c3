//! What callers and the flusher of a client share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bell::Bell;
use super::reports::Reports;
use crate::local;
use crate::path;
use crate::ring::WaitingReaders;
use crate::settings::Settings;
use crate::state;
use crate::stats::Stats;

/// New timelines that wait to be told. Where there are more, the latest one takes the place of the last that waits, which
/// is dropped and counted; so is what happened in it: elsewhere it would be wrong.
const TIMELINES: usize = 256;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(super) settings: Settings,
    pub(super) bell: Bell,
    pub(super) counters: Counters,
    /// Readers of the queues that were made for this client, and that its flusher does not have yet.
    pub(crate) readers: WaitingReaders,
    /// What is said of services.
    pub(crate) reports: Reports,
    /// False: what happens is captured by tests, and goes nowhere.
    is_sending: AtomicBool,
    /// The session is to end, and the client goes on for captures.
    is_leaving: AtomicBool,
    /// The flusher has panicked.
    has_failed: AtomicBool,
    timelines: Mutex<Timelines>,
}

#[derive(Debug)]
struct Timelines {
    /// Those that the flusher does not know of yet.
    added: Vec<Timeline>,
    latest: Arc<str>,
}

/// A timeline, from when it was opened to when the next one was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// Numbers that are greater are of it, up to the next one's.
    pub(crate) first: u64,
    /// `None`: it was dropped, and others behind it. What happened in them is not sent.
    pub(crate) name: Option<Arc<str>>,
    /// When it was opened, in cycles; `None`: the client started with it.
    pub(crate) opened: Option<u64>,
}

/// What a client has counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(super) sent: AtomicU64,
    pub(super) packets: AtomicU64,
    pub(super) queue_full: AtomicU64,
    pub(super) name: AtomicU64,
    pub(super) unsent: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) unrepeated: AtomicU64,
}

impl Counters {
    /// Messages that were dropped for any reason.
    pub(super) fn dropped(&self) -> u64 {
        read(&self.queue_full) + read(&self.name) + read(&self.unsent)
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            sent: read(&self.sent),
            packets: read(&self.packets),
            dropped_queue_full: read(&self.queue_full),
            dropped_name: read(&self.name),
            dropped_unsent: read(&self.unsent),
            refused: read(&self.refused),
            unrepeated: read(&self.unrepeated),
            places: path::places(),
        }
    }
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Shared {
    pub(super) fn new(settings: Settings, is_sending: bool) -> Self {
        let latest = settings.timeline.as_str().into();
        Shared {
            settings,
            bell: Bell::default(),
            counters: Counters::default(),
            readers: WaitingReaders::new(),
            reports: Reports::default(),
            is_sending: AtomicBool::new(is_sending),
            is_leaving: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            timelines: Mutex::new(Timelines { added: Vec::new(), latest }),
        }
    }

    /// Opens the timeline that the client starts with, once it is the process's one: what is recorded from here on is its.
    pub(super) fn open_first_timeline(&self) {
        self.timelines().add(None);
    }

    pub(super) fn is_sending(&self) -> bool {
        self.is_sending.load(Ordering::Relaxed)
    }

    /// Asks the flusher to end the session with what it has by the next time it answers the bell, and to send nothing more.
    pub(super) fn leave(&self) {
        self.is_leaving.store(true, Ordering::SeqCst);
    }

    /// True if the session is to end now.
    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::SeqCst) && self.is_sending()
    }

    /// From now on, nothing is sent.
    pub(super) fn stop_sending(&self) {
        self.is_sending.store(false, Ordering::Relaxed);
    }

    /// Wakes the flusher, if it rests.
    pub(crate) fn ring(&self) {
        self.bell.ring();
    }

    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::SeqCst)
    }

    pub(super) fn fail(&self) {
        self.has_failed.store(true, Ordering::SeqCst);
    }

    /// Opens a new timeline at this time.
    pub(super) fn open_timeline(&self, name: &str, now: u64) {
        let mut timelines = self.timelines();
        if timelines.added.len() >= TIMELINES {
            // Nobody sends them: the flusher is stuck, or this is a loop.
            self.counters.queue_full.fetch_add(1, Ordering::Relaxed);
            timelines.drop_latest();
        }
        timelines.latest = name.into();
        timelines.add(Some(now));
        // Only now that the flusher can know of it; and in the order of the list.
        state::advance(state::next_epoch());
    }

    /// The timelines that were added since this was last asked, and the number from which on others may be there.
    pub(super) fn take_timelines(&self) -> (Vec<Timeline>, u64) {
        let mut timelines = self.timelines();
        (std::mem::take(&mut timelines.added), local::numbers_until_now())
    }

    /// The timeline that is open now; empty: the context's active one.
    pub(super) fn latest_timeline(&self) -> Arc<str> {
        self.timelines().latest.clone()
    }

    fn timelines(&self) -> MutexGuard<'_, Timelines> {
        self.timelines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Timelines {
    /// Adds the latest one.
    fn add(&mut self, opened: Option<u64>) {
        let name = Some(self.latest.clone());
        self.added.push(Timeline { first: local::begin_numbers(), name, opened });
    }

    /// Forgets the name of the last one that waits; of several in a row, one entry is left.
    fn drop_latest(&mut self) {
        let dropped = self.added.pop();
        let is_first = self.added.last().is_some_and(|before| before.name.is_some());
        self.added.extend(dropped.filter(|_| is_first).map(|dropped| Timeline { name: None, ..dropped }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_new_timelines_that_come_too_fast_the_latest_is_opened() {
        let shared = Shared::new(Settings::default(), false);
        shared.open_first_timeline();
        (0..300).for_each(|number| shared.open_timeline(&number.to_string(), 1));
        let (waiting, until) = shared.take_timelines();
        let names: Vec<Option<&str>> = waiting.iter().map(|timeline| timeline.name.as_deref()).collect();
        // The first one is the client's own. In the place of those that were dropped there is one without a name.
        assert_eq!((names.len(), names[1], names[254]), (TIMELINES + 1, Some("0"), Some("253")));
        assert_eq!(names[255..], [None, Some("299")]);
        assert_eq!(shared.counters.stats().dropped_queue_full, 45);
        assert!(waiting.is_sorted_by(|one, next| one.first < next.first) && waiting[256].first < until);
        assert_eq!(&*shared.latest_timeline(), "299");
    }
}
