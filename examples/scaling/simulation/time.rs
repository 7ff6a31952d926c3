//! Virtual time.

/// Since the beginning of a simulation, or between two moments of it.
pub(crate) type Nanoseconds = u64;

pub(crate) const SECOND: Nanoseconds = 1_000_000_000;

/// Less than a nanosecond is nothing, and so is less than zero.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn of_seconds(seconds: f64) -> Nanoseconds {
    (seconds * 1e9) as Nanoseconds
}
