//! Looking at the events of a fold without copying them.

use super::super::event::{Event, State};
use super::super::skew::Skew;
use super::super::table::Row;
use super::span::Span;
use super::texts::Text;
use super::{Fold, corrected};

/// An event of a fold that is looked at: what most questions need, and the rest on demand.
#[derive(Clone, Copy)]
pub(crate) struct Glimpse<'f> {
    fold: &'f Fold,
    skew: &'f Skew,
    key: (Text, Text, u64),
    span: &'f Span,
    start: Option<i64>,
    end: Option<i64>,
}

impl<'f> Glimpse<'f> {
    /// Where the event's name is among the fold's texts.
    pub(crate) fn name_text(&self) -> Text {
        self.key.0
    }

    /// Where its host is among them.
    pub(crate) fn host_text(&self) -> Text {
        self.key.1
    }

    /// The event's path.
    pub(crate) fn name(&self) -> &'f str {
        self.fold.texts.text(self.key.0)
    }

    /// Where it ran; empty: not given.
    pub(crate) fn host(&self) -> &'f str {
        self.fold.texts.text(self.key.1)
    }

    /// As [`Event::first`].
    pub(crate) fn first(&self) -> i64 {
        self.start.or(self.end).unwrap_or_default()
    }

    /// As [`Event::last`].
    pub(crate) fn last(&self) -> i64 {
        self.end.or(self.start).unwrap_or_default()
    }

    /// As [`Event::duration`].
    pub(crate) fn duration(&self) -> Option<i64> {
        Some(self.end?.saturating_sub(self.start?).max(0))
    }

    pub(crate) fn state(&self) -> State {
        self.span.state()
    }

    /// The row of a table in which name and host have these numbers.
    pub(crate) fn row(&self, name: u32, host: u32) -> Row {
        let (start, end, state) = (self.start, self.end, self.state());
        Row { name, host, id: self.key.2, parent: self.span.parent(), start, end, state }
    }

    /// All of it.
    pub(crate) fn to_event(self) -> Event {
        self.fold.event(self.key, self.span, self.skew)
    }
}

impl Fold {
    /// Every event, in no order, with the times that `skew` makes of them.
    pub(crate) fn glimpses<'f>(&'f self, skew: &'f Skew) -> impl Iterator<Item = Glimpse<'f>> {
        self.spans().map(move |(key, span)| {
            let (start, end) = corrected::times(span, self.texts.text(key.1), skew);
            Glimpse { fold: self, skew, key, span, start, end }
        })
    }
}
