//! Where the flusher leaves what is captured.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::captured::CapturedMark;
use super::client::{begin, end, is_lost};
use crate::client::{self, Client};
use crate::local;
use crate::wire::{Kind, Message, Value};

/// Marks of one capture at most: tests that never look must not take all memory.
const MARKS: usize = if cfg!(test) { 1 << 12 } else { 1 << 20 };
/// Only ends what would never end: the flusher answers at once.
const DEADLINE: Duration = Duration::from_secs(if cfg!(miri) { 600 } else { 10 });

/// How many captures there are; all that is asked of each message while there are none.
static CAPTURES: AtomicUsize = AtomicUsize::new(0);
static SINKS: RwLock<Vec<Arc<Sink>>> = RwLock::new(Vec::new());

/// What one capture has caught.
#[derive(Debug)]
struct Sink {
    /// The thread whose events are looked for; `None`: all of them.
    owner: Option<u64>,
    caught: Mutex<Caught>,
}

#[derive(Debug, Default)]
struct Caught {
    /// With the thread that each is of. Those of other threads may turn out to be ends of this one's events.
    marks: Vec<(u64, CapturedMark)>,
    missed: u64,
}

/// One capture.
#[derive(Debug)]
pub(super) struct Source {
    sink: Arc<Sink>,
    dropped_before: u64,
}

impl Source {
    pub(super) fn of_this_thread() -> Self {
        Source::of(Some(local::thread_number()))
    }

    pub(super) fn of_all_threads() -> Self {
        Source::of(None)
    }

    fn of(owner: Option<u64>) -> Self {
        // Without memory for a thread, nothing is captured.
        let missed = u64::from(!begin());
        // What is waiting happened before.
        client::flush(DEADLINE);
        let sink = Arc::new(Sink { owner, caught: Mutex::new(Caught { marks: Vec::new(), missed }) });
        if let Some(mut sinks) = sinks_to_change() {
            sinks.push(sink.clone());
            CAPTURES.fetch_add(1, Ordering::Relaxed);
        }
        Source { sink, dropped_before: dropped() }
    }

    pub(super) fn marks(&self) -> Vec<CapturedMark> {
        client::flush(DEADLINE);
        let Some(caught) = self.sink.caught() else { return Vec::new() };
        let Some(owner) = self.sink.owner else {
            return caught.marks.iter().map(|(_, mark)| mark.clone()).collect();
        };
        let own = caught.marks.iter().filter(|(of, _)| *of == owner);
        let started: HashSet<u64> =
            own.filter(|(_, mark)| mark.kind == Kind::Start).map(|(_, mark)| mark.id).collect();
        let is_own = |of: u64, mark: &CapturedMark| of == owner || started.contains(&mark.id);
        caught.marks.iter().filter(|(of, mark)| is_own(*of, mark)).map(|(_, mark)| mark.clone()).collect()
    }

    pub(super) fn missed(&self) -> u64 {
        client::flush(DEADLINE);
        let missed = self.sink.caught().map_or(1, |caught| caught.missed);
        missed + dropped().saturating_sub(self.dropped_before)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // A child process that was forked meanwhile has forgotten the captures.
        let _ =
            CAPTURES.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |captures| captures.checked_sub(1));
        if let Some(mut sinks) = sinks_to_change() {
            sinks.retain(|sink| !Arc::ptr_eq(sink, &self.sink));
        }
        end();
    }
}

/// What was dropped before the flusher could see it.
fn dropped() -> u64 {
    Client::stats().map_or(0, |stats| stats.dropped_queue_full + stats.dropped_name)
}

/// True if somebody wants to see every message.
#[inline]
pub(crate) fn is_capturing() -> bool {
    CAPTURES.load(Ordering::Relaxed) != 0
}

/// In a child process, says that there are no captures any more; true if the fork has left a lock without its holder.
pub(super) fn forget() -> bool {
    CAPTURES.store(0, Ordering::Relaxed);
    match SINKS.try_read() {
        Ok(sinks) => sinks.iter().any(|sink| matches!(sink.caught.try_lock(), Err(TryLockError::WouldBlock))),
        Err(problem) => matches!(problem, TryLockError::WouldBlock),
    }
}

