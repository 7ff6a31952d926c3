//! Events with ids, found by name, host and id.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::placed::PlacedMark;
use super::span::Span;
use super::texts::Text;
use crate::timeline::MarkKind;

/// Events lie in pieces of so many, so that a timeline that grows is never copied.
const PIECE: usize = 1 << PIECE_BITS;
const PIECE_BITS: u32 = 10;

/// How many of the latest events are found quickly.
const RECENT: usize = 4_096;

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

/// The table is beside the events and small, because a lookup that misses the processor's caches is most of what a
/// mark costs. It has the hashes, so that growing it touches no event.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbered {
    pieces: Vec<Vec<NumberedSpan>>,
    count: u32,
    places: HashTable<(u32, SpanPlace)>,
    /// The latest new events, by their hashes: most marks are of one of them, and this stays in the caches.
    recent: Vec<SpanPlace>,
    /// Seeded at random: nobody who chooses ids can choose those that collide.
    hasher: DefaultHashBuilder,
}

impl Numbered {
    pub(super) fn find(&self, key: &Key) -> Option<SpanPlace> {
        let hash = self.hash(key);
        if let Some(recent) = self.recent.get(recent_index(hash))
            && self.get(*recent).is(key)
        {
            return Some(*recent);
        }
        let is_same = |(known, place): &(u32, SpanPlace)| *known == hash && self.get(*place).is(key);
        self.places.find(spread(hash), is_same).map(|(_, place)| *place)
    }

    /// The place of the event that this mark is part of; a new one's, and true, if it was not heard of.
    pub(super) fn place(&mut self, mark: &PlacedMark<'_>) -> (SpanPlace, bool) {
        let key = Key::of(mark);
        if let Some(place) = self.find(&key) {
            return (place, false);
        }
        let place = SpanPlace(self.count);
        let hash = self.hash(&key);
        self.places.insert_unique(spread(hash), (hash, place), |(hash, _)| spread(*hash));
        self.push(NumberedSpan {
            id: mark.id,
            name: mark.name,
            host: mark.host,
            span: Span::of_kind(mark.told.kind),
        });
        self.remember(hash, place);
        (place, true)
    }

    /// Small timelines are in the caches as a whole.
    fn remember(&mut self, hash: u32, place: SpanPlace) {
        if self.recent.is_empty() && self.pieces.len() > RECENT / PIECE {
            self.recent.resize(RECENT, place);
        }
        if let Some(recent) = self.recent.get_mut(recent_index(hash)) {
            *recent = place;
        }
    }

    pub(super) fn get(&self, place: SpanPlace) -> &NumberedSpan {
        &self.pieces[place.piece()][place.within()]
    }

    pub(super) fn span_mut(&mut self, place: SpanPlace) -> &mut Span {
        &mut self.pieces[place.piece()][place.within()].span
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &NumberedSpan> {
        self.pieces.iter().flatten()
    }

    /// Bytes of memory, without the spans' details.
    pub(super) fn bytes(&self) -> usize {
        let last = self.pieces.last().map_or(0, Vec::capacity);
        let spans = self.pieces.len().saturating_sub(1) * PIECE + last;
        let recent = self.recent.len() * size_of::<SpanPlace>();
        spans * size_of::<NumberedSpan>() + self.places.allocation_size() + recent
    }

    fn push(&mut self, span: NumberedSpan) {
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(span),
            // The first piece grows with the timeline: most timelines are small.
            None => self.pieces.push(vec![span]),
            Some(_) => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(span);
                self.pieces.push(piece);
            }
        }
        self.count += 1;
    }

    /// Half of a hash is enough to tell events apart, and saves four bytes of each.
    fn hash(&self, key: &Key) -> u32 {
        let hash = self.hasher.hash_one((key.name, key.host, key.id, key.is_point));
        u32::try_from(hash >> 32).unwrap_or(0)
    }
}

impl SpanPlace {
    fn piece(self) -> usize {
        (self.0 >> PIECE_BITS) as usize
    }

    fn within(self) -> usize {
        self.0 as usize % PIECE
    }
}

fn recent_index(hash: u32) -> usize {
    hash as usize % RECENT
}

/// The table takes the place from the lowest bits and what it compares first from the highest ones.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
