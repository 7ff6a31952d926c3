//! The events by the server's clock, as far as it is known how the senders' clocks differ from it.

use std::sync::Arc;

use hashbrown::HashMap;

use super::super::event::Event;
use super::super::skew::{ClockReading, HostClock, Skew, Times};
use super::placed::{PlacedMark, Stamp};
use super::span::Span;
use super::texts::Text;
use super::{Fold, Summary};

pub(in crate::timeline) type Extent = (i64, i64);

/// The earliest and the latest instant: of marks by the clocks of sessions for each host, and of the others.
#[derive(Clone, Debug, Default)]
pub(super) struct Extents {
    unknown: Option<Extent>,
    stamped: HashMap<Text, Extent>,
}

impl Extents {
    /// True if an extent is another one now.
    pub(super) fn widen(&mut self, mark: &PlacedMark<'_>) -> bool {
        let told = mark.told.extent();
        match mark.told.stamp {
            Stamp::Unknown => {
                let wider = union(self.unknown, Some(told));
                std::mem::replace(&mut self.unknown, wider) != wider
            }
            Stamp::Session => {
                let Some(known) = self.stamped.get_mut(&mark.host) else {
                    self.stamped.insert(mark.host, told);
                    return true;
                };
                let wider = (known.0.min(told.0), known.1.max(told.1));
                std::mem::replace(known, wider) != wider
            }
        }
    }

    pub(super) fn raw(&self) -> Option<Extent> {
        self.stamped.values().copied().map(Some).fold(self.unknown, union)
    }

    pub(super) fn bytes(&self) -> usize {
        self.stamped.allocation_size()
    }

    /// Takes those of another fold, whose texts are `text` here.
    pub(super) fn merge(&mut self, other: &Extents, text: impl Fn(Text) -> Text) {
        self.unknown = union(self.unknown, other.unknown);
        for (host, extent) in &other.stamped {
            let known = self.stamped.entry(text(*host)).or_insert(*extent);
            *known = (known.0.min(extent.0), known.1.max(extent.1));
        }
    }

    fn by(&self, skew: &Skew, name: impl Fn(Text) -> Arc<str>) -> Option<Extent> {
        let corrected = |(host, (first, last)): (&Text, &Extent)| {
            let host = name(*host);
            Some((skew.correct(&host, *first), skew.correct(&host, *last)))
        };
        self.stamped.iter().map(corrected).fold(self.unknown, union)
    }
}

impl Fold {
    /// Takes when a packet was sent and when it came; true if that was news.
    pub fn apply_reading(&mut self, reading: &ClockReading) -> bool {
        let host = self.texts.intern(&reading.host);
        let is_news = self.readings.merge(host, reading);
        self.changes += u64::from(is_news);
        is_news
    }

    /// How far the clocks of hosts are from the server's.
    #[must_use]
    pub fn skew(&self) -> Arc<Skew> {
        self.readings.skew(|host| self.texts.get(host))
    }

    /// The same, as far as these times are made of it.
    #[must_use]
    pub(crate) fn skew_in(&self, times: Times) -> Arc<Skew> {
        match times {
            Times::Raw => Arc::default(),
            Times::Corrected => self.skew(),
        }
    }

    /// The earliest and the latest instant of its marks by the server's clock. Only where no clock jumped: there, the
    /// earliest instant stays the earliest.
    pub(crate) fn extent_by(&self, skew: &Skew) -> Option<Extent> {
        self.extents.by(skew, |host| self.texts.get(host))
    }

    /// All events with these times, in their [listing order](Event::listing_order).
    #[must_use]
    pub fn events_in(&self, times: Times) -> Vec<Event> {
        match times {
            Times::Raw => self.events(),
            Times::Corrected => self.events_by(&self.skew()),
        }
    }

    pub(super) fn events_by(&self, skew: &Skew) -> Vec<Event> {
        let mut events: Vec<Event> = self.spans().map(|(key, span)| self.event(key, span, skew)).collect();
        events.sort_unstable_by(|a, b| a.listing_order().cmp(&b.listing_order()));
        events
    }

    /// The timeline in numbers, with these times.
    #[must_use]
    pub fn summary_in(&self, times: Times) -> Summary {
        let skew = self.skew();
        let summary = self.summary();
        if times == Times::Raw || !skew.is_applied() {
            return summary;
        }
        let extent = if skew.has_jumps() { self.extent_of_all(&skew) } else { self.extent_by(&skew) };
        Summary { extent, ..summary }
    }

    /// The earliest and the latest instant of all events, by the server's clock.
    pub(crate) fn extent_of_all(&self, skew: &Skew) -> Option<Extent> {
        // Events of one host mostly follow each other.
        let mut latest: Option<(Text, Option<&HostClock>)> = None;
        let extent = |((_, host, _), span): ((Text, Text, u64), &Span)| {
            let (_, clock) = match latest {
                Some(known) if known.0 == host => known,
                _ => *latest.insert((host, skew.clock(self.texts.text(host)))),
            };
            let (start, end) = by(clock, span);
            let (first, last) = (start.or(end)?, end.or(start)?);
            Some((first.min(last), first.max(last)))
        };
        self.spans().map(extent).fold(None, union)
    }
}

/// Start and end by the server's clock.
pub(super) fn times(span: &Span, host: &str, skew: &Skew) -> (Option<i64>, Option<i64>) {
    let clock = if skew.is_applied() { skew.clock(host) } else { None };
    by(clock, span)
}

/// Likewise, by the clock of its host, if that is corrected.
fn by(clock: Option<&HostClock>, span: &Span) -> (Option<i64>, Option<i64>) {
    let (start, end) = (span.start(), span.end());
    let Some(clock) = clock else { return (start, end) };
    let correct = |time: Option<i64>, stamp: Stamp| {
        time.map(|time| if stamp == Stamp::Session { clock.correct(time) } else { time })
    };
    (correct(start, span.start_stamp()), correct(end, span.end_stamp()))
}

pub(in crate::timeline) fn union(one: Option<Extent>, other: Option<Extent>) -> Option<Extent> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}
