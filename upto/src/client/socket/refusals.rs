//! How often, and for how long, nobody has listened.

use std::time::{Duration, Instant};

/// How long datagrams are refused before they go elsewhere: longer than a server takes to start again.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long after something was sent it is known not to have been refused: far longer than systems and networks take.
const HEARD_AFTER: Duration = Duration::from_secs(1);
/// How long a place is tried where nobody has ever listened, if that is not the first one.
const UNHEARD: Duration = Duration::from_secs(1);
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
    /// Somebody has listened at this address: something was sent there, and for long not refused.
    is_heard: bool,
    /// When something was first sent that was not refused so far.
    unrefused: Option<Instant>,
    /// When another address was last tried.
    moved: Option<Instant>,
}

impl Refusals {
    /// Counts one that was reported now; true if another address is to be tried: nobody has listened for long, or if
    /// there are others, ever.
    pub(super) fn add(&mut self, now: Instant, has_others: bool) -> bool {
        self.count += 1;
        self.unrefused = None;
        let is_first =
            has_others && !self.is_heard && self.moved.is_none_or(|moved| is_past(moved, now, UNHEARD));
        let moves = self.is_long(now) || is_first;
        if moves {
            (self.spell, self.is_heard, self.moved) = (None, false, Some(now));
        }
        moves
    }

    /// Whether there were refusals for long, of which this is the latest one.
    fn is_long(&mut self, now: Instant) -> bool {
        let has_sent = std::mem::replace(&mut self.has_sent, false);
        let is_recent = |latest| now.saturating_duration_since(latest) < FORGOTTEN_AFTER;
        let spell = self.spell.filter(|(_, latest)| !has_sent || is_recent(*latest));
        let (first, _) = spell.unwrap_or((now, now));
        self.spell = Some((first, now));
        is_past(first, now, PATIENCE)
    }

    /// Something was sent, and nothing refused that was sent before.
    pub(super) fn pass(&mut self, now: Instant) {
        self.has_sent = true;
        let first = *self.unrefused.get_or_insert(now);
        self.is_heard |= is_past(first, now, HEARD_AFTER);
    }

    /// All of them.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

fn is_past(since: Instant, now: Instant, time: Duration) -> bool {
    now.saturating_duration_since(since) >= time
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At which of these seconds it is time to move, if there is a refusal at each, and something is sent in between or not.
    fn moves(seconds: impl IntoIterator<Item = u64>, has_sent: bool) -> Vec<u64> {
        let (mut refusals, began) = (Refusals::default(), Instant::now());
        let add = |second: &u64| {
            let now = began + Duration::from_secs(*second);
            if has_sent {
                refusals.pass(now);
            }
            refusals.add(now, false)
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
        assert!(refusals.add(Instant::now(), true));
        assert!(!refusals.add(Instant::now(), false) && !refusals.add(Instant::now(), true));
        assert_eq!(refusals.count(), 3);
    }

    #[test]
    fn where_nobody_has_ever_listened_others_are_tried_at_once_and_then_each_second() {
        let (mut refusals, began) = (Refusals::default(), Instant::now());
        let mut moves = |tenth: u64| refusals.add(began + Duration::from_millis(100 * tenth), true);
        let moved: Vec<_> = (0..35).filter(|tenth| moves(*tenth)).collect();
        assert_eq!(moved, [0, 10, 20, 30]);
    }

    #[test]
    fn where_somebody_has_listened_it_stays_for_long() {
        for (heard_for, expected) in [(999, 0), (1_000, 30)] {
            let (mut refusals, began) = (Refusals::default(), Instant::now());
            refusals.pass(began);
            let heard = began + Duration::from_millis(heard_for);
            refusals.pass(heard);
            let moves = |second: &u64| refusals.add(heard + Duration::from_secs(*second), true);
            assert_eq!((0..100).find(moves), Some(expected), "{heard_for} ms");
        }
    }
}
