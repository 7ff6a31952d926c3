//! Events with ids, found by name, host and id.

use super::index::Index;
use super::pieces::Pieces;
use super::placed::PlacedMark;
use super::span::Span;
use super::texts::Text;
use crate::timeline::MarkKind;

/// Where an event with an id is in its fold, for as long as the fold exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpanPlace(u32);

impl SpanPlace {
    /// Events get consecutive numbers from 0 on, in the order in which they were first heard of.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// What makes an event this one: points have ids of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) name: Text,
    pub(super) host: Text,
    pub(super) id: u64,
    pub(super) is_point: bool,
}

impl Key {
    pub(super) fn of(mark: &PlacedMark<'_>) -> Self {
        Key { name: mark.name, host: mark.host, id: mark.id, is_point: mark.told.kind == MarkKind::Point }
    }
}

/// An event and what it is found by.
#[derive(Clone, Debug)]
pub(super) struct NumberedSpan {
    pub(super) id: u64,
    pub(super) name: Text,
    pub(super) host: Text,
    pub(super) span: Span,
}

impl NumberedSpan {
    fn is(&self, key: &Key) -> bool {
        self.id == key.id
            && self.name == key.name
            && self.host == key.host
            && self.span.is_point() == key.is_point
    }
}

/// What finds the events is beside them, and small.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbered {
    events: Pieces<NumberedSpan>,
    index: Index,
}

impl Numbered {
    pub(super) fn find(&self, key: &Key) -> Option<SpanPlace> {
        self.index.find(key.id, key, |number| self.events.get(number).is(key)).map(SpanPlace)
    }

    /// The place of the event that this mark is part of; a new one's, and true, if it was not heard of.
    pub(super) fn place(&mut self, mark: &PlacedMark<'_>) -> (SpanPlace, bool) {
        self.place_of(&Key::of(mark), mark.told.kind)
    }

    /// The same, by what makes it this event; `kind` is a point's if the key says so.
    pub(super) fn place_of(&mut self, key: &Key, kind: MarkKind) -> (SpanPlace, bool) {
        if let Some(place) = self.find(key) {
            return (place, false);
        }
        let number = self.events.count();
        self.index.insert(key.id, key, number);
        let Key { name, host, id, .. } = *key;
        self.events.push(NumberedSpan { id, name, host, span: Span::of_kind(kind) });
        (SpanPlace(number), true)
    }

    pub(super) fn get(&self, place: SpanPlace) -> &NumberedSpan {
        self.events.get(place.0)
    }

    pub(super) fn span_mut(&mut self, place: SpanPlace) -> &mut Span {
        &mut self.events.get_mut(place.0).span
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &NumberedSpan> {
        self.events.iter()
    }

    /// Bytes of memory, without the spans' details.
    pub(super) fn bytes(&self) -> usize {
        self.events.bytes() + self.index.bytes()
    }
}
