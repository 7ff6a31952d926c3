//! Messages whose texts may be their own: what formats that are not upto's become before they are a batch.

use std::borrow::Cow;
use std::ops::Range;

use upto::wire::{Batch, Kind, Message, Reason, Status, Value, limits};

/// Bytes of the attributes of one draft.
const ATTRIBUTE_BYTES: usize = 48 * 1024;
/// Bytes of the text of one draft, and of the value of one attribute.
pub(crate) const TEXT_BYTES: usize = 16 * 1024;
const _: () = assert!(ATTRIBUTE_BYTES + TEXT_BYTES <= super::CONTENT_BYTES);

/// A message; texts are borrowed where the format has them as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft<'a> {
    pub(crate) kind: Kind,
    pub(crate) context: Cow<'a, str>,
    pub(crate) timeline: Cow<'a, str>,
    pub(crate) name: Cow<'a, str>,
    pub(crate) host: Cow<'a, str>,
    pub(crate) id: u64,
    pub(crate) parent: u64,
    pub(crate) time: i64,
    pub(crate) started: Option<i64>,
    pub(crate) status: Status,
    pub(crate) text: Cow<'a, str>,
    pub(crate) attributes: Attributes<'a>,
}

/// Where everything of a document goes, whatever it says itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination<'a> {
    pub(crate) context: &'a str,
    pub(crate) timeline: &'a str,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DraftValue<'a> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(Cow<'a, str>),
}

/// The attributes of a draft, as many as a message may have. What is left out is noted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Attributes<'a> {
    items: Vec<(Cow<'a, str>, DraftValue<'a>)>,
    bytes: usize,
    is_truncated: bool,
}

impl<'a> Draft<'a> {
    /// When it was: an instant, or what of a start and an end is known. False, and nothing is changed, if neither is.
    pub(crate) fn set_times(&mut self, start: Option<i64>, end: Option<i64>, is_point: bool) -> bool {
        let (kind, time, started) = match (start, end) {
            (None, None) => return false,
            (Some(time), _) | (None, Some(time)) if is_point => (Kind::Point, time, None),
            (Some(start), None) => (Kind::Start, start, None),
            (start, Some(end)) => (Kind::End, end, start),
        };
        (self.kind, self.time, self.started) = (kind, time, started);
        true
    }

    /// Gives it a text, cut where it is too long.
    pub(crate) fn set_text(&mut self, text: Cow<'a, str>) {
        let (text, is_cut) = cut(text);
        self.text = text;
        self.attributes.is_truncated |= is_cut;
    }

    /// Why no message can be made of it, for people.
    pub(crate) fn fault(&self) -> Option<String> {
        let (field, reason) = self.message(0..0).fault()?;
        Some(match reason {
            Reason::NameTooLong => format!("its {field} is over {} bytes", limits::NAME_BYTES),
            _ => format!("it has no {field}"),
        })
    }

    fn message(&self, attributes: Range<u32>) -> Message<'_> {
        Message {
            kind: self.kind,
            context: &self.context,
            timeline: &self.timeline,
            name: &self.name,
            host: &self.host,
            id: self.id,
            parent: self.parent,
            time: Some(self.time),
            started: self.started,
            status: self.status,
            text: &self.text,
            attributes,
            auto_ip: false,
            truncated: self.attributes.is_truncated,
        }
    }
}

impl<'a> Attributes<'a> {
    /// Adds one; a long text is cut. What there is no room for is left out.
    pub(crate) fn add(&mut self, key: impl Into<Cow<'a, str>>, value: DraftValue<'a>) {
        let (key, (value, is_cut)) = (key.into(), value.cut());
        let bytes = key.len() + value.bytes();
        let fits = !self.is_full() && key.len() <= limits::KEY_BYTES && self.bytes + bytes <= ATTRIBUTE_BYTES;
        self.is_truncated |= is_cut || !fits;
        if fits {
            self.bytes += bytes;
            self.items.push((key, value));
        }
    }

    /// Adds all of those.
    pub(crate) fn extend(&mut self, others: &Attributes<'a>) {
        self.is_truncated |= others.is_truncated;
        others.items.iter().for_each(|(key, value)| self.add(key.clone(), value.clone()));
    }

    /// Takes out the one with this key.
    pub(crate) fn remove(&mut self, key: &str) -> Option<DraftValue<'a>> {
        let place = self.items.iter().position(|(own, _)| own == key)?;
        Some(self.items.remove(place).1)
    }

    /// Whether there is no room for any more.
    pub(crate) fn is_full(&self) -> bool {
        self.items.len() >= limits::ATTRIBUTES
    }

    /// Notes that something was left out, if that is so.
    pub(crate) fn note_truncated(&mut self, is_truncated: bool) {
        self.is_truncated |= is_truncated;
    }
}