/// A flusher has panicked: nobody knows how many messages went with it, so each capture has missed one at least.
pub(crate) fn count_failure() {
    count_missed();
}

/// A message of any thread has no room in any packet.
pub(crate) fn count_unsent() {
    count_missed();
}

fn count_missed() {
    let sinks = sinks();
    let all = sinks.iter().flat_map(|sinks| sinks.iter());
    all.filter_map(|sink| sink.caught()).for_each(|mut caught| caught.missed += 1);
}

/// Shows the captures what is sent of what the thread `owner` has said.
#[inline]
pub(crate) fn observe(owner: u64, message: &Message<'_>, attributes: &[(&str, Value<'_>)]) {
    if is_capturing() {
        catch(owner, message, attributes);
    }
}

#[cold]
fn catch(owner: u64, message: &Message<'_>, attributes: &[(&str, Value<'_>)]) {
    let sinks = sinks();
    let all = sinks.iter().flat_map(|sinks| sinks.iter());
    // A message of no thread is a new timeline: of the process, and not of what one of its threads does.
    let wanting = all.filter(|sink| sink.owner.is_none() || owner != 0);
    for mut caught in wanting.filter_map(|sink| sink.caught()) {
        if caught.marks.len() < MARKS {
            caught.marks.push((owner, mark(message, attributes)));
        } else {
            caught.missed += 1;
        }
    }
}

fn mark(message: &Message<'_>, attributes: &[(&str, Value<'_>)]) -> CapturedMark {
    CapturedMark {
        kind: message.kind,
        path: message.name.to_owned(),
        context: message.context.to_owned(),
        timeline: message.timeline.to_owned(),
        host: message.host.to_owned(),
        id: message.id,
        time: time(message.time.unwrap_or(0)),
        started: message.started.map(time),
        status: message.status,
        text: message.text.to_owned(),
        attributes: attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect(),
        truncated: message.truncated,
    }
}

/// The time that is so many nanoseconds after the epoch.
fn time(nanoseconds: i64) -> SystemTime {
    let distance = Duration::from_nanos(nanoseconds.unsigned_abs());
    let time =
        if nanoseconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    time.unwrap_or(UNIX_EPOCH)
}

impl Sink {
    /// What it has; `None`: it can't be reached, in a child process.
    fn caught(&self) -> Option<MutexGuard<'_, Caught>> {
        (!is_lost()).then(|| self.caught.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// All captures; `None`: they can't be reached, in a child process.
fn sinks() -> Option<RwLockReadGuard<'static, Vec<Arc<Sink>>>> {
    (!is_lost()).then(|| SINKS.read().unwrap_or_else(PoisonError::into_inner))
}

fn sinks_to_change() -> Option<RwLockWriteGuard<'static, Vec<Arc<Sink>>>> {
    (!is_lost()).then(|| SINKS.write().unwrap_or_else(PoisonError::into_inner))
}

/// Does something while all captures are locked, for tests of what a fork leaves.
#[cfg(all(test, unix))]
pub(crate) fn while_locked(work: &mut dyn FnMut()) {
    let _sinks = sinks_to_change();
    work();
}

#[cfg(test)]
mod tests {
    use super::MARKS;
    use crate::client::alone::in_own_process;
    use crate::testing::capture;

    #[test]
    fn what_a_capture_has_no_room_for_is_missed() {
        in_own_process("testing::sink::tests::what_a_capture_has_no_room_for_is_missed", || {
            const OVER: usize = 100;
            let capture = capture();
            for number in 0..MARKS + OVER {
                crate::point("p");
                // Less than what waits in a queue.
                if number % 1_000 == 0 {
                    assert_eq!(capture.missed(), 0);
                }
            }
            assert_eq!((capture.marks().len(), capture.missed()), (MARKS, OVER as u64));
        });
    }
}
