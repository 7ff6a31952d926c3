//! Timelines of which nothing can be stored, though all else can: what is in the store of them is damaged.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Refusal;
use crate::catalog::Timeline;
use crate::store::StoreError;

/// How long messages for one are refused before one is taken again, to see whether it was mended.
const AGAIN: Duration = Duration::from_secs(60);

/// Those timelines, by their streams.
#[derive(Default)]
pub(super) struct Unstorable {
    known: Mutex<HashMap<String, Found>>,
    /// There are some: mostly, nobody need look.
    has_some: AtomicBool,
}

/// Why a timeline can't be stored, and when that was found last.
struct Found {
    problem: Arc<StoreError>,
    at: Instant,
}

impl Unstorable {
    /// Nothing could be appended to this stream.
    pub(super) fn note(&self, stream: &str, problem: Arc<StoreError>, at: Instant) {
        let mut known = self.known();
        known.insert(stream.to_owned(), Found { problem, at });
        self.has_some.store(true, Ordering::Release);
    }

    /// Something could be; true if that is news.
    pub(super) fn forget(&self, stream: &str) -> bool {
        if !self.has_some.load(Ordering::Acquire) {
            return false;
        }
        let mut known = self.known();
        let was_known = known.remove(stream).is_some();
        self.has_some.store(!known.is_empty(), Ordering::Release);
        was_known
    }

    /// Whether what is for these timelines may be taken at this time.
    ///
    /// # Errors
    /// [`Refusal::Damaged`]: nothing can be stored of one of them.
    pub(super) fn admit<'t>(
        &self,
        timelines: impl Iterator<Item = &'t Arc<Timeline>>,
        now: Instant,
    ) -> Result<(), Refusal> {
        self.check(timelines, |found| now.saturating_duration_since(found.at) < AGAIN)
    }

    /// Whether what was for these timelines was stored, by all that is known.
    ///
    /// # Errors
    /// [`Refusal::Damaged`]: nothing could be stored of one of them.
    pub(super) fn expect_stored<'t>(
        &self,
        timelines: impl Iterator<Item = &'t Arc<Timeline>>,
    ) -> Result<(), Refusal> {
        self.check(timelines, |_| true)
    }

    fn check<'t>(
        &self,
        mut timelines: impl Iterator<Item = &'t Arc<Timeline>>,
        counts: impl Fn(&Found) -> bool,
    ) -> Result<(), Refusal> {
        if !self.has_some.load(Ordering::Acquire) {
            return Ok(());
        }
        let known = self.known();
        let refusal = |timeline: &Arc<Timeline>| {
            let found = known.get(timeline.stream()).filter(|found| counts(found))?;
            let (context, name) = (timeline.context().to_string(), timeline.name().to_string());
            Some(Refusal::Damaged { context, timeline: name, problem: found.problem.clone() })
        };
        timelines.find_map(refusal).map_or(Ok(()), Err)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Found>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
