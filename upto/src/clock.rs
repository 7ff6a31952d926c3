//! The clock: what time it is for about the price of reading a register.
//!
//! An event reads only a raw count, [`cycles::now`]. The flusher, which has time, takes a [`Reading`] of all the
//! clocks at each flush, tells the [`Timebase`] of it, and has that turn counts into wall time and durations.

use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) mod cycles;
pub(crate) mod timebase;

pub(crate) use self::timebase::{Reading, Timebase};

#[cfg(test)]
mod tests;

/// How often a reading is tried at most.
const ATTEMPTS: usize = 5;

impl Reading {
    /// Reads the clocks, all at one instant as nearly as can be: to some tens of nanoseconds where the system
    /// answers without a system call. Takes below a microsecond there.
    pub(crate) fn take() -> Reading {
        tightest(attempt)
    }
}

/// A reading, and how many cycles went by while it was taken.
#[derive(Clone, Copy)]
struct Attempt {
    reading: Reading,
    took: u64,
}

/// The system clocks between two reads of the counter, whose middle stands for them.
fn attempt() -> Attempt {
    let before = cycles::now();
    let monotonic = cycles::monotonic();
    let wall = wall();
    let took = cycles::now().wrapping_sub(before);
    Attempt { reading: Reading { cycles: before.wrapping_add(took / 2), monotonic, wall }, took }
}

/// The best of a few attempts. Two that took about as long were both undisturbed: a thread is not descheduled
/// twice for the same time. So what is usual on this machine need not be known.
fn tightest(mut attempt: impl FnMut() -> Attempt) -> Reading {
    let mut best = attempt();
    for _ in 1..ATTEMPTS {
        let next = attempt();
        let alike = best.took.max(next.took) / 2 <= best.took.min(next.took);
        if next.took < best.took {
            best = next;
        }
        if alike {
            break;
        }
    }
    best.reading
}

/// Nanoseconds since the epoch by the system's clock; what does not fit is the nearest that does.
fn wall() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
    }
}
