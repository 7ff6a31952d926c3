//! What callers and the flusher of a client share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bell::Bell;
use crate::local;
use crate::path;
use crate::settings::Settings;
use crate::state;
use crate::stats::Stats;

/// New timelines that wait to be told. Where there are more, the latest one takes the place of the last that waits, which
/// is dropped and counted; so is what happened in it, as nobody knows its epoch: elsewhere it would be wrong.
const TIMELINES: usize = 256;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(super) settings: Settings,
    pub(super) bell: Bell,
    pub(super) counters: Counters,
    /// The epoch that the client starts with.
    pub(super) first_epoch: u64,
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

/// The timeline of one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    pub(crate) epoch: u64,
    pub(crate) name: Arc<str>,
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
    /// What was counted before this client started, and is not its own.
    unrecorded_before: u64,
}

impl Counters {
    fn new() -> Self {
        Counters { unrecorded_before: local::unrecorded(), ..Counters::default() }
    }

    fn queue_full(&self) -> u64 {
        read(&self.queue_full) + local::unrecorded().saturating_sub(self.unrecorded_before)
    }

    /// Messages that were dropped for any reason.
    pub(super) fn dropped(&self) -> u64 {
        self.queue_full() + read(&self.name) + read(&self.unsent)
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            sent: read(&self.sent),
            packets: read(&self.packets),
            dropped_queue_full: self.queue_full(),
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
        let latest: Arc<str> = settings.timeline.as_str().into();
        let first_epoch = state::next_epoch();
        let added = vec![Timeline { epoch: first_epoch, name: latest.clone(), opened: None }];
        let timelines = Mutex::new(Timelines { added, latest });
        Shared {
            settings,
            bell: Bell::default(),
            counters: Counters::new(),
            first_epoch,
            is_sending: AtomicBool::new(is_sending),
            is_leaving: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            timelines,
        }
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
            timelines.added.pop();
        }
        let epoch = state::next_epoch();
        timelines.latest = name.into();
        let name = timelines.latest.clone();
        timelines.added.push(Timeline { epoch, name, opened: Some(now) });
        // Only now that the flusher can know of it; and in the order of the list.
        state::advance(epoch);
    }

    /// The timelines that were added since this was last asked.
    pub(super) fn take_timelines(&self) -> Vec<Timeline> {
        std::mem::take(&mut self.timelines().added)
    }

    /// The timeline that is open now; empty: the context's active one.
    pub(super) fn latest_timeline(&self) -> Arc<str> {
        self.timelines().latest.clone()
    }

    fn timelines(&self) -> MutexGuard<'_, Timelines> {
        self.timelines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_new_timelines_that_come_too_fast_the_latest_is_opened() {
        let shared = Shared::new(Settings::default(), false);
        (0..300).for_each(|number| shared.open_timeline(&number.to_string(), 1));
        let waiting = shared.take_timelines();
        let names: Vec<&str> = waiting.iter().map(|timeline| &*timeline.name).collect();
        // The first one is the client's own.
        assert_eq!((names.len(), names[1], names[254], names[255]), (TIMELINES, "0", "253", "299"));
        assert_eq!(shared.counters.stats().dropped_queue_full, 45);
        assert!(waiting[255].epoch >= waiting[254].epoch + 46);
        assert_eq!(&*shared.latest_timeline(), "299");
    }
}
