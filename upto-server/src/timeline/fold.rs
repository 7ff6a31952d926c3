//! The fold: marks in, events out. Associative, commutative, idempotent.
//!
//! Everything here merges: earliest start, latest end, worst status, and per attribute the value with
//! the latest time (of two at the same time, the greater one). Where events have no id there is no
//! such merge, because a start and an end belong together only by their order; there, the marks
//! themselves are the set (`loose`), and the events are read off it.

mod loose;
mod span;
mod texts;

use std::collections::HashMap;

use self::loose::Loose;
use self::span::Span;
use self::texts::{Text, Texts};
use super::event::{Event, EventKey, State};
use super::loss::{Loss, SessionCount, Sessions};
use super::mark::{Mark, MarkKind};

/// The events of one timeline, and what is known of it as a whole.
///
/// What it tells is true of all marks that were applied before the last [`Fold::settle`].
#[derive(Clone, Debug, Default)]
pub struct Fold {
    texts: Texts,
    numbered: HashMap<(Text, Text, u64), Span>,
    numbered_points: HashMap<(Text, Text, u64), Span>,
    loose: HashMap<(Text, Text), Loose>,
    /// Which of `loose` have to be settled.
    stale: Vec<(Text, Text)>,
    sessions: Sessions,
    extent: Option<(i64, i64)>,
    counts: Counts,
    bytes: usize,
}

/// How many events there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    total: u64,
    open: u64,
    failed: u64,
}

impl Counts {
    fn of(span: &Span) -> Counts {
        let state = span.state();
        Counts { total: 1, open: u64::from(state == State::Open), failed: u64::from(state == State::Failed) }
    }

    fn replace(&mut self, old: Counts, new: Counts) {
        self.total = self.total + new.total - old.total;
        self.open = self.open + new.open - old.open;
        self.failed = self.failed + new.failed - old.failed;
    }
}

/// How a timeline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineState {
    /// An event is open, or there is none yet.
    Running,
    /// No event is open, and none failed.
    Done,
    /// No event is open, and one failed.
    Failed,
}

impl TimelineState {
    /// The state as the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TimelineState::Running => "running",
            TimelineState::Done => "done",
            TimelineState::Failed => "failed",
        }
    }
}

/// A timeline in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How it stands.
    pub state: TimelineState,
    /// The earliest and the latest instant of its marks, in nanoseconds since the epoch.
    pub extent: Option<(i64, i64)>,
    /// How many events it has.
    pub total: u64,
    /// How many of them are open.
    pub open: u64,
    /// How many of them failed.
    pub failed: u64,
    /// What is missing.
    pub loss: Loss,
}

/// What a mark did to the fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it was known already.
    None,
    /// The event of this key is new or different; where the id is 0, those that reach to `from` or beyond.
    Event {
        /// Which event.
        key: EventKey,
        /// The mark's time, in nanoseconds since the epoch.
        from: i64,
    },
    /// It came before others of its name and host that have no ids either: several events may be
    /// different ones now.
    Order,
}

impl Fold {
    /// Takes one mark.
    pub fn apply(&mut self, mark: &Mark<'_>) -> Change {
        let (name, host) = (self.texts.intern(mark.name), self.texts.intern(mark.host));
        // Only an end tells of another instant than its own.
        let mark = &Mark { started: mark.started.filter(|_| mark.kind == MarkKind::End), ..mark.clone() };
        self.widen(mark.time);
        mark.started.into_iter().for_each(|started| self.widen(started));
        if mark.id == 0 {
            return self.apply_loose(name, host, mark);
        }
        let spans = if mark.kind == MarkKind::Point { &mut self.numbered_points } else { &mut self.numbered };
        let place = (name, host, mark.id);
        let (old_counts, old_bytes) =
            spans.get(&place).map_or_else(Default::default, |span| (Counts::of(span), span.bytes()));
        let is_new = old_counts == Counts::default();
        let span = spans.entry(place).or_insert_with(|| Span::of_kind(mark.kind));
        let changed = span.absorb(mark, &mut self.texts) || is_new;
        self.counts.replace(old_counts, Counts::of(span));
        self.bytes = self.bytes + span.bytes() - old_bytes;
        if changed { self.change(name, host, mark) } else { Change::None }
    }

    /// Brings what the fold tells up to date with marks that came out of order. Costs nothing if none did.
    pub fn settle(&mut self) {
        for place in std::mem::take(&mut self.stale) {
            let Some(loose) = self.loose.get_mut(&place) else { continue };
            let old = loose.counts();
            loose.settle(&mut self.texts);
            self.counts.replace(old, loose.counts());
        }
    }

    /// Takes how a session stands; true if that was news.
    pub fn apply_session(&mut self, count: SessionCount) -> bool {
        self.sessions.merge(count)
    }

