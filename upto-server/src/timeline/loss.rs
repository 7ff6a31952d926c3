//! What is missing from a timeline, counted exactly from the numbers that packets carry.

use std::collections::BTreeMap;

/// How one session stands, as one run of one server saw it since the timeline's first mark of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SessionCount {
    /// The session.
    pub session: u64,
    /// The run of the server that counted.
    pub server: u64,
    /// The sequence number from which on packets are counted here.
    pub first: u64,
    /// One more than the highest sequence number that is known to have been sent.
    pub expected: u64,
    /// Different packets from `first` on that this run of the server received.
    pub received: u64,
    /// Messages that the sender dropped meanwhile.
    pub dropped: u64,
}

impl SessionCount {
    fn lost(&self) -> u64 {
        self.expected.saturating_sub(self.first).saturating_sub(self.received)
    }
}

/// What is missing from a timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Loss {
    /// Packets that never arrived, of the sessions that the timeline has marks of.
    pub packets: u64,
    /// Messages that those sessions' senders dropped.
    pub messages: u64,
}

/// Sessions of one timeline that are kept though nothing of them is missing.
const SESSIONS: usize = 4_096;

/// The sessions of a timeline. Merging is a maximum (of `first`, a minimum) per session and server, so
/// that counts may come late, twice, and from several servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sessions(BTreeMap<(u64, u64), SessionCount>);

impl Sessions {
    /// True if that was news.
    pub(super) fn merge(&mut self, count: SessionCount) -> bool {
        let key = (count.session, count.server);
        let known = self.0.get(&key).copied().unwrap_or(count);
        let merged = SessionCount {
            session: count.session,
            server: count.server,
            first: known.first.min(count.first),
            expected: known.expected.max(count.expected),
            received: known.received.max(count.received),
            dropped: known.dropped.max(count.dropped),
        };
        let is_news = self.0.insert(key, merged) != Some(merged);
        if self.0.len() >= SESSIONS && self.0.len().is_power_of_two() {
            self.forget_whole_ones();
        }
        is_news
    }

    /// Forgets the sessions of which nothing is missing: they add nothing to the loss.
    fn forget_whole_ones(&mut self) {
        let totals = self.totals();
        let is_whole =
            |session: &u64| totals.get(session).is_some_and(|total| total.lost() == 0 && total.dropped == 0);
        self.0.retain(|(session, _), _| !is_whole(session));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &SessionCount> {
        self.0.values()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn totals(&self) -> BTreeMap<u64, SessionCount> {
        let mut sessions = BTreeMap::<u64, SessionCount>::new();
        for count in self.iter() {
            let total = sessions.entry(count.session).or_insert(SessionCount { received: 0, ..*count });
            total.first = total.first.min(count.first);
            total.expected = total.expected.max(count.expected);
            total.received = total.received.saturating_add(count.received);
            total.dropped = total.dropped.max(count.dropped);
        }
        sessions
    }

    pub(super) fn loss(&self) -> Loss {
        self.totals().values().fold(Loss::default(), |loss, session| Loss {
            packets: loss.packets.saturating_add(session.lost()),
            messages: loss.messages.saturating_add(session.dropped),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(session: u64, server: u64, expected: u64, received: u64, dropped: u64) -> SessionCount {
        SessionCount { session, server, first: 0, expected, received, dropped }
    }

    #[test]
    fn received_adds_up_over_servers_and_restarts() {
        let mut sessions = Sessions::default();
        sessions.merge(count(1, 10, 500, 498, 3));
        sessions.merge(count(1, 11, 900, 400, 3));
        sessions.merge(count(2, 11, 5, 5, 0));
        assert_eq!(sessions.loss(), Loss { packets: 2, messages: 3 });
    }

    #[test]
    fn counts_may_come_twice_and_out_of_order() {
        let mut sessions = Sessions::default();
        for counts in [count(1, 1, 9, 8, 1), count(1, 1, 4, 4, 0), count(1, 1, 9, 8, 1)] {
            sessions.merge(counts);
        }
        assert_eq!(sessions.loss(), Loss { packets: 1, messages: 1 });
    }

    #[test]
    fn what_a_session_sent_before_it_came_to_the_timeline_is_not_missing() {
        let mut sessions = Sessions::default();
        sessions.merge(SessionCount { first: 700, ..count(1, 1, 900, 199, 0) });
        assert_eq!(sessions.loss(), Loss { packets: 1, messages: 0 });
    }

    #[test]
    fn a_packet_that_two_servers_received_is_no_negative_loss() {
        let mut sessions = Sessions::default();
        sessions.merge(count(1, 1, 2, 2, 0));
        sessions.merge(count(1, 2, 2, 2, 0));
        assert_eq!(sessions.loss(), Loss::default());
    }
}
