//! Which of a session's latest packets have come.

/// Packets before the latest one of which it is known whether they came.
pub(super) const PACKETS: u64 = 1_024;

/// What a packet was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is later than all before.
    Next,
    /// It came after later ones, for the first time.
    Late,
    /// It had come before.
    Duplicate,
    /// It is so old that nobody knows whether it had come before.
    TooOld,
}

/// One bit for each of the last packets: it came.
#[derive(Debug)]
pub(super) struct Window {
    /// One more than the greatest number.
    end: u64,
    came: [u64; (PACKETS / 64) as usize],
}

impl Window {
    /// One in which no packet before `end` came.
    pub(super) fn new(end: u64) -> Self {
        Window { end, came: [0; (PACKETS / 64) as usize] }
    }

    pub(super) fn take(&mut self, sequence: u64) -> Arrival {
        if sequence >= self.end {
            self.extend(sequence.saturating_add(1));
            self.mark(sequence, true);
            return Arrival::Next;
        }
        if self.end - sequence > PACKETS {
            return Arrival::TooOld;
        }
        if self.has(sequence) {
            return Arrival::Duplicate;
        }
        self.mark(sequence, true);
        Arrival::Late
    }

    /// There were packets up to `end`, which did not come so far.
    pub(super) fn extend(&mut self, end: u64) {
        (self.end.max(end.saturating_sub(PACKETS))..end).for_each(|sequence| self.mark(sequence, false));
        self.end = self.end.max(end);
    }

    fn mark(&mut self, sequence: u64, came: bool) {
        let (word, bit) = place(sequence);
        if let Some(word) = self.came.get_mut(word) {
            *word = if came { *word | bit } else { *word & !bit };
        }
    }

    fn has(&self, sequence: u64) -> bool {
        let (word, bit) = place(sequence);
        self.came.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn place(sequence: u64) -> (usize, u64) {
    let bit = sequence % PACKETS;
    (usize::try_from(bit / 64).unwrap_or(0), 1 << (bit % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_late_ones_and_duplicates_are_told_apart() {
        let mut window = Window::new(0);
        let arrivals = [0, 3, 3, 1, 1, 4].map(|sequence| window.take(sequence));
        use Arrival::{Duplicate, Late, Next};
        assert_eq!(arrivals, [Next, Next, Duplicate, Late, Duplicate, Next]);
    }

    #[test]
    fn a_jump_beyond_the_window_forgets_what_came_before() {
        let mut window = Window::new(0);
        let arrivals =
            [0, 5_000, 4_999, 5_000 - PACKETS + 1, 5_000 - PACKETS, 0].map(|sequence| window.take(sequence));
        use Arrival::{Late, Next, TooOld};
        assert_eq!(arrivals, [Next, Next, Late, Late, TooOld, TooOld]);
    }

    #[test]
    fn packets_that_were_announced_may_still_come() {
        let mut window = Window::new(0);
        (0..PACKETS).for_each(|sequence| assert_eq!(window.take(sequence), Arrival::Next));
        window.extend(PACKETS + 12);
        assert_eq!(window.take(PACKETS + 3), Arrival::Late);
        assert_eq!(window.take(PACKETS - 1), Arrival::Duplicate);
    }

    #[test]
    fn numbers_up_to_the_largest_are_taken() {
        let mut window = Window::new(0);
        assert_eq!(window.take(u64::MAX), Arrival::Next);
        assert_eq!(window.take(u64::MAX - 1), Arrival::Late);
    }
}