impl<'a> DraftValue<'a> {
    fn cut(self) -> (Self, bool) {
        match self {
            DraftValue::Text(text) => {
                let (text, is_cut) = cut(text);
                (DraftValue::Text(text), is_cut)
            }
            other => (other, false),
        }
    }

    fn bytes(&self) -> usize {
        if let DraftValue::Text(text) = self { text.len() } else { size_of::<u64>() }
    }

    fn as_wire(&self) -> Value<'_> {
        match self {
            DraftValue::Bool(value) => Value::Bool(*value),
            DraftValue::Int(value) => Value::Int(*value),
            DraftValue::Uint(value) => Value::from(*value),
            DraftValue::Float(value) => Value::Float(*value),
            DraftValue::Text(value) => Value::Text(value),
        }
    }

    /// The text that it is, if it is one.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        if let DraftValue::Text(text) = self { Some(text) } else { None }
    }
}

fn cut(text: Cow<'_, str>) -> (Cow<'_, str>, bool) {
    if text.len() <= TEXT_BYTES {
        return (text, false);
    }
    let end = (0..=TEXT_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or_default()),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    };
    (text, true)
}

/// The drafts as every way in has its messages.
pub(crate) fn batch<'d>(drafts: &'d [Draft<'_>]) -> Batch<'d> {
    let mut batch = Batch::default();
    let index = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    for draft in drafts {
        let first = index(batch.attributes.len());
        let attributes = draft.attributes.items.iter();
        batch.attributes.extend(attributes.map(|(key, value)| (key.as_ref(), value.as_wire())));
        batch.messages.push(draft.message(first..index(batch.attributes.len())));
    }
    batch
}

/// A name as one segment of a path: its dots do not become levels.
pub(crate) fn segment(name: Cow<'_, str>) -> Cow<'_, str> {
    if !name.contains(['.', '\\']) {
        return name;
    }
    Cow::Owned(name.replace('\\', r"\\").replace('.', r"\."))
}

/// An id that is the same whenever it is made of the same numbers, and never 0: for what has none of its own.
pub(crate) fn derived_id(parts: &[u64]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, part: &u64| {
        let hash = (hash ^ part).wrapping_add(MULTIPLIER);
        let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    };
    parts.iter().fold(MULTIPLIER, mix).max(1)
}

/// The numbers of a text, for [`derived_id`].
pub(crate) fn parts_of(text: &str) -> impl Iterator<Item = u64> + '_ {
    let part = |bytes: &[u8]| bytes.iter().fold(1, |part: u64, byte| (part << 8) | u64::from(*byte));
    text.as_bytes().chunks(7).map(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out_and_said() {
        let mut draft = Draft { name: "n".into(), context: "c".into(), ..Draft::default() };
        draft.set_text("ä".repeat(TEXT_BYTES).into());
        assert_eq!((draft.text.len(), draft.attributes.is_truncated), (TEXT_BYTES, true));
        let mut attributes = Attributes::default();
        for number in 0..1_000 {
            attributes.add(format!("k{number}"), DraftValue::Int(number));
        }
        assert_eq!((attributes.items.len(), attributes.is_truncated), (limits::ATTRIBUTES, true));
        let mut long = Attributes::default();
        long.add("k".repeat(limits::KEY_BYTES + 1), DraftValue::Bool(true));
        assert_eq!((long.items.len(), long.is_truncated), (0, true));
        for key in ["a", "b", "c", "d"] {
            long.add(key, DraftValue::Text("x".repeat(TEXT_BYTES).into()));
        }
        assert_eq!(long.items.len(), 2, "a third one of that length is too much");
    }

    #[test]
    fn times_make_the_kind() {
        let kind = |start, end, is_point| {
            let mut draft = Draft::default();
            draft.set_times(start, end, is_point).then_some((draft.kind, draft.time, draft.started))
        };
        assert_eq!(kind(Some(1), Some(2), false), Some((Kind::End, 2, Some(1))));
        assert_eq!(kind(None, Some(2), false), Some((Kind::End, 2, None)));
        assert_eq!(kind(Some(1), None, false), Some((Kind::Start, 1, None)));
        assert_eq!(kind(Some(1), Some(1), true), Some((Kind::Point, 1, None)));
        assert_eq!(kind(None, None, true), None);
    }

    #[test]
    fn a_segment_has_no_levels() {
        for name in ["GET /a.b", r"C:\x.y", "plain", ""] {
            let escaped = segment(name.into());
            assert_eq!(crate::timeline::path::separators(&escaped).count(), 0, "{escaped}");
            assert_eq!(crate::timeline::path::unescape(&escaped), name);
        }
    }

    #[test]
    fn derived_ids_tell_apart_and_are_never_none() {
        assert_ne!(derived_id(&[1, 2]), derived_id(&[2, 1]));
        assert_eq!(derived_id(&[7, 9]), derived_id(&[7, 9]));
        assert_ne!(derived_id(&[]), 0);
    }
}
