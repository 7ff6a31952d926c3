//! What sessions sent, and what of it came: all of them since this run of the server began.

use std::sync::atomic::AtomicI64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::registered;
use crate::timeline::{Received, Sent};

/// No packet tells of so much more: the number of a stranger must not spoil the counters.
const MOST: u64 = 1 << 32;

/// The counters of packets and of the messages in them.
pub(crate) struct SessionMetrics {
    packets_expected: Counter,
    packets_received: Counter,
    packets_late: Counter,
    packets_duplicate: Counter,
    packets_lost: Gauge<i64, AtomicI64>,
    messages_expected: Counter,
    messages_received: Counter,
    messages_lost: Gauge<i64, AtomicI64>,
    messages_dropped: Counter,
}

impl SessionMetrics {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        SessionMetrics {
            packets_expected: registered(
                registry,
                "packets_expected",
                "Packets that were sent, by their sessions' numbers",
            ),
            packets_received: registered(registry, "packets_received", "Different packets taken"),
            packets_late: registered(registry, "packets_late", "Packets that came after later ones"),
            packets_duplicate: registered(registry, "packets_duplicate", "Packets that came again"),
            packets_lost: registered(
                registry,
                "packets_lost",
                "Packets that were sent and not taken; fewer again when one comes late",
            ),
            messages_expected: registered(
                registry,
                "packet_messages_expected",
                "Messages in packets that were sent, as their sessions say",
            ),
            messages_received: registered(
                registry,
                "packet_messages_received",
                "Messages in different packets taken",
            ),
            messages_lost: registered(
                registry,
                "packet_messages_lost",
                "Messages in packets that were sent and not taken; fewer again when one comes late",
            ),
            messages_dropped: registered(
                registry,
                "messages_dropped_by_senders",
                "Messages that senders dropped and did not send, as they say",
            ),
        }
    }

    /// Counts by how much more is known to have been sent, and what came.
    pub(crate) fn count(&self, expected: Sent, received: Received) {
        let expected = expected.at_most(MOST);
        self.packets_expected.inc_by(expected.packets);
        self.packets_received.inc_by(received.packets);
        self.packets_late.inc_by(received.late);
        self.packets_duplicate.inc_by(received.duplicate);
        self.packets_lost.inc_by(difference(expected.packets, received.packets));
        self.messages_expected.inc_by(expected.messages);
        self.messages_received.inc_by(received.messages);
        self.messages_lost.inc_by(difference(expected.messages, received.messages));
        self.messages_dropped.inc_by(expected.dropped);
    }
}

fn difference(expected: u64, received: u64) -> i64 {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    signed(expected).saturating_sub(signed(received))
}
