//! Telling receivers to stop, though they wait for datagrams.

use std::io;
#[cfg(target_os = "linux")]
use std::io::{PipeReader, PipeWriter, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Told once, to all receivers that share it.
#[derive(Debug)]
pub(crate) struct Stop {
    is_told: AtomicBool,
    /// Nobody reads from it: once there is something to read, that stays so, for everybody who waits for it.
    #[cfg(target_os = "linux")]
    pipe: (PipeReader, PipeWriter),
}

impl Stop {
    /// Not told yet.
    ///
    /// # Errors
    /// The system has no more files to open.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Stop {
            is_told: AtomicBool::new(false),
            #[cfg(target_os = "linux")]
            pipe: io::pipe()?,
        })
    }

    /// Tells everybody who waits, or will.
    pub(crate) fn tell(&self) {
        self.is_told.store(true, Ordering::Release);
        #[cfg(target_os = "linux")]
        // One byte always fits an empty pipe whose reader lives.
        let _ = (&self.pipe.1).write(&[0]);
    }

    pub(super) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Acquire)
    }

    /// What can be read from once this is told.
    #[cfg(target_os = "linux")]
    pub(super) fn reader(&self) -> &PipeReader {
        &self.pipe.0
    }
}
