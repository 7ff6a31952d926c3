//! Counting packets: each session numbers its own, so what is missing is known exactly.

mod epochs;
mod session;
mod window;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use upto::wire::SessionInfo;

use self::session::Session;
use crate::catalog::Timeline;
use crate::timeline::{Received, Sent, SessionCount};

/// Sessions that are remembered; of more, those that were silent longest are forgotten.
const SESSIONS: usize = 65_536;

/// All sessions that this run of the server hears of.
pub(super) struct Sessions {
    /// Tells this run of the server, since `known`, from all others.
    run: u64,
    /// Since when no session has been forgotten.
    known: Instant,
    sessions: HashMap<u64, Session>,
}

/// What a packet changed.
pub(super) struct Observed {
    /// By how much more is known to have been sent.
    pub(super) expected: Sent,
    /// What was received.
    pub(super) received: Received,
    /// How the session stands for each of its timelines.
    pub(super) counts: Vec<(Arc<Timeline>, SessionCount)>,
    /// What the sender's clock showed when the session began, if the packet tells of that clock and came in order.
    pub(super) epoch: Option<i64>,
}

impl Sessions {
    /// None so far, in a run of this random number that has begun now.
    pub(super) fn new(run: u64, now: Instant) -> Self {
        Sessions { run, known: now, sessions: HashMap::new() }
    }

    /// Counts a packet of so many messages that had marks of `timelines`.
    pub(super) fn observe(
        &mut self,
        info: &SessionInfo,
        messages: u64,
        timelines: &[Arc<Timeline>],
    ) -> Observed {
        self.forget_if_full(info.session);
        let (run, known) = (self.run, self.known.elapsed());
        let session = self.sessions.entry(info.session).or_insert_with(|| Session::begin(info, run, known));
        let (expected, received) = (session.expected(), session.received());
        let epoch = session.take(info, messages, timelines);
        Observed {
            epoch,
            expected: session.expected().minus(expected),
            received: session.received().minus(received),
            counts: session.counts(),
        }
    }

    /// Counts packets of a session, from `first` to `last` with so many messages in it, as sent; they will not come.
    pub(super) fn miss(
        &mut self,
        first: &SessionInfo,
        last: &SessionInfo,
        messages: u64,
        timelines: &[Arc<Timeline>],
    ) -> Observed {
        self.forget_if_full(first.session);
        let (run, known) = (self.run, self.known.elapsed());
        let session = self.sessions.entry(first.session).or_insert_with(|| Session::begin(first, run, known));
        let expected = session.expected();
        session.miss(last, messages, timelines);
        Observed {
            epoch: None,
            expected: session.expected().minus(expected),
            received: Received::default(),
            counts: session.counts(),
        }
    }

    /// Forgets the half that was silent longest, so that this is not due again soon. One of those that is heard
    /// of again is counted anew, as another run would.
    fn forget_if_full(&mut self, newcomer: u64) {
        if self.sessions.len() < SESSIONS || self.sessions.contains_key(&newcomer) {
            return;
        }
        let mut heard: Vec<Instant> = self.sessions.values().map(|session| session.heard).collect();
        let (_, middle, _) = heard.select_nth_unstable(SESSIONS / 2);
        let middle = *middle;
        self.sessions.retain(|_, session| session.heard > middle);
        self.run = self.run.wrapping_add(1);
        self.known = Instant::now();
    }
}

#[cfg(test)]
mod tests;
