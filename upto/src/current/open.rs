//! What a guard and its frame know of one another, as the guard may end on another thread than the one whose stack has
//! the frame.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use crate::sync::AtomicU8;

/// How many guards have ended where their frames are not, and their frames are still there.
static ENDED_ELSEWHERE: AtomicUsize = AtomicUsize::new(0);

/// True if there is a frame anywhere whose guard has ended elsewhere.
pub(crate) fn is_any_ended_elsewhere() -> bool {
    ENDED_ELSEWHERE.load(Ordering::Acquire) != 0
}

/// Shared by a guard and its frame.
///
/// Whichever is the second to go takes back what the guard's end has set: the node's *attention*, a number that is not
/// zero while somebody is to look, and the count of all such ends.
#[derive(Debug)]
pub(crate) struct Open(AtomicU8);

const OPEN: u8 = 0;
const ENDED: u8 = 1;
const CLOSED: u8 = 2;

impl Open {
    /// The guard is open, and its frame is there.
    pub(crate) fn new() -> Self {
        Open(AtomicU8::new(OPEN))
    }

    /// The guard ends where its frame is not. Whoever has the frame is made to look.
    pub(crate) fn end(&self, attention: &AtomicU32) {
        // Before anybody can see it, so that it is never taken back before.
        attention.fetch_add(1, Ordering::Relaxed);
        ENDED_ELSEWHERE.fetch_add(1, Ordering::Relaxed);
        if self.0.swap(ENDED, Ordering::AcqRel) != OPEN {
            settle(attention);
        }
    }

    /// True once the guard has ended elsewhere.
    pub(crate) fn has_ended(&self) -> bool {
        self.0.load(Ordering::Acquire) == ENDED
    }

    /// The frame goes.
    pub(crate) fn close(&self, attention: &AtomicU32) {
        if self.0.swap(CLOSED, Ordering::AcqRel) == ENDED {
            settle(attention);
        }
    }
}

fn settle(attention: &AtomicU32) {
    attention.fetch_sub(1, Ordering::Relaxed);
    ENDED_ELSEWHERE.fetch_sub(1, Ordering::Relaxed);
}
