//! A mark as an element of a set: everything that it said decides whether it is the same one.

use upto::wire::{Status, Value};

use super::super::placed::{Stamp, Told};
use super::super::span::Span;
use super::super::texts::Text;
use crate::timeline::{AttributeValue, MarkKind};

/// A start or an end. There may be millions, so it is small: what few have lies elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LooseMark {
    pub(super) time: i64,
    /// None: it is a start, of an event that is well, and nothing more is told.
    flags: u8,
    /// 0 if that is not told.
    started: i64,
    parent: u64,
    details: Option<Box<Details>>,
}

const END: u8 = 1;
const STARTED: u8 = 2;
const TRUNCATED: u8 = 4;
/// Its times are by the clock of a session.
const STAMPED: u8 = 8;
const STATUS_SHIFT: u8 = 4;

/// What most marks do not have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Details {
    text: Box<str>,
    /// In their order, each once.
    attributes: Vec<(Text, AttributeValue)>,
}

impl LooseMark {
    pub(super) fn of(told: &Told<'_>) -> Self {
        let Told { time, kind, started, status, parent, truncated, stamp, .. } = *told;
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = flag(kind == MarkKind::End, END)
            | flag(started.is_some(), STARTED)
            | flag(truncated, TRUNCATED)
            | flag(stamp == Stamp::Session, STAMPED)
            | status.number() << STATUS_SHIFT;
        LooseMark { time, flags, started: started.unwrap_or(0), parent, details: Details::of(told) }
    }

    /// A start that says nothing more: of all marks of this time and stamp the least one.
    pub(super) fn start_at(time: i64, stamp: Stamp) -> Self {
        let flags = if stamp == Stamp::Session { STAMPED } else { 0 };
        LooseMark { time, flags, started: 0, parent: 0, details: None }
    }

    pub(super) fn is_start(&self) -> bool {
        !self.has(END)
    }

    /// Tells the event that it is part of what it says.
    pub(super) fn absorbed_by(&self, span: &mut Span) {
        let LooseMark { time, parent, .. } = *self;
        let details = self.details.as_deref();
        let attributes: Vec<(Text, Value<'_>)> = details
            .into_iter()
            .flat_map(|details| &details.attributes)
            .map(|(key, value)| (*key, value.as_value()))
            .collect();
        let kind = if self.is_start() { MarkKind::Start } else { MarkKind::End };
        let started = self.has(STARTED).then_some(self.started);
        let status = Status::from_number(u64::from(self.flags >> STATUS_SHIFT)).unwrap_or_default();
        let (truncated, text) = (self.has(TRUNCATED), details.map_or("", |details| &details.text));
        let stamp = if self.has(STAMPED) { Stamp::Session } else { Stamp::Unknown };
        let attributes = &*attributes;
        span.absorb(&Told { kind, parent, time, started, status, text, attributes, truncated, stamp });
    }

    /// The same in terms of another fold, whose texts are `text`.
    pub(super) fn with_texts(&self, text: impl Fn(Text) -> Text) -> Self {
        let details = self.details.as_deref().map(|details| {
            let mut attributes: Vec<_> =
                details.attributes.iter().map(|(key, value)| (text(*key), value.clone())).collect();
            attributes.sort_unstable();
            Box::new(Details { text: details.text.clone(), attributes })
        });
        LooseMark { details, ..*self }
    }

    /// Bytes of memory, estimated: twice, once as a mark, once in the event that it is part of.
    pub(super) fn bytes(&self) -> usize {
        let details = |details: &Details| {
            size_of::<Details>()
                + details.text.len()
                + details.attributes.len() * size_of::<(Text, AttributeValue)>()
        };
        2 * (size_of::<LooseMark>() + self.details.as_deref().map_or(0, details))
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl Details {
    fn of(told: &Told<'_>) -> Option<Box<Self>> {
        if told.text.is_empty() && told.attributes.is_empty() {
            return None;
        }
        let mut attributes: Vec<_> =
            told.attributes.iter().map(|(key, value)| (*key, AttributeValue::from(*value))).collect();
        attributes.sort_unstable();
        attributes.dedup();
        Some(Box::new(Details { text: told.text.into(), attributes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_small_and_the_plainest_start_comes_first() {
        assert_eq!(size_of::<LooseMark>(), 40);
        let plain = LooseMark::start_at(5, Stamp::Unknown);
        for flags in [END, STARTED, TRUNCATED, STAMPED, 1 << STATUS_SHIFT] {
            assert!(plain < LooseMark { flags, started: i64::MIN, ..plain.clone() });
        }
        assert!(plain < LooseMark { parent: 1, ..plain.clone() });
    }
}
