//! What is said of services goes with the packets of events.

use std::time::{Duration, Instant};

use super::Flusher;
use crate::client::Report;
use crate::event::now;
use crate::wire::{Message, Value};

/// Reports are of no thread, but of the process.
const NO_THREAD: u64 = 0;

impl Flusher {
    /// Puts what is due of services into packets; true if that was anything.
    #[inline]
    pub(super) fn send_reports(&mut self) -> bool {
        self.shared.reports.has_any() && self.send_due_reports()
    }

    // Out of the way of events.
    #[cold]
    #[inline(never)]
    fn send_due_reports(&mut self) -> bool {
        let due = self.shared.reports.take_due(Instant::now());
        due.iter().for_each(|report| self.send_report(report));
        !due.is_empty()
    }

    fn send_report(&mut self, report: &Report) {
        let Report { kind, service, text, attributes } = report;
        let message = Message { kind: *kind, name: service, text, time: Some(now()), ..Message::default() };
        let attributes: Vec<(&str, Value<'_>)> =
            attributes.iter().map(|(key, value)| (*key, value.as_wire())).collect();
        self.outgoing.push(NO_THREAD, &message, &attributes);
    }

    /// How long there is nothing to say of services, at most `longest`.
    pub(super) fn pause_of_reports(&self, longest: Duration) -> Duration {
        let now = Instant::now();
        let next = self.shared.reports.next_due(now);
        next.map_or(longest, |next| next.saturating_duration_since(now).min(longest))
    }
}
