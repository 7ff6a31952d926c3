//! How one session stands, as one run of one server sees it.

use serde::{Deserialize, Serialize};

/// How far a session had come at some point of it, by what it told itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sent {
    /// Packets that it had sent; the next one has this number.
    pub packets: u64,
    /// Messages that were in those packets.
    pub messages: u64,
    /// Messages that it had dropped and not sent.
    pub dropped: u64,
}

impl Sent {
    /// The sum of both.
    #[must_use]
    pub(crate) fn plus(self, other: Sent) -> Self {
        self.with(other, u64::saturating_add)
    }

    /// What came after `earlier`.
    #[must_use]
    pub(crate) fn minus(self, earlier: Sent) -> Self {
        self.with(earlier, u64::saturating_sub)
    }

    /// The greater ones.
    #[must_use]
    pub(crate) fn greatest(self, other: Sent) -> Self {
        self.with(other, u64::max)
    }

    /// Nothing above `most`.
    #[must_use]
    pub(crate) fn at_most(self, most: u64) -> Self {
        self.with(Sent { packets: most, messages: most, dropped: most }, u64::min)
    }

    fn least(self, other: Sent) -> Self {
        self.with(other, u64::min)
    }

    /// What of this was not received.
    pub(super) fn without(self, received: Received) -> Self {
        let Received { packets, messages, .. } = received;
        self.minus(Sent { packets, messages, dropped: 0 })
    }

    fn with(self, other: Sent, combine: impl Fn(u64, u64) -> u64) -> Self {
        Sent {
            packets: combine(self.packets, other.packets),
            messages: combine(self.messages, other.messages),
            dropped: combine(self.dropped, other.dropped),
        }
    }
}

/// What was received of sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Different packets.
    pub packets: u64,
    /// Messages in those packets.
    pub messages: u64,
    /// How many of those packets came after later ones.
    pub late: u64,
    /// How often a packet came again.
    pub duplicate: u64,
}

impl Received {
    /// The sum of both.
    #[must_use]
    pub(crate) fn plus(self, other: Received) -> Self {
        self.with(other, u64::saturating_add)
    }

    /// What came after `earlier`.
    #[must_use]
    pub(crate) fn minus(self, earlier: Received) -> Self {
        self.with(earlier, u64::saturating_sub)
    }

    pub(super) fn at_most(self, most: u64) -> Self {
        self.with(Received { packets: most, messages: most, late: most, duplicate: most }, u64::min)
    }

    fn greatest(self, other: Received) -> Self {
        self.with(other, u64::max)
    }

    fn with(self, other: Received, combine: impl Fn(u64, u64) -> u64) -> Self {
        Received {
            packets: combine(self.packets, other.packets),
            messages: combine(self.messages, other.messages),
            late: combine(self.late, other.late),
            duplicate: combine(self.duplicate, other.duplicate),
        }
    }
}

/// Why more may be missing than is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// The session is older than the run: what it sent before may be lost, or have been received by another run.
    pub beginning: bool,
    /// A packet came so late that it can't be told whether it had come before, or whether it belongs to what is
    /// counted. It is counted as received.
    pub order: bool,
    /// The sender does not say how many messages it has sent: those in lost packets are not counted.
    pub messages: bool,
}

impl Doubt {
    fn or(self, other: Doubt) -> Self {
        Doubt {
            beginning: self.beginning | other.beginning,
            order: self.order | other.order,
            messages: self.messages | other.messages,
        }
    }
}

/// How one session stands for one timeline, as one run of one server sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionCount {
    /// The session.
    pub session: u64,
    /// The run of the server that counted.
    pub server: u64,
    /// What had been sent when this run began to count.
    pub began: Sent,
    /// What had been sent when the session came to the timeline.
    pub joined: Sent,
    /// What this run had received of what was sent before `joined`.
    pub received_before: Received,
    /// What is known to have been sent by now.
    pub sent: Sent,
    /// What this run has received since it began.
    pub received: Received,
    /// Why more may be missing.
    pub doubt: Doubt,
    /// The session has told that it has ended, and how many packets it had.
    // Blocks of an earlier version do not tell.
    #[serde(default)]
    pub ended: bool,
}

impl SessionCount {
    /// What two counts of the same session and run tell together.
    ///
    /// All numbers of a run grow, but where it begins, which a late packet may bring forward.
    pub(super) fn merged_with(&self, other: &SessionCount) -> SessionCount {
        let (earlier, later) = if self.joined <= other.joined { (self, other) } else { (other, self) };
        let received_before = if earlier.joined == later.joined {
            earlier.received_before.greatest(later.received_before)
        } else {
            earlier.received_before
        };
        SessionCount {
            session: self.session,
            server: self.server,
            began: self.began.least(other.began),
            joined: earlier.joined,
            received_before,
            sent: self.sent.greatest(other.sent),
            received: self.received.greatest(other.received),
            doubt: self.doubt.or(other.doubt),
            ended: self.ended | other.ended,
        }
    }
}
