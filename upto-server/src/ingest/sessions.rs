//! Counting packets: each session numbers its own, so what is missing is known exactly.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use upto::wire::SessionInfo;

use crate::catalog::Timeline;
use crate::timeline::SessionCount;

/// Sessions that are remembered; of more, those that were silent longest are forgotten.
const SESSIONS: usize = 65_536;
/// Packets before the latest one of which it is known whether they came.
const WINDOW: u64 = 1_024;
/// Packets that are counted as skipped at once, at most.
const MOST_SKIPPED: u64 = 1 << 32;
/// Timelines of one session that are told how it stands: the latest ones that it sent to.
const TIMELINES: usize = 16;

/// What a packet was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It came for the first time; so many before it have not come.
    New {
        /// Packets that were skipped. They may still come.
        lost: u64,
    },
    /// It came after later ones.
    Late,
    /// It had come before, or too long ago to tell.
    Duplicate,
}

/// All sessions that this run of the server hears of.
pub(super) struct Sessions {
    /// This run of the server.
    run: u64,
    started: Instant,
    sessions: HashMap<u64, Session>,
}

struct Session {
    expected: u64,
    received: u64,
    dropped: u64,
    /// One bit for each of the last [`WINDOW`] packets: it came.
    seen: [u64; (WINDOW / 64) as usize],
    heard: Instant,
    timelines: Vec<Member>,
}

/// A timeline of the session, and how the session stood before its first packet for it.
struct Member {
    timeline: Weak<Timeline>,
    first: u64,
    received: u64,
    dropped: u64,
}

impl Sessions {
    pub(super) fn new(run: u64, started: Instant) -> Self {
        Sessions { run, started, sessions: HashMap::new() }
    }

    /// Counts a packet that had marks of `timelines`, and says how its session stands for each of those
    /// that it ever had marks of.
    pub(super) fn observe(
        &mut self,
        info: &SessionInfo,
        timelines: &[Arc<Timeline>],
    ) -> (Arrival, Vec<(Arc<Timeline>, SessionCount)>) {
        let uptime = self.started.elapsed();
        self.forget_if_full(info.session);
        let session = self.sessions.entry(info.session).or_insert_with(|| Session::begin(info, uptime));
        timelines.iter().for_each(|timeline| session.join(timeline));
        let arrival = session.count(info);
        (arrival, session.counts(info.session, self.run))
    }

    /// Forgets the half that was silent longest, so that this is not due again soon.
    fn forget_if_full(&mut self, newcomer: u64) {
        if self.sessions.len() < SESSIONS || self.sessions.contains_key(&newcomer) {
            return;
        }
        let mut heard: Vec<Instant> = self.sessions.values().map(|session| session.heard).collect();
        let (_, middle, _) = heard.select_nth_unstable(SESSIONS / 2);
        let middle = *middle;
        self.sessions.retain(|_, session| session.heard > middle);
    }
}

impl Session {
    /// A session that is not older than this run of the server has its packets counted from 0 on; of an
    /// older one, those before this packet may have been received by an earlier run.
    fn begin(info: &SessionInfo, uptime: Duration) -> Self {
        let is_older = info.age.is_none_or(|age| age > uptime);
        let expected = if is_older { info.sequence } else { 0 };
        let seen = [0; (WINDOW / 64) as usize];
        Session { expected, received: 0, dropped: 0, seen, heard: Instant::now(), timelines: Vec::new() }
    }

    fn join(&mut self, timeline: &Arc<Timeline>) {
        let pointer = Arc::as_ptr(timeline);
        if self.timelines.iter().any(|member| member.timeline.as_ptr() == pointer) {
            return;
        }
        if self.timelines.len() == TIMELINES {
            self.timelines.remove(0);
        }
        let Session { expected: first, received, dropped, .. } = *self;
        self.timelines.push(Member { timeline: Arc::downgrade(timeline), first, received, dropped });
    }

    fn count(&mut self, info: &SessionInfo) -> Arrival {
        self.heard = Instant::now();
        self.dropped = self.dropped.max(info.dropped);
        let arrival = if info.sequence >= self.expected {
            self.advance(info.sequence)
        } else {
            self.recall(info.sequence)
        };
        if let Some(packets) = info.packets {
            self.expected = self.expected.max(packets);
        }
        self.received += u64::from(arrival != Arrival::Duplicate);
        arrival
    }

