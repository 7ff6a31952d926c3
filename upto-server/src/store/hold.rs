//! When claims and leases end.

use std::time::Duration;

/// The end of what is taken at `now` for `hold`, in nanoseconds since the epoch; the end of time
/// where that is too long to tell.
pub(super) fn end(now: i64, hold: Duration) -> i64 {
    now.saturating_add(i64::try_from(hold.as_nanos()).unwrap_or(i64::MAX))
}

/// Whether what ends at `end` is over at `now`.
pub(super) fn is_over(end: i64, now: i64) -> bool {
    end <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_ends_when_its_time_is_up() {
        let end = end(10, Duration::from_nanos(5));
        assert!(!is_over(end, 14));
        assert!(is_over(end, 15));
    }

    #[test]
    fn a_hold_for_ever_never_ends() {
        assert_eq!(end(i64::MAX - 1, Duration::MAX), i64::MAX);
    }
}
