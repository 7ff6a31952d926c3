//! What is remembered of a timeline that is too large for a fold.

use std::time::{Duration, Instant};

use crate::store::Cursor;
use crate::timeline::Fold;
use crate::timeline::question::Numbers;

/// What is remembered of a timeline that may be too large for a fold.
#[derive(Default)]
pub(super) struct Large {
    /// How the load went that was given up; none was as long as the timeline is not known to be too large. It stays so:
    /// marks are added only.
    sample: Option<Sample>,
    head: Option<Head>,
    numbers: Option<Remembered<Numbers>>,
}

/// What the first part of a stream folded to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sample {
    /// Bytes of blocks that were read.
    pub(super) stored: u64,
    /// Bytes of their fold.
    pub(super) folded: u64,
    /// Events in it.
    pub(super) events: u64,
}

impl Sample {
    /// What a stream of so many bytes would fold to, if all of it is as this.
    pub(super) fn of_all(self, stored: u64) -> Sample {
        let scaled = |number: u64| {
            let scaled = u128::from(number) * u128::from(stored) / u128::from(self.stored.max(1));
            u64::try_from(scaled).unwrap_or(u64::MAX).max(number)
        };
        Sample { stored, folded: scaled(self.folded), events: scaled(self.events) }
    }
}

/// All of a timeline but its events: sessions, clocks, and the extents of hosts. It is as small as those are few.
#[derive(Default)]
pub(super) struct Head {
    pub(super) fold: Fold,
    /// Up to where the stream was read for it.
    pub(super) through: Cursor,
    /// Bytes of the blocks up to there.
    pub(super) stored: u64,
}

/// An answer, and what it took to find it.
#[derive(Clone, Debug)]
pub(super) struct Remembered<T> {
    pub(super) answer: T,
    /// Everything up to here is in it.
    pub(super) through: Cursor,
    /// When the first block was read for it.
    pub(super) began: Instant,
    /// How long it took from then on.
    pub(super) took: Duration,
}

/// Of a timeline that grows, which answer is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// One that was found no longer ago than finding it took. Otherwise a timeline that is asked again and again would
    /// be read all the time.
    Recent,
    /// One that has everything that was stored at this moment.
    Since(Instant),
}

impl<T> Remembered<T> {
    /// Whether it is told again.
    pub(super) fn is_good(&self, has_grown: bool, wanted: Wanted, now: Instant) -> bool {
        !has_grown
            || match wanted {
                Wanted::Recent => now.saturating_duration_since(self.began + self.took) < self.took,
                Wanted::Since(moment) => self.began >= moment,
            }
    }
}

impl Large {
    /// How the load went that was given up, if the timeline is too large.
    pub(super) fn sample(&self) -> Option<Sample> {
        self.sample
    }

    pub(super) fn set_sample(&mut self, sample: Sample) {
        self.sample = Some(sample);
    }

    pub(super) fn numbers(&self) -> Option<&Remembered<Numbers>> {
        self.numbers.as_ref()
    }

    pub(super) fn remember(&mut self, numbers: Remembered<Numbers>) {
        self.numbers = Some(numbers);
    }

    /// Gives away the head; one of nothing if there is none. Who takes it puts it back.
    pub(super) fn take_head(&mut self) -> Head {
        self.head.take().unwrap_or_default()
    }

    pub(super) fn put_head(&mut self, head: Head) {
        self.head = Some(head);
    }

    /// Drops what can be read again.
    pub(super) fn forget(&mut self) {
        self.head = None;
    }

    /// Bytes of memory, estimated.
    pub(super) fn bytes(&self) -> usize {
        let head = self.head.as_ref().map_or(0, |head| head.fold.bytes());
        let numbers = self.numbers.as_ref().map_or(0, |numbers| numbers.answer.bytes());
        head + numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_again_while_nothing_came_and_for_as_long_as_it_took() {
        let (began, took) = (Instant::now(), Duration::from_secs(4));
        let answer = Remembered { answer: (), through: Cursor(1), began, took };
        let after = |seconds| began + Duration::from_secs(seconds);
        let is_good = |has_grown, seconds| answer.is_good(has_grown, Wanted::Recent, after(seconds));
        assert!(is_good(true, 4) && is_good(true, 7) && !is_good(true, 8) && is_good(false, 4_000));
        let has_all_of = |moment| answer.is_good(true, Wanted::Since(moment), after(5));
        assert!(has_all_of(began) && !has_all_of(after(1)));
    }

    #[test]
    fn a_sample_tells_about_how_large_the_whole_is_and_never_less_than_itself() {
        let sample = Sample { stored: 1_000, folded: 13_000, events: 160 };
        assert_eq!(sample.of_all(10_000), Sample { stored: 10_000, folded: 130_000, events: 1_600 });
        assert_eq!(sample.of_all(10).events, 160);
        assert_eq!(Sample::default().of_all(u64::MAX), Sample { stored: u64::MAX, ..Sample::default() });
    }
}
