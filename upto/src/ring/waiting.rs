//! Readers on their way to whoever reads: a list that any thread adds to, and that is taken as a whole.

use std::ptr::null_mut;

use super::Reader;
use crate::sync::{AtomicPtr, Ordering};

/// Readers that nobody has taken yet.
#[derive(Debug)]
pub(crate) struct WaitingReaders {
    latest: AtomicPtr<Waiting>,
}

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

    /// Lets `reader` wait.
    pub(crate) fn add(&self, reader: Reader) {
        let added = Box::into_raw(Box::new(Waiting { reader, earlier: null_mut() }));
        let mut latest = self.latest.load(Ordering::Relaxed);
        loop {
            // SAFETY: made above, and nobody else knows of it yet.
            unsafe { (*added).earlier = latest };
            // Release: who takes it sees the reader, and those before it, since each was added by a read-modify-write.
            match self.latest.compare_exchange_weak(latest, added, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => latest = now,
            }
        }
    }

    /// Takes all of them, the earliest first.
    pub(crate) fn take(&self) -> Vec<Reader> {
        let mut readers = Vec::new();
        let mut latest = self.latest.swap(null_mut(), Ordering::Acquire);
        while !latest.is_null() {
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