    /// True if the event of this key has started and not ended.
    #[must_use]
    pub fn is_open(&self, name: &str, host: &str, id: u64) -> bool {
        let (Some(name), Some(host)) = (self.texts.find(name), self.texts.find(host)) else { return false };
        if id == 0 {
            return self.loose.get(&(name, host)).is_some_and(Loose::is_open);
        }
        self.numbered.get(&(name, host, id)).is_some_and(|span| span.end.is_none())
    }

    /// The keys of all open events.
    #[must_use]
    pub fn open_keys(&self) -> Vec<EventKey> {
        let numbered = self.numbered.iter().filter(|(_, span)| span.end.is_none()).map(|(key, _)| *key);
        let loose =
            self.loose.iter().filter(|(_, loose)| loose.is_open()).map(|((name, host), _)| (*name, *host, 0));
        numbered.chain(loose).map(|(name, host, id)| self.key(name, host, id)).collect()
    }

    /// All events, in [listing order](Event::listing_order).
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut events: Vec<Event> = self.spans().map(|(key, span)| self.event(key, span)).collect();
        events.sort_unstable_by(|a, b| a.listing_order().cmp(&b.listing_order()));
        events
    }

    /// The event of this key, as it is now; of several without ids, those that reach to `from` or beyond.
    #[must_use]
    pub fn since(&self, key: &EventKey, from: i64) -> Vec<Event> {
        let (Some(name), Some(host)) = (self.texts.find(&key.name), self.texts.find(&key.host)) else {
            return Vec::new();
        };
        let spans: Vec<&Span> = if key.id == 0 {
            self.loose.get(&(name, host)).into_iter().flat_map(|loose| loose.since(from)).collect()
        } else {
            let place = (name, host, key.id);
            [self.numbered.get(&place), self.numbered_points.get(&place)].into_iter().flatten().collect()
        };
        spans.into_iter().map(|span| self.event((name, host, key.id), span)).collect()
    }

    /// The timeline in numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let Counts { total, open, failed } = self.counts;
        let state = match (total, open, failed) {
            (0, _, _) | (_, 1.., _) => TimelineState::Running,
            (_, _, 0) => TimelineState::Done,
            _ => TimelineState::Failed,
        };
        Summary { state, extent: self.extent, total, open, failed, loss: self.sessions.loss() }
    }

    /// Bytes of memory, estimated from what it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes + self.texts.bytes() + self.sessions.len() * size_of::<SessionCount>()
    }

    fn apply_loose(&mut self, name: Text, host: Text, mark: &Mark<'_>) -> Change {
        let loose = self.loose.entry((name, host)).or_default();
        let (old_counts, old_bytes) = (loose.counts(), loose.bytes());
        let was_stale = loose.is_stale();
        let inserted = loose.insert(mark, &mut self.texts);
        if loose.is_stale() && !was_stale {
            self.stale.push((name, host));
        }
        self.counts.replace(old_counts, loose.counts());
        self.bytes = self.bytes + loose.bytes() - old_bytes;
        match inserted {
            loose::Inserted::Known => Change::None,
            loose::Inserted::Last => self.change(name, host, mark),
            loose::Inserted::Between => Change::Order,
        }
    }

    fn change(&self, name: Text, host: Text, mark: &Mark<'_>) -> Change {
        let from = mark.started.map_or(mark.time, |started| started.min(mark.time));
        Change::Event { key: self.key(name, host, mark.id), from }
    }

    fn widen(&mut self, time: i64) {
        let (first, last) = self.extent.unwrap_or((time, time));
        self.extent = Some((first.min(time), last.max(time)));
    }

    fn spans(&self) -> impl Iterator<Item = ((Text, Text, u64), &Span)> {
        let numbered = self.numbered.iter().chain(&self.numbered_points).map(|(key, span)| (*key, span));
        let loose = self
            .loose
            .iter()
            .flat_map(|((name, host), loose)| loose.spans().map(|span| ((*name, *host, 0), span)));
        numbered.chain(loose)
    }

    fn key(&self, name: Text, host: Text, id: u64) -> EventKey {
        EventKey { name: self.texts.get(name), host: self.texts.get(host), id }
    }

    fn event(&self, (name, host, id): (Text, Text, u64), span: &Span) -> Event {
        let mut attributes: Vec<_> =
            span.attributes().map(|(key, value)| (self.texts.get(key), value.clone())).collect();
        attributes.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Event {
            name: self.texts.get(name),
            host: self.texts.get(host),
            id,
            parent: span.parent,
            start: span.start,
            end: span.end,
            state: span.state(),
            text: span.text().into(),
            attributes,
            truncated: span.truncated,
        }
    }
}

#[cfg(test)]
mod tests;
