//! Whether anything is sent: one number, which is all that an event asks when nothing is.
//!
//! It is 0 while there is no client. Otherwise it tells the *epoch* and whether the flusher sleeps. An epoch lasts from
//! the client's start, or from a new timeline, to the next: events have numbers that were given in it, so that the
//! flusher knows which timeline an event is of, and leaves out what is of an earlier client.

use std::sync::atomic::{AtomicU64, Ordering};

static STATE: Shared = Shared(AtomicU64::new(0));
static EPOCHS: AtomicU64 = AtomicU64::new(0);

const AWAKE: u64 = 1;
const ASLEEP: u64 = 2;
/// What is counted in the state by this says that something else has changed, which threads are to look for.
const STIR: u64 = 4;
const EPOCH_SHIFT: u32 = 24;
const STIRS: u64 = (1 << EPOCH_SHIFT) - STIR;

/// The state as it is known now.
#[inline(always)]
pub(crate) fn now() -> State {
    STATE.now()
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
    STATE.set(epoch);
}

/// From now on, events are of this epoch, if any are sent.
pub(crate) fn advance(epoch: u64) {
    STATE.advance(epoch);
}

/// Makes each thread look for what has changed, before it next starts an event.
pub(crate) fn stir() {
    STATE.stir();
}

/// From now on, nothing is sent.
pub(crate) fn set_off() {
    STATE.set_off();
}

/// Says that the flusher goes to sleep, unless something changed since `seen`.
pub(crate) fn fall_asleep(seen: State) -> bool {
    STATE.fall_asleep(seen)
}

/// Says that the flusher is awake; true for the one caller whose doing it was, and who wakes it.
pub(crate) fn wake_up() -> bool {
    STATE.wake_up()
}

/// A state that threads share.
struct Shared(AtomicU64);

impl Shared {
    #[inline(always)]
    fn now(&self) -> State {
        State(self.0.load(Ordering::Relaxed))
    }

    fn set(&self, epoch: u64) {
        self.0.store(epoch << EPOCH_SHIFT | AWAKE, Ordering::SeqCst);
    }

    fn advance(&self, epoch: u64) {
        let next = |state| (state != 0).then_some(epoch << EPOCH_SHIFT | AWAKE);
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
    }

    fn stir(&self) {
        let stirred = |state: u64| state & !STIRS | state.wrapping_add(STIR) & STIRS;
        let next = |state| (state != 0).then(|| stirred(state));
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
    }

    fn set_off(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    fn fall_asleep(&self, seen: State) -> bool {
        let asleep = seen.0 & !AWAKE | ASLEEP;
        !seen.is_off() && self.0.compare_exchange(seen.0, asleep, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    fn wake_up(&self) -> bool {
        let awake = |state: u64| State(state).is_asleep().then(|| State(state).awake().0);
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, awake).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off() -> Shared {
        Shared(AtomicU64::new(0))
    }

    #[test]
    fn nothing_is_of_any_epoch_while_it_is_off() {
        let state = off();
        state.advance(3);
        assert!(state.now().is_off() && !state.fall_asleep(state.now()) && !state.wake_up());
        state.set(4);
        assert_eq!((state.now().epoch(), state.now().is_off(), state.now().is_asleep()), (4, false, false));
        state.set_off();
        assert!(state.now().is_off());
    }

    #[test]
    fn a_sleeper_is_woken_by_one() {
        let state = off();
        state.set(4);
        let awake = state.now();
        assert!(state.fall_asleep(awake));
        assert_eq!((state.now().is_asleep(), state.now().epoch(), state.now().awake()), (true, 4, awake));
        assert_eq!((state.wake_up(), state.wake_up(), state.now()), (true, false, awake));
    }

    #[test]
    fn nobody_sleeps_through_a_change() {
        let state = off();
        state.set(4);
        let seen = state.now();
        state.advance(5);
        assert!(!state.fall_asleep(seen));
        let seen = state.now();
        assert!(state.fall_asleep(seen));
        // A new timeline wakes, too.
        state.advance(6);
        assert_eq!((state.now().is_asleep(), state.now().epoch()), (false, 6));
        state.set_off();
        assert!(!state.fall_asleep(seen));
    }

    #[test]
    fn what_is_stirred_is_another_state_of_the_same_epoch() {
        let state = off();
        state.stir();
        assert!(state.now().is_off());
        state.set(4);
        let first = state.now();
        for stir in 1..100 {
            state.stir();
            assert!(state.now() != first && state.now().epoch() == 4, "{stir}");
        }
        let stirred = state.now();
        assert!(!state.fall_asleep(first) && state.fall_asleep(stirred) && state.wake_up());
        assert_eq!(state.now(), stirred);
        // As often as there are bits for.
        let state = Shared(AtomicU64::new(first.0 | STIRS));
        state.stir();
        assert_eq!(state.now(), first);
    }

    #[test]
    fn no_state_is_the_one_that_a_thread_begins_with() {
        let state = off();
        assert!(state.now() != State::NONE);
        state.set(u64::MAX >> EPOCH_SHIFT);
        assert!(state.now() != State::NONE && state.fall_asleep(state.now()));
        assert!(state.now() != State::NONE);
    }
}