    /// A packet later than all before.
    fn advance(&mut self, sequence: u64) -> Arrival {
        let skipped = sequence - self.expected;
        for passed in self.expected.max(sequence.saturating_sub(WINDOW))..=sequence {
            self.mark(passed, false);
        }
        self.mark(sequence, true);
        self.expected = sequence.saturating_add(1);
        // A number that no session reaches is a stranger's, and must not spoil the count.
        Arrival::New { lost: skipped.min(MOST_SKIPPED) }
    }

    /// A packet before the latest one.
    fn recall(&mut self, sequence: u64) -> Arrival {
        if self.expected - sequence > WINDOW || self.is_seen(sequence) {
            return Arrival::Duplicate;
        }
        self.mark(sequence, true);
        Arrival::Late
    }

    fn mark(&mut self, sequence: u64, came: bool) {
        let (word, bit) = place(sequence);
        if let Some(word) = self.seen.get_mut(word) {
            *word = if came { *word | bit } else { *word & !bit };
        }
    }

    fn is_seen(&self, sequence: u64) -> bool {
        let (word, bit) = place(sequence);
        self.seen.get(word).is_some_and(|word| word & bit != 0)
    }

    fn counts(&self, session: u64, server: u64) -> Vec<(Arc<Timeline>, SessionCount)> {
        let count = |member: &Member| SessionCount {
            session,
            server,
            first: member.first,
            expected: self.expected,
            received: self.received - member.received,
            dropped: self.dropped - member.dropped,
        };
        let members = self.timelines.iter();
        members.filter_map(|member| Some((member.timeline.upgrade()?, count(member)))).collect()
    }
}

fn place(sequence: u64) -> (usize, u64) {
    let bit = sequence % WINDOW;
    (usize::try_from(bit / 64).unwrap_or(0), 1 << (bit % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u64) -> SessionInfo {
        SessionInfo { session: 1, sequence, age: Some(Duration::ZERO), ..SessionInfo::default() }
    }

    fn session() -> Session {
        Session::begin(&packet(0), Duration::from_secs(1))
    }

    #[test]
    fn gaps_late_ones_and_duplicates_are_told_apart() {
        let mut session = session();
        let mut arrive = |sequence| session.count(&packet(sequence));
        assert_eq!(arrive(0), Arrival::New { lost: 0 });
        assert_eq!(arrive(3), Arrival::New { lost: 2 });
        assert_eq!(arrive(3), Arrival::Duplicate);
        assert_eq!(arrive(1), Arrival::Late);
        assert_eq!(arrive(1), Arrival::Duplicate);
        assert_eq!(arrive(4), Arrival::New { lost: 0 });
        assert_eq!((session.expected, session.received), (5, 4));
    }

    #[test]
    fn a_jump_beyond_the_window_forgets_what_came_before() {
        let mut session = session();
        session.count(&packet(0));
        assert_eq!(session.count(&packet(5_000)), Arrival::New { lost: 4_999 });
        assert_eq!(session.count(&packet(4_999)), Arrival::Late);
        assert_eq!(session.count(&packet(0)), Arrival::Duplicate);
    }

    #[test]
    fn sequence_numbers_up_to_the_largest_are_counted() {
        let mut session = session();
        session.count(&packet(u64::MAX));
        assert_eq!(session.count(&packet(u64::MAX - 1)), Arrival::Late);
        assert_eq!(session.received, 2);
    }

    #[test]
    fn of_too_many_sessions_the_silent_half_is_forgotten() {
        let mut sessions = Sessions::new(1, Instant::now());
        for session in 0..SESSIONS as u64 + 1 {
            sessions.observe(&SessionInfo { session, ..packet(0) }, &[]);
        }
        assert!(sessions.sessions.len() <= SESSIONS / 2 + 1);
        assert!(sessions.sessions.contains_key(&(SESSIONS as u64)));
    }

    #[test]
    fn the_first_packets_of_a_young_session_are_missed_and_those_of_an_old_one_are_not() {
        let uptime = Duration::from_secs(60);
        let first = |age| {
            let info = SessionInfo { sequence: 9, age, ..SessionInfo::default() };
            Session::begin(&info, uptime).expected
        };
        assert_eq!(first(Some(Duration::from_secs(5))), 0);
        assert_eq!(first(Some(Duration::from_secs(90))), 9);
        assert_eq!(first(None), 9);
    }

    #[test]
    fn the_closing_packet_tells_how_many_there_were() {
        let mut session = session();
        session.count(&SessionInfo { packets: Some(8), ..packet(7) });
        assert_eq!((session.expected, session.received), (8, 1));
        session.count(&SessionInfo { packets: Some(20), ..packet(6) });
        assert_eq!(session.expected, 20);
    }
}
