//! What is missing from a timeline, counted exactly from the numbers that packets carry.
//!
//! A packet tells how many packets and messages its session had sent before it, and how many messages it had
//! dropped. Each run of a server counts what it received. The difference is what was lost.

mod count;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::count::{Doubt, Received, Sent, SessionCount};

/// No session loses so much: the number of a stranger must not spoil the sum.
const MOST: u64 = 1 << 40;

/// What is missing from a timeline, of the sessions that it has marks of, since each one's first packet with such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Packets that were sent and not taken: they never arrived, or a server refused them.
    pub packets: u64,
    /// Messages that were in those packets.
    pub messages: u64,
    /// Messages that the senders dropped, and never sent.
    pub dropped: u64,
    /// It may be more: see [`Doubt`], or several servers received packets of one session at the same time, and a packet
    /// that came to two of them can't be told from two packets.
    pub at_least: bool,
}

/// How many sessions have sent marks to a timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTotals {
    /// All of them.
    pub total: u64,
    /// Those that have not told that they have ended: they run, or their last packet was lost, or they were killed. What
    /// they sent last may be missing, and nobody knows of it.
    pub open: u64,
}

/// The sessions of a timeline. Merging takes, per session and run of a server, what tells of the latest, so that
/// counts may come late, twice, in any order, and from several servers.
///
/// As each session has brought a mark at least, they are bounded by what bounds the timeline's events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sessions {
    /// By session and run.
    counts: BTreeMap<(u64, u64), SessionCount>,
    total: Total,
    /// Sessions of which it may be more.
    in_doubt: u64,
    totals: SessionTotals,
}

impl Sessions {
    /// True if that was news.
    pub(super) fn merge(&mut self, count: SessionCount) -> bool {
        let key = (count.session, count.server);
        let known = self.counts.get(&key);
        let merged = known.map_or(count, |known| known.merged_with(&count));
        if known == Some(&merged) {
            return false;
        }
        let (old, was_in_doubt) = self.total_of(count.session);
        let totals = self.totals_of(count.session);
        self.counts.insert(key, merged);
        let (new, is_in_doubt) = self.total_of(count.session);
        self.totals.replace(totals, self.totals_of(count.session));
        self.total = self.total.plus(new).minus(old);
        self.in_doubt = self.in_doubt + u64::from(is_in_doubt) - u64::from(was_in_doubt);
        true
    }

    /// All counts that are kept.
    pub(super) fn counts(&self) -> impl Iterator<Item = &SessionCount> {
        self.counts.values()
    }

    /// How many counts are kept.
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    pub(super) fn loss(&self) -> Loss {
        let Total { lost, .. } = self.total;
        let Sent { packets, messages, dropped } = lost;
        Loss { packets, messages, dropped, at_least: self.in_doubt > 0 }
    }

    /// What was received of those sessions, since each one's first packet with marks of the timeline.
    pub(super) fn received(&self) -> Received {
        self.total.received
    }

    /// How many there are.
    pub(super) fn totals(&self) -> SessionTotals {
        self.totals
    }

    /// Of one session, or of none if nothing is known of it. It has ended if any run knows that.
    fn totals_of(&self, session: u64) -> SessionTotals {
        let mut counts = self.of(session).peekable();
        let total = u64::from(counts.peek().is_some());
        SessionTotals { total, open: if counts.any(|count| count.ended) { 0 } else { total } }
    }

    fn of(&self, session: u64) -> impl Iterator<Item = &SessionCount> {
        self.counts.range((session, 0)..=(session, u64::MAX)).map(|(_, count)| count)
    }

    /// One session, over all runs, and whether more may be missing.
    ///
    /// It is counted from where it first had marks of the timeline. Another run of a server than the one that
    /// had those is counted from its own beginning: the session had come to the timeline by then.
    fn total_of(&self, session: u64) -> (Total, bool) {
        let counts = || self.of(session);
        let Some(first) = counts().min_by_key(|count| count.joined) else { return Default::default() };
        let sent = counts().fold(first.sent, |sent, count| sent.greatest(count.sent));
        let received = counts().fold(Received::default(), |sum, count| sum.plus(count.received));
        let received = received.minus(first.received_before);
        let lost = sent.minus(first.joined).without(received).at_most(MOST);
        let is_in_doubt = (first.doubt.beginning && first.joined.packets > 0)
            || counts().any(|count| count.doubt.order || (count.doubt.messages && lost.packets > 0))
            || overlap(first, counts());
        (Total { lost, received: received.at_most(MOST) }, is_in_doubt)
    }
}

impl SessionTotals {
    fn replace(&mut self, old: SessionTotals, new: SessionTotals) {
        self.total = self.total + new.total - old.total;
        self.open = self.open + new.open - old.open;
    }
}

/// Whether two runs counted packets of the same part of the session.
fn overlap<'c>(first: &SessionCount, counts: impl Iterator<Item = &'c SessionCount>) -> bool {
    let start = |count: &SessionCount| {
        let from = if count.server == first.server { count.joined } else { count.began };
        from.packets
    };
    let mut parts: Vec<_> = counts.map(|count| (start(count), count.sent.packets)).collect();
    parts.sort_unstable();
    parts.windows(2).any(|pair| matches!(pair, [(_, end), (start, _)] if start < end))
}

/// The sum over sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Total {
    lost: Sent,
    received: Received,
}

impl Total {
    fn plus(self, other: Total) -> Self {
        Total { lost: self.lost.plus(other.lost), received: self.received.plus(other.received) }
    }

    fn minus(self, other: Total) -> Self {
        Total { lost: self.lost.minus(other.lost), received: self.received.minus(other.received) }
    }
}

#[cfg(test)]
mod tests;
