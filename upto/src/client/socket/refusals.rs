//! How often, and for how long, nobody has listened.

use std::time::{Duration, Instant};

/// How long datagrams are refused before they go elsewhere: longer than a server takes to start again.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long after the latest refusal those before it count no more, if something was sent meanwhile that was not refused:
/// where there are many, systems report few of them.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(10);

/// What the system has reported of datagrams that nobody listened to.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    count: u64,
    /// The first and the latest of those that followed one another.
    spell: Option<(Instant, Instant)>,
    /// Something was sent since the latest one.
    has_sent: bool,
}

impl Refusals {
    /// Counts some that were reported now; true if it has been so for long, and another address is to be tried.
    pub(super) fn add(&mut self, refusals: u64, now: Instant) -> bool {
        self.count += refusals;
        let has_sent = std::mem::replace(&mut self.has_sent, false);
        let is_recent = |latest| now.saturating_duration_since(latest) < FORGOTTEN_AFTER;
        let spell = self.spell.filter(|(_, latest)| !has_sent || is_recent(*latest));
        let (first, _) = spell.unwrap_or((now, now));
        let is_long = now.saturating_duration_since(first) >= PATIENCE;
        self.spell = (!is_long).then_some((first, now));
        is_long
    }

    /// Something was sent, and nothing refused that was sent before.
    pub(super) fn pass(&mut self) {
        self.has_sent = true;
    }

    /// All of them.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At which of these seconds it is time to move, if there is a refusal at each, and something is sent in between or not.
    fn moves(seconds: impl IntoIterator<Item = u64>, has_sent: bool) -> Vec<u64> {
        let (mut refusals, began) = (Refusals::default(), Instant::now());
        let add = |second: &u64| {
            if has_sent {
                refusals.pass();
            }
            refusals.add(1, began + Duration::from_secs(*second))
        };
        seconds.into_iter().filter(add).collect()
    }

    #[test]
    fn it_is_time_to_move_every_thirty_seconds() {
        assert_eq!((moves(0..70, true), moves(0..70, false)), (vec![30, 61], vec![30, 61]));
    }

    #[test]
    fn what_was_long_before_something_was_sent_counts_no_more() {
        assert!(moves([0, 9, 19, 28, 37, 46], true).is_empty());
        assert_eq!(moves([0, 9, 19, 28, 37, 46, 49], true), [49]);
    }

    #[test]
    fn what_was_long_ago_counts_if_nothing_was_sent_since() {
        assert_eq!(moves([0, 20, 40, 60, 80, 100], false), [40, 100]);
    }

    #[test]
    fn all_are_counted() {
        let mut refusals = Refusals::default();
        refusals.add(2, Instant::now());
        refusals.add(1, Instant::now());
        assert_eq!(refusals.count(), 3);
    }
}
