//! Where all messages are, by what the sender and the server count.

use upto_bench_harness::api::Timeline;

use crate::figure::Figure;

/// What was sent, and what became of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tally {
    /// Messages that the program made, two for each event.
    pub(super) made: u64,
    /// Messages that left, by the client's count.
    pub(super) sent: u64,
    /// Packets that left, likewise.
    pub(super) packets: u64,
    /// What the server says.
    pub(super) timeline: Timeline,
}

impl Tally {
    fn arrived_percent(&self) -> f64 {
        100.0 * self.timeline.messages as f64 / self.made as f64
    }

    /// Messages, packets and events that are not exactly where the server says they are, and its doubts: 0.
    fn unaccounted(&self) -> u64 {
        let Tally { made, sent, packets, timeline } = self;
        let arrived_or_lost = timeline.messages + timeline.lost_messages;
        made.abs_diff(arrived_or_lost + timeline.dropped)
            + sent.abs_diff(arrived_or_lost)
            + packets.abs_diff(timeline.packets + timeline.lost_packets)
            + self.events_astray()
            + u64::from(timeline.is_in_doubt)
    }

    /// Each event has at least one message that arrived, and at most two.
    fn events_astray(&self) -> u64 {
        let Timeline { events, messages, .. } = self.timeline;
        messages.div_ceil(2).saturating_sub(events) + events.saturating_sub(messages.min(self.made / 2))
    }

    pub(super) fn figures(&self, name: &str) -> Vec<Figure> {
        let Tally { sent, packets, timeline, .. } = *self;
        let figure = |what: &str, value: f64, unit| Figure::new(format!("{name}_{what}"), value, unit);
        vec![
            figure("arrived", self.arrived_percent(), "% of messages"),
            figure("unaccounted", self.unaccounted() as f64, "messages, packets and events"),
            figure("sent", sent as f64, "messages"),
            figure("stored", timeline.messages as f64, "messages"),
            figure("lost", timeline.lost_messages as f64, "messages"),
            figure("dropped", timeline.dropped as f64, "messages"),
            figure("stored_events", timeline.events as f64, "events"),
            figure("packets_sent", packets as f64, "packets"),
            figure("packets_stored", timeline.packets as f64, "packets"),
            figure("packets_lost", timeline.lost_packets as f64, "packets"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        let timeline = Timeline {
            events: 45,
            packets: 8,
            messages: 80,
            lost_packets: 2,
            lost_messages: 20,
            dropped: 8,
            is_in_doubt: false,
        };
        Tally { made: 108, sent: 100, packets: 10, timeline }
    }

    #[test]
    fn what_is_lost_and_dropped_is_accounted_for() {
        assert_eq!(tally().unaccounted(), 0);
    }

    #[test]
    fn what_is_not_where_it_is_said_to_be_is_not() {
        let unaccounted = |change: fn(&mut Tally)| {
            let mut tally = tally();
            change(&mut tally);
            tally.unaccounted()
        };
        assert_eq!(unaccounted(|tally| tally.made += 3), 3);
        assert_eq!(unaccounted(|tally| tally.sent -= 2), 2);
        assert_eq!(unaccounted(|tally| tally.timeline.dropped += 4), 4);
        assert_eq!(unaccounted(|tally| tally.timeline.lost_packets -= 1), 1);
        assert_eq!(unaccounted(|tally| tally.timeline.events = 55), 1);
        assert_eq!(unaccounted(|tally| tally.timeline.events = 39), 1);
        assert_eq!(unaccounted(|tally| tally.timeline.is_in_doubt = true), 1);
    }

    #[test]
    fn figures_begin_with_the_candidates_name() {
        let figures = tally().figures("delivery");
        assert_eq!(figures[0], Figure::new("delivery_arrived", 100.0 * 80.0 / 108.0, "% of messages"));
        assert!(figures.iter().all(|figure| figure.name.starts_with("delivery_")));
    }
}
