//! How much a total grows in a second, by two readings of it.

/// Nanoseconds that have to lie between two readings: less says more of the clock than of the host.
const APART: i64 = 200_000_000;

/// The reading of a total before, and what came of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    total: u64,
    /// When it was read, in nanoseconds.
    at: i64,
    per_second: Option<f64>,
}

impl Rate {
    /// The first reading.
    pub(super) fn since(total: u64, at: i64) -> Self {
        Rate { total, at, per_second: None }
    }

    /// Another reading; how much it was in a second since the one before, or what came of that, if it was just now.
    /// `None`: it is too early to tell.
    pub(super) fn read(&mut self, total: u64, at: i64) -> Option<f64> {
        let elapsed = at.saturating_sub(self.at);
        if elapsed < APART {
            return self.per_second;
        }
        // A total that fell began anew: a device is gone.
        let grown = total.checked_sub(self.total);
        let per_second = grown.map(|grown| grown as f64 * 1e9 / elapsed as f64).or(self.per_second);
        *self = Rate { total, at, per_second };
        per_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn a_rate_is_what_came_between_two_readings() {
        let mut rate = Rate::since(1_000, 0);
        assert_eq!(rate.read(1_000, SECOND / 10), None, "too early");
        assert_eq!(rate.read(3_000, 2 * SECOND), Some(1_000.0));
        assert_eq!(rate.read(9_999, 2 * SECOND + 1), Some(1_000.0), "just now");
        assert_eq!(rate.read(3_000, 3 * SECOND), Some(0.0), "nothing is not unknown");
    }

    #[test]
    fn a_total_that_fell_is_no_negative_rate() {
        let mut rate = Rate::since(1_000, 0);
        assert_eq!(rate.read(10, SECOND), None);
        assert_eq!(rate.read(20, 2 * SECOND), Some(10.0));
        assert_eq!(rate.read(5, 3 * SECOND), Some(10.0));
    }
}
