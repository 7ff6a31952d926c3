//! Whether anything is sent: one number, which is all that an event asks when nothing is.
//!
//! It is 0 while there is no client. Otherwise it tells the *epoch* and whether the flusher sleeps. An epoch lasts from
//! the client's start, or from a new timeline, to the next: the numbers of events carry it, so that the flusher
//! knows which timeline an event is of, and leaves out what is of an earlier client.

use std::sync::atomic::{AtomicU64, Ordering};

static STATE: AtomicU64 = AtomicU64::new(0);
static EPOCHS: AtomicU64 = AtomicU64::new(0);

const AWAKE: u64 = 1;
const ASLEEP: u64 = 2;
const EPOCH_SHIFT: u32 = 8;

/// The state as it is known now.
#[inline(always)]
pub(crate) fn now() -> State {
    State(STATE.load(Ordering::Relaxed))
}

/// What [`now`] gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State(u64);

impl State {
    /// Different from all that [`now`] gives.
    pub(crate) const NONE: State = State(u64::MAX);

    #[inline(always)]
    pub(crate) fn is_off(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn is_asleep(self) -> bool {
        self.0 & ASLEEP != 0
    }

    /// This, with the flusher awake.
    pub(crate) fn awake(self) -> State {
        State(self.0 & !ASLEEP | AWAKE)
    }

    pub(crate) fn epoch(self) -> u64 {
        self.0 >> EPOCH_SHIFT
    }
}

/// Begins a new epoch, from which events that start on other threads may still be missing for a moment.
pub(crate) fn next_epoch() -> u64 {
    EPOCHS.fetch_add(1, Ordering::Relaxed) + 1
}

/// From now on, events are sent and of this epoch.
pub(crate) fn set(epoch: u64) {
    STATE.store(epoch << EPOCH_SHIFT | AWAKE, Ordering::SeqCst);
}

/// From now on, events are of this epoch, if any are sent.
pub(crate) fn advance(epoch: u64) {
    let next = |state| (state != 0).then_some(epoch << EPOCH_SHIFT | AWAKE);
    let _ = STATE.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
}

/// From now on, nothing is sent.
pub(crate) fn set_off() {
    STATE.store(0, Ordering::SeqCst);
}

/// Says that the flusher goes to sleep, unless something changed since `seen`.
pub(crate) fn fall_asleep(seen: State) -> bool {
    let asleep = seen.0 & !AWAKE | ASLEEP;
    !seen.is_off() && STATE.compare_exchange(seen.0, asleep, Ordering::SeqCst, Ordering::SeqCst).is_ok()
}

/// Says that the flusher is awake; true for the one caller whose doing it was, and who wakes it.
pub(crate) fn wake_up() -> bool {
    let awake = |state: u64| State(state).is_asleep().then(|| State(state).awake().0);
    STATE.fetch_update(Ordering::SeqCst, Ordering::SeqCst, awake).is_ok()
}
