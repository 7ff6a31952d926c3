//! The fold: marks in, events out. Associative, commutative, idempotent.
//!
//! Everything here merges: earliest start, latest end, worst status, and per attribute the value with
//! the latest time (of two at the same time, the greater one). Where events have no id there is no
//! such merge, because a start and an end belong together only by their order; there, the marks
//! themselves are the set (`loose`), and the events are read off it.

mod corrected;
mod index;
mod loose;
mod numbered;
mod pieces;
mod placed;
mod span;
mod tabled;
mod texts;

use hashbrown::HashMap;
use upto::wire::Value;

use self::corrected::Extents;
use self::loose::Loose;
pub(crate) use self::numbered::SpanPlace;
use self::numbered::{Key, Numbered};
pub(crate) use self::placed::{PlacedMark, Stamp, Told};
use self::span::Span;
pub(crate) use self::texts::Text;
use self::texts::Texts;
use super::event::{Event, EventKey, State};
use super::loss::{Loss, Received, SessionCount, SessionTotals, Sessions};
use super::mark::{Mark, MarkKind};
use super::skew::{Readings, Skew};

/// The events of one timeline, and what is known of it as a whole.
///
/// What it tells is true of all marks that were applied before the last [`Fold::settle`].
#[derive(Clone, Debug, Default)]
pub struct Fold {
    texts: Texts,
    numbered: Numbered,
    /// Events without ids, by name and host.
    loose: HashMap<(Text, Text), Loose>,
    /// Which of `loose` have to be settled.
    stale: Vec<(Text, Text)>,
    sessions: Sessions,
    extents: Extents,
    readings: Readings,
    counts: Counts,
    /// Of the details of events with ids, and of those without.
    bytes: usize,
    /// Empty: kept for its memory.
    attributes: Vec<(Text, Value<'static>)>,
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
    /// What was received of the sessions that have marks here.
    pub received: Received,
    /// How many those are.
    pub sessions: SessionTotals,
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

/// What a mark did to the fold, in the fold's own terms: to be had without copying a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Where the event is, if it has an id.
    pub(crate) place: Option<SpanPlace>,
    /// What changed.
    pub(crate) news: News,
}

/// As [`Change`], without names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    None,
    Event,
    Order,
}

impl Fold {
    /// Takes one mark, of whose clock nothing is known.
    pub fn apply(&mut self, mark: &Mark<'_>) -> Change {
        self.with_placed(mark, |fold, placed| {
            let applied = fold.apply_placed(placed);
            fold.change(placed, applied.news)
        })
    }

