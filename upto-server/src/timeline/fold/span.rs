//! One event while it is being folded.

use upto::wire::Status;

use super::super::event::{AttributeValue, State, state_of};
use super::super::mark::{Mark, MarkKind};
use super::texts::{Text, Texts};

/// Everything that merges. `is_point` is part of the event's identity and never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) is_point: bool,
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) status: Status,
    pub(super) parent: u64,
    pub(super) truncated: bool,
    details: Option<Box<Details>>,
}

/// What most events do not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Details {
    text: Option<(i64, Box<str>)>,
    attributes: Vec<Attribute>,
    bytes: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Attribute {
    key: Text,
    time: i64,
    value: AttributeValue,
}

impl Span {
    pub(super) fn of_kind(kind: MarkKind) -> Self {
        Span { is_point: kind == MarkKind::Point, ..Span::default() }
    }

    /// Takes what a mark tells; true if that changed something.
    pub(super) fn absorb(&mut self, mark: &Mark<'_>, texts: &mut Texts) -> bool {
        let before = (self.start, self.end, self.status, self.parent, self.truncated);
        self.absorb_times(mark);
        self.status = self.status.max(mark.status);
        self.parent = self.parent.max(mark.parent);
        self.truncated |= mark.truncated;
        let after = (self.start, self.end, self.status, self.parent, self.truncated);
        self.absorb_details(mark, texts) || before != after
    }

    pub(super) fn state(&self) -> State {
        if self.is_point { State::Point } else { state_of(self.start, self.end, self.status) }
    }

    pub(super) fn text(&self) -> &str {
        self.details.as_ref().and_then(|details| details.text.as_ref()).map_or("", |(_, text)| text)
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = (Text, &AttributeValue)> {
        let attributes = self.details.iter().flat_map(|details| &details.attributes);
        attributes.map(|attribute| (attribute.key, &attribute.value))
    }

    /// Bytes of memory, with a hash map's share for the entry.
    pub(super) fn bytes(&self) -> usize {
        let details = self.details.as_ref().map_or(0, |details| size_of::<Details>() + details.bytes);
        size_of::<(Text, Text, u64, Span)>() * 8 / 7 + 1 + details
    }

    fn absorb_times(&mut self, mark: &Mark<'_>) {
        match mark.kind {
            MarkKind::Start => self.begin(mark.time),
            MarkKind::End => self.end = self.end.max(Some(mark.time)),
            // A point that is told twice with different times is where it was first.
            MarkKind::Point => {
                self.begin(mark.time);
                self.end = self.start;
            }
        }
        mark.started.into_iter().for_each(|started| self.begin(started));
    }

    fn begin(&mut self, time: i64) {
        self.start = Some(self.start.map_or(time, |start| start.min(time)));
    }

    fn absorb_details(&mut self, mark: &Mark<'_>, texts: &mut Texts) -> bool {
        if mark.text.is_empty() && mark.attributes.is_empty() {
            return false;
        }
        let details = self.details.get_or_insert_default();
        let mut changed = details.absorb_text(mark.time, mark.text);
        for (key, value) in mark.attributes {
            changed |= details.absorb_attribute(texts.intern(key), mark.time, (*value).into());
        }
        if changed {
            details.count_bytes();
        }
        changed
    }
}

impl Details {
    fn absorb_text(&mut self, time: i64, text: &str) -> bool {
        let known = self.text.as_ref().map(|(time, text)| (*time, text.as_ref()));
        let wins = !text.is_empty() && known.is_none_or(|known| (time, text) > known);
        if wins {
            self.text = Some((time, text.into()));
        }
        wins
    }

    fn absorb_attribute(&mut self, key: Text, time: i64, value: AttributeValue) -> bool {
        let Some(known) = self.attributes.iter_mut().find(|attribute| attribute.key == key) else {
            self.attributes.push(Attribute { key, time, value });
            return true;
        };
        let wins = (time, &value) > (known.time, &known.value);
        if wins {
            (known.time, known.value) = (time, value);
        }
        wins
    }

    fn count_bytes(&mut self) {
        let texts = self.attributes.iter().map(|attribute| match &attribute.value {
            AttributeValue::Text(text) => text.len(),
            _ => 0,
        });
        let text = self.text.as_ref().map_or(0, |(_, text)| text.len());
        self.bytes = texts.sum::<usize>() + text + self.attributes.capacity() * size_of::<Attribute>();
    }
}
