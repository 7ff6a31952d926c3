//! One session, as this run of the server sees it.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use upto::wire::SessionInfo;

use super::epochs::Epochs;
use super::window::{Arrival, Window};
use crate::catalog::Timeline;
use crate::timeline::{Doubt, Received, Sent, SessionCount};

/// Timelines of one session that are told how it stands: the latest ones that it sent to.
const TIMELINES: usize = 16;

pub(super) struct Session {
    number: u64,
    /// The run that counts it.
    run: u64,
    began: Sent,
    sent: Sent,
    received: Received,
    doubt: Doubt,
    /// It has told that it has ended.
    ended: bool,
    window: Window,
    epochs: Epochs,
    pub(super) heard: Instant,
    /// The latest one last.
    members: Vec<Member>,
}

/// A timeline of the session.
struct Member {
    timeline: Weak<Timeline>,
    /// What had been sent before the first packet for it.
    joined: Sent,
    /// What was received of that.
    received: Received,
    /// A packet for it is older than `joined`.
    has_older: bool,
}

impl Member {
    fn is(&self, timeline: &Arc<Timeline>) -> bool {
        self.timeline.as_ptr() == Arc::as_ptr(timeline)
    }
}

impl Session {
    /// A session that is not older than `known`, for which this run has known of all sessions, has its packets counted
    /// from 0 on. Those of an older one, before this packet, may have been received by another run.
    pub(super) fn begin(info: &SessionInfo, run: u64, known: Duration) -> Self {
        let is_older = info.sequence > 0 && info.age.is_none_or(|age| age > known);
        let here = Sent {
            packets: info.sequence,
            messages: info.messages_before.unwrap_or(0),
            dropped: info.dropped,
        };
        let began = if is_older { here } else { Sent::default() };
        Session {
            number: info.session,
            run,
            began,
            sent: began,
            received: Received::default(),
            doubt: Doubt { beginning: is_older, ..Doubt::default() },
            ended: false,
            window: Window::new(began.packets),
            epochs: Epochs::default(),
            heard: Instant::now(),
            members: Vec::new(),
        }
    }

    /// What was sent since this run began to count.
    pub(super) fn expected(&self) -> Sent {
        self.sent.minus(self.began)
    }

    /// What this run has received.
    pub(super) fn received(&self) -> Received {
        self.received
    }

    /// Counts a packet of so many messages, with marks of `timelines`; the epoch of its sender's clock, if it tells of
    /// that. What comes late, or again, tells less of clocks than what came before it.
    pub(super) fn take(
        &mut self,
        info: &SessionInfo,
        messages: u64,
        timelines: &[Arc<Timeline>],
    ) -> Option<i64> {
        self.heard = Instant::now();
        timelines.iter().for_each(|timeline| self.join(timeline));
        let arrival = self.window.take(info.sequence);
        match arrival {
            Arrival::Duplicate => self.received.duplicate += 1,
            Arrival::Next => self.count(info, messages),
            Arrival::Late | Arrival::TooOld => {
                self.doubt.order |= arrival == Arrival::TooOld;
                let received = Received { packets: 1, messages, late: 1, duplicate: 0 };
                self.settle_members(info, received, timelines);
                self.received.late += 1;
                self.count(info, messages);
            }
        }
        self.extend(info);
        if arrival == Arrival::Next { self.epochs.of(info) } else { None }
    }

    /// Notes that there were packets up to this one, with so many messages in it, for `timelines`. They did not come.
    pub(super) fn miss(&mut self, last: &SessionInfo, messages: u64, timelines: &[Arc<Timeline>]) {
        self.heard = Instant::now();
        timelines.iter().for_each(|timeline| self.join(timeline));
        self.doubt.messages |= last.messages_before.is_none();
        let before = last.messages_before.unwrap_or(self.sent.messages);
        self.sent.messages = self.sent.messages.max(before.saturating_add(messages));
        self.extend(last);
    }

    /// The timelines that are told, and what.
    pub(super) fn counts(&self) -> Vec<(Arc<Timeline>, SessionCount)> {
        let members = self.members.iter();
        members.filter_map(|member| Some((member.timeline.upgrade()?, self.count_for(member)))).collect()
    }

    fn count_for(&self, member: &Member) -> SessionCount {
        SessionCount {
            session: self.number,
            server: self.run,
            began: self.began,
            joined: member.joined,
            received_before: member.received,
            sent: self.sent,
            received: self.received,
            doubt: self.doubt_of(member),
            ended: self.ended,
        }
    }

    /// Where a timeline came to the session while this run was counting, the run's own beginning does not matter to it.
    fn doubt_of(&self, member: &Member) -> Doubt {
        Doubt {
            beginning: self.doubt.beginning && member.joined == self.began,
            order: self.doubt.order || member.has_older,
            messages: self.doubt.messages,
        }
    }

    fn join(&mut self, timeline: &Arc<Timeline>) {
        if let Some(place) = self.members.iter().position(|member| member.is(timeline)) {
            return self.members[place..].rotate_left(1);
        }
        if self.members.len() == TIMELINES {
            self.members.remove(0);
        }
        self.members.push(Member {
            timeline: Arc::downgrade(timeline),
            joined: self.sent,
            received: self.received,
            has_older: false,
        });
    }

    fn count(&mut self, info: &SessionInfo, messages: u64) {
        self.doubt.messages |= info.messages_before.is_none();
        // Of a sender that does not say, no message is expected but those that come.
        let before = info.messages_before.unwrap_or(self.sent.messages);
        self.sent.messages = self.sent.messages.max(before.saturating_add(messages));
        self.received.packets += 1;
        self.received.messages = self.received.messages.saturating_add(messages);
    }

    fn extend(&mut self, info: &SessionInfo) {
        self.ended |= info.packets.is_some();
        let packets = info.sequence.saturating_add(1).max(info.packets.unwrap_or(0));
        self.window.extend(packets);
        self.sent.packets = self.sent.packets.max(packets);
        self.sent.dropped = self.sent.dropped.max(info.dropped);
    }

    /// A packet that came late is not counted for timelines that joined after it, unless it is for them.
    fn settle_members(&mut self, info: &SessionInfo, received: Received, timelines: &[Arc<Timeline>]) {
        let began = self.began;
        if info.sequence < began.packets {
            self.began.packets = info.sequence;
            self.began.messages = info.messages_before.unwrap_or(began.messages).min(began.messages);
            self.began.dropped = info.dropped.min(began.dropped);
        }
        for member in self.members.iter_mut().filter(|member| info.sequence < member.joined.packets) {
            if member.joined == began {
                member.joined = self.began;
            } else if timelines.iter().any(|timeline| member.is(timeline)) {
                member.has_older = true;
            } else {
                member.received = member.received.plus(received);
            }
        }
    }
}

#[cfg(test)]
mod tests;
