//! Readers on their way to whoever reads: a list that any thread adds to, and that is taken as a whole.

use std::ptr::{null_mut, without_provenance_mut};

use super::Reader;
use crate::sync::{AtomicPtr, Ordering};

/// Readers that nobody has taken yet.
#[derive(Debug)]
pub(crate) struct WaitingReaders {
    latest: AtomicPtr<Waiting>,
}

/// Stands where the latest one would, once nobody takes any more.
const CLOSED: *mut Waiting = without_provenance_mut(1);

#[derive(Debug)]
struct Waiting {
    reader: Reader,
    earlier: *mut Waiting,
}

impl WaitingReaders {
    /// None.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        WaitingReaders { latest: AtomicPtr::new(null_mut()) }
    }

    /// Likewise; loom's atomics can't be made by constant functions.
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        WaitingReaders { latest: AtomicPtr::new(null_mut()) }
    }

    /// Lets `reader` wait; false: nobody takes any more, and it is dropped.
    pub(crate) fn add(&self, reader: Reader) -> bool {
        let added = Box::into_raw(Box::new(Waiting { reader, earlier: null_mut() }));
        let mut latest = self.latest.load(Ordering::Relaxed);
        loop {
            if latest == CLOSED {
                // SAFETY: made above, and put nowhere.
                drop(unsafe { Box::from_raw(added) });
                return false;
            }
            // SAFETY: made above, and nobody else knows of it yet.
            unsafe { (*added).earlier = latest };
            // Release: who takes it sees the reader, and those before it, since each was added by a read-modify-write.
            match self.latest.compare_exchange_weak(latest, added, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => latest = now,
            }
        }
    }

    /// Takes all of them, the earliest first. Not for a list that is closed.
    pub(crate) fn take(&self) -> Vec<Reader> {
        self.take_and_leave(null_mut())
    }

    /// Takes all of them likewise, and no more come.
    pub(crate) fn close(&self) -> Vec<Reader> {
        self.take_and_leave(CLOSED)
    }

    fn take_and_leave(&self, left: *mut Waiting) -> Vec<Reader> {
        let mut readers = Vec::new();
        let mut latest = self.latest.swap(left, Ordering::Acquire);
        while !latest.is_null() && latest != CLOSED {
            // SAFETY: made by a box in `add`, and taken off the list by nobody but us.
            let waiting = unsafe { Box::from_raw(latest) };
            readers.push(waiting.reader);
            latest = waiting.earlier;
        }
        readers.reverse();
        readers
    }

    /// Leaves them as they are, for ever: in a child process, where their other ends do not exist.
    pub(crate) fn forget(&self) {
        self.latest.store(null_mut(), Ordering::Relaxed);
    }
}