    /// Looks up the mark's names, and gives it to `take` in terms of them.
    pub(crate) fn with_placed<T>(
        &mut self,
        mark: &Mark<'_>,
        take: impl FnOnce(&mut Self, &PlacedMark<'_>) -> T,
    ) -> T {
        self.with_stamped(mark, Stamp::Unknown, take)
    }

    /// The same, of a mark of whose clock that is known.
    pub(crate) fn with_stamped<T>(
        &mut self,
        mark: &Mark<'_>,
        stamp: Stamp,
        take: impl FnOnce(&mut Self, &PlacedMark<'_>) -> T,
    ) -> T {
        let mut attributes = emptied(std::mem::take(&mut self.attributes));
        attributes.extend(mark.attributes.iter().map(|(key, value)| (self.texts.intern(key), *value)));
        let Mark { kind, id, parent, time, status, text, truncated, .. } = *mark;
        // Only an end tells of another instant than its own.
        let started = mark.started.filter(|_| kind == MarkKind::End);
        let (name, host) = (self.texts.intern(mark.name), self.texts.intern(mark.host));
        let told =
            Told { kind, parent, time, started, status, text, attributes: &attributes, truncated, stamp };
        let taken = take(self, &PlacedMark { name, host, id, told });
        self.attributes = emptied(attributes);
        taken
    }

    /// The fold's own copy of a name, host or key.
    pub(crate) fn text(&mut self, text: &str) -> Text {
        self.texts.intern(text)
    }

    /// Takes one mark whose names are of this fold.
    pub(crate) fn apply_placed(&mut self, mark: &PlacedMark<'_>) -> Applied {
        if mark.id == 0 {
            self.extents.widen(mark);
            return Applied { place: None, news: self.apply_loose(mark) };
        }
        let (place, is_new) = self.numbered.place(mark);
        self.absorb(place, is_new, mark)
    }

    /// Takes one more mark of the event in `place`, which is of this fold.
    pub(crate) fn apply_to(&mut self, place: SpanPlace, mark: &PlacedMark<'_>) -> Applied {
        self.absorb(place, false, mark)
    }

    /// What happened, for those who don't know the fold's terms.
    pub(crate) fn change(&self, mark: &PlacedMark<'_>, news: News) -> Change {
        match news {
            News::None => Change::None,
            News::Order => Change::Order,
            News::Event => {
                let (from, _) = mark.told.extent();
                Change::Event { key: self.key(mark.name, mark.host, mark.id), from }
            }
        }
    }

    /// Brings what the fold tells up to date with marks that came out of order. Costs nothing if none did.
    pub fn settle(&mut self) {
        for place in std::mem::take(&mut self.stale) {
            let Some(loose) = self.loose.get_mut(&place) else { continue };
            let old = loose.counts();
            loose.settle();
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
        let place = self.numbered.find(&Key { name, host, id, is_point: false });
        place.is_some_and(|place| self.numbered.get(place).span.end().is_none())
    }

    /// The keys of all open events.
    #[must_use]
    pub fn open_keys(&self) -> Vec<EventKey> {
        let open = self.numbered.iter().filter(|event| event.span.end().is_none());
        let numbered = open.map(|event| (event.name, event.host, event.id));
        let loose =
            self.loose.iter().filter(|(_, loose)| loose.is_open()).map(|((name, host), _)| (*name, *host, 0));
        numbered.chain(loose).map(|(name, host, id)| self.key(name, host, id)).collect()
    }

    /// All events, in [listing order](Event::listing_order).
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events_by(&Skew::default())
    }

    /// The event of this key, as it is now; of several without ids, those that reach to `from` or beyond.
    #[must_use]
    pub fn since(&self, key: &EventKey, from: i64) -> Vec<Event> {
        self.since_by(key, from, &Skew::default())
    }

    /// The same, with the times by the server's clock.
    pub(crate) fn since_by(&self, key: &EventKey, from: i64, skew: &Skew) -> Vec<Event> {
        let (Some(name), Some(host)) = (self.texts.find(&key.name), self.texts.find(&key.host)) else {
            return Vec::new();
        };
        let spans: Vec<&Span> = if key.id == 0 {
            self.loose.get(&(name, host)).into_iter().flat_map(|loose| loose.since(from)).collect()
        } else {
            let place = |is_point| self.numbered.find(&Key { name, host, id: key.id, is_point });
            let places = [place(false), place(true)].into_iter().flatten();
            places.map(|place| &self.numbered.get(place).span).collect()
        };
        spans.into_iter().map(|span| self.event((name, host, key.id), span, skew)).collect()
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
        let (loss, received) = (self.sessions.loss(), self.sessions.received());
        let sessions = self.sessions.totals();
        let extent = self.extents.raw();
        Summary { state, extent, total, open, failed, loss, received, sessions }
    }

    /// Bytes of memory, estimated from what it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
            + self.numbered.bytes()
            + self.texts.bytes()
            + self.sessions.len() * size_of::<SessionCount>()
            + self.extents.bytes()
            + self.readings.bytes()
    }

    fn absorb(&mut self, place: SpanPlace, is_new: bool, mark: &PlacedMark<'_>) -> Applied {
        // What is longer than it was is told and stored, too, though no event is another one for it.
        let is_wider = self.extents.widen(mark);
        let span = self.numbered.span_mut(place);
        let old_counts = if is_new { Counts::default() } else { Counts::of(span) };
        let old_bytes = span.detail_bytes();
        let changed = span.absorb(&mark.told) || is_new || is_wider;
        self.counts.replace(old_counts, Counts::of(span));
        self.bytes = self.bytes + span.detail_bytes() - old_bytes;
        Applied { place: Some(place), news: if changed { News::Event } else { News::None } }
    }

    fn apply_loose(&mut self, mark: &PlacedMark<'_>) -> News {
        let place = (mark.name, mark.host);
        let loose = self.loose.entry(place).or_default();
        let (old_counts, old_bytes) = (loose.counts(), loose.bytes());
        let was_stale = loose.is_stale();
        let inserted = loose.insert(&mark.told);
        if loose.is_stale() && !was_stale {
            self.stale.push(place);
        }
        self.counts.replace(old_counts, loose.counts());
        self.bytes = self.bytes + loose.bytes() - old_bytes;
        match inserted {
            loose::Inserted::Known => News::None,
            loose::Inserted::Last => News::Event,
            loose::Inserted::Between => News::Order,
        }
    }

    fn spans(&self) -> impl Iterator<Item = ((Text, Text, u64), &Span)> {
        let numbered = self.numbered.iter().map(|event| ((event.name, event.host, event.id), &event.span));
        let loose = self
            .loose
            .iter()
            .flat_map(|((name, host), loose)| loose.spans().map(|span| ((*name, *host, 0), span)));
        numbered.chain(loose)
    }

    fn key(&self, name: Text, host: Text, id: u64) -> EventKey {
        EventKey { name: self.texts.get(name), host: self.texts.get(host), id }
    }

    fn event(&self, (name, host, id): (Text, Text, u64), span: &Span, skew: &Skew) -> Event {
        let mut attributes: Vec<_> =
            span.attributes().map(|(key, value)| (self.texts.get(key), value.clone())).collect();
        attributes.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let host = self.texts.get(host);
        let (start, end) = corrected::times(span, &host, skew);
        Event {
            name: self.texts.get(name),
            host,
            id,
            parent: span.parent(),
            start,
            end,
            state: span.state(),
            text: span.text().into(),
            attributes,
            truncated: span.is_truncated(),
        }
    }
}

/// The same memory, for values of another lifetime.
fn emptied<'a>(mut attributes: Vec<(Text, Value<'_>)>) -> Vec<(Text, Value<'a>)> {
    attributes.clear();
    attributes.into_iter().map(|(key, _)| (key, Value::Bool(false))).collect()
}

#[cfg(test)]
mod tests;
