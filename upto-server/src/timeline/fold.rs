//! The fold: marks in, events out. Associative, commutative, idempotent.
//!
//! Everything here merges: earliest start, latest end, worst status, and per attribute the value with
//! the latest time (of two at the same time, the greater one). Where events have no id there is no
//! such merge, because a start and an end belong together only by their order; there, the marks
//! themselves are the set (`loose`), and the events are read off it.

mod corrected;
mod glimpse;
mod index;
mod known;
mod loose;
mod merged;
mod numbered;
mod part;
mod pieces;
mod placed;
mod sliced;
mod span;
mod summary;
mod tabled;
mod texts;

use hashbrown::HashMap;
use upto::wire::Value;

use self::corrected::Extents;
pub(super) use self::corrected::{Extent, union};
pub(crate) use self::glimpse::Glimpse;
pub(crate) use self::known::KnownTexts;
use self::loose::Loose;
pub(crate) use self::numbered::SpanPlace;
use self::numbered::{Key, Numbered};
pub(crate) use self::part::Part;
use self::part::Slice;
pub(crate) use self::placed::{PlacedMark, Stamp, Told};
pub(crate) use self::sliced::Carry;
use self::span::Span;
use self::summary::Counts;
pub use self::summary::{Summary, TimelineState};
pub(crate) use self::texts::Text;
use self::texts::Texts;
use super::event::{Event, EventKey};
use super::loss::{SessionCount, Sessions};
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
    /// Which instants of theirs are taken.
    slice: Slice,
    /// Which of `loose` have to be settled.
    stale: Vec<(Text, Text)>,
    sessions: Sessions,
    extents: Extents,
    readings: Readings,
    counts: Counts,
    /// Of the details of events with ids, and of those without.
    bytes: usize,
    /// Grows with everything that makes an answer another one.
    changes: u64,
    /// Empty: kept for its memory.
    attributes: Vec<(Text, Value<'static>)>,
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
        let names = (self.texts.intern(mark.name), self.texts.intern(mark.host));
        self.with_names(mark, stamp, names, take)
    }

    /// The same, of a mark whose name and host are these texts.
    fn with_names<T>(
        &mut self,
        mark: &Mark<'_>,
        stamp: Stamp,
        (name, host): (Text, Text),
        take: impl FnOnce(&mut Self, &PlacedMark<'_>) -> T,
    ) -> T {
        let mut attributes = emptied(std::mem::take(&mut self.attributes));
        attributes.extend(mark.attributes.iter().map(|(key, value)| (self.texts.intern(key), *value)));
        let Mark { kind, id, parent, time, status, text, truncated, .. } = *mark;
        // Only an end tells of another instant than its own.
        let started = mark.started.filter(|_| kind == MarkKind::End);
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
            self.changes += 1;
        }
    }

    /// Takes how a session stands; true if that was news.
    pub fn apply_session(&mut self, count: SessionCount) -> bool {
        let is_news = self.sessions.merge(count);
        self.changes += u64::from(is_news);
        is_news
    }

    /// A number that grows whenever the fold takes what was news: as long as it is the same, so are all answers, once the
    /// fold is settled.
    #[must_use]
    pub(crate) fn changes(&self) -> u64 {
        self.changes
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

    /// All open events: name, host and id of each.
    pub fn open(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        let open = self.numbered.iter().filter(|event| event.span.end().is_none());
        let numbered = open.map(|event| (event.name, event.host, event.id));
        let loose =
            self.loose.iter().filter(|(_, loose)| loose.is_open()).map(|((name, host), _)| (*name, *host, 0));
        numbered.chain(loose).map(|(name, host, id)| (self.texts.text(name), self.texts.text(host), id))
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

    /// How many texts it has: names, hosts and keys of attributes.
    pub(crate) fn text_count(&self) -> usize {
        self.texts.count()
    }

    /// Takes of a mark only when it was: the event is in another fold.
    pub(crate) fn widen(&mut self, mark: &PlacedMark<'_>) {
        self.extents.widen(mark);
    }

    /// Bytes of memory, estimated from what it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
            + self.numbered.bytes()
            + self.loose.allocation_size()
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
        self.changes += u64::from(changed);
        Applied { place: Some(place), news: if changed { News::Event } else { News::None } }
    }

    fn apply_loose(&mut self, mark: &PlacedMark<'_>) -> News {
        let place = (mark.name, mark.host);
        let loose = self.loose.entry(place).or_default();
        let (old_counts, old_bytes) = (loose.counts(), loose.bytes());
        let was_stale = loose.is_stale();
        let inserted = loose.insert(&mark.told, &self.slice);
        if loose.is_stale() && !was_stale {
            self.stale.push(place);
        }
        self.counts.replace(old_counts, loose.counts());
        self.bytes = self.bytes + loose.bytes() - old_bytes;
        self.changes += u64::from(inserted != loose::Inserted::Known);
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

    /// What makes reports of an event the same event, from the fold's own terms.
    pub(crate) fn key(&self, name: Text, host: Text, id: u64) -> EventKey {
        EventKey { name: self.texts.get(name), host: self.texts.get(host), id }
    }

    fn event(&self, (name, host, id): (Text, Text, u64), span: &Span, skew: &Skew) -> Event {
        let mut attributes: Vec<_> =
            span.attributes().map(|(key, value)| (self.texts.get(key), value.clone())).collect();
        attributes.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let (start, end) = corrected::times(span, self.texts.text(host), skew);
        Event {
            name: self.texts.get(name),
            host: self.texts.get(host),
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
