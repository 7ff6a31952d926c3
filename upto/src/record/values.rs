//! Attributes' values in words, whose keys the node knows.
//!
//! The first word has four bits for each value, the first value lowest: its type. A text is its length in bytes and
//! then its bytes, the others are one word.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::value::Value;
use crate::wire;

/// Values of one record at most.
const VALUES: usize = 16;
const WORD_BYTES: usize = size_of::<u64>();
/// Words of a record without its header at most, an odd number: few, as they are cleared for each record. There is
/// room for a text of the greatest length, and some numbers.
const WORDS: usize = 47;

const BOOL: u64 = 1;
const INT: u64 = 2;
const UINT: u64 = 3;
const FLOAT: u64 = 4;
const TEXT: u64 = 5;
/// A text that is only the beginning of what was to be said.
const CUT: u64 = 6;

/// Values on their way into a record.
#[derive(Debug)]
pub(crate) struct Values {
    /// Time and types, then the values.
    words: [u64; WORDS],
    length: usize,
}

impl Values {
    /// The words of `values`; `None`: they are too many for a record.
    pub(crate) fn of(time: u64, values: &[Value]) -> Option<Self> {
        if values.len() > VALUES {
            return None;
        }
        let mut all = Values { words: [0; WORDS], length: 2 };
        all.words[0] = time;
        for (place, value) in values.iter().enumerate() {
            let kind = all.add(value)?;
            all.words[1] |= kind << (4 * place);
        }
        Some(all)
    }

    /// What goes behind the header: an odd number of words.
    pub(crate) fn words(&self) -> &[u64] {
        let odd = self.length | 1;
        &self.words[..odd.min(WORDS)]
    }

    fn add(&mut self, value: &Value) -> Option<u64> {
        if let wire::Value::Text(text) = value.as_wire() {
            return self.push_text(text).map(|()| if value.is_cut() { CUT } else { TEXT });
        }
        let (kind, word) = scalar(value)?;
        self.push(word).map(|()| kind)
    }

    fn push_text(&mut self, text: &str) -> Option<()> {
        self.push(text.len() as u64)?;
        for part in text.as_bytes().chunks(WORD_BYTES) {
            let mut bytes = [0; WORD_BYTES];
            bytes[..part.len()].copy_from_slice(part);
            self.push(u64::from_le_bytes(bytes))?;
        }
        Some(())
    }

    fn push(&mut self, word: u64) -> Option<()> {
        *self.words.get_mut(self.length)? = word;
        self.length += 1;
        Some(())
    }
}

/// The type and the word of a value that is one word.
#[inline(always)]
pub(crate) fn scalar(value: &Value) -> Option<(u64, u64)> {
    match value {
        Value::Bool(value) => Some((BOOL, u64::from(*value))),
        Value::Int(value) => Some((INT, u64::from_ne_bytes(value.to_ne_bytes()))),
        Value::Uint(value) => Some((UINT, *value)),
        Value::Float(value) => Some((FLOAT, value.to_bits())),
        Value::Text(_) | Value::Cut(_) => None,
    }
}

/// Reads the `count` values that [`Values::of`] made of `words`; texts are borrowed from `scratch`. True: of some
/// text there is only the beginning.
pub(crate) fn read_values<'s>(
    words: &[AtomicU64],
    count: usize,
    scratch: &'s mut Vec<u8>,
    mut each: impl FnMut(usize, wire::Value<'s>),
) -> bool {
    let mut words = words.iter().map(|word| word.load(Ordering::Relaxed));
    let types = words.next().unwrap_or(0);
    scratch.clear();
    let mut read: [Read; VALUES] = [Read::None; VALUES];
    let mut is_cut = false;
    for (place, slot) in read.iter_mut().enumerate().take(count) {
        let kind = types >> (4 * place) & 0xf;
        is_cut |= kind == CUT;
        *slot = read_value(kind, &mut words, scratch);
    }
    let scratch = &*scratch;
    for (place, value) in read.iter().enumerate().take(count) {
        if let Some(value) = value.value(scratch) {
            each(place, value);
        }
    }
    is_cut
}

/// A value as it was read; a text is a range of the scratch memory, which may move while others are added.
#[derive(Clone, Copy)]
enum Read {
    None,
    Value(wire::Value<'static>),
    Text(usize, usize),
}

impl Read {
    fn value<'s>(&self, scratch: &'s [u8]) -> Option<wire::Value<'s>> {
        match self {
            Read::None => None,
            Read::Value(value) => Some(*value),
            Read::Text(from, to) => std::str::from_utf8(scratch.get(*from..*to)?).ok().map(wire::Value::Text),
        }
    }
}

fn read_value(kind: u64, words: &mut impl Iterator<Item = u64>, scratch: &mut Vec<u8>) -> Read {
    let Some(word) = words.next() else { return Read::None };
    match kind {
        BOOL => Read::Value(wire::Value::Bool(word != 0)),
        INT => Read::Value(wire::Value::Int(i64::from_ne_bytes(word.to_ne_bytes()))),
        UINT => Read::Value(wire::Value::from(word)),
        FLOAT => Read::Value(wire::Value::Float(f64::from_bits(word))),
        TEXT | CUT => {
            let (from, length) = (scratch.len(), usize::try_from(word).unwrap_or(0));
            let parts = words.take(length.div_ceil(WORD_BYTES));
            parts.for_each(|word| scratch.extend_from_slice(&word.to_le_bytes()));
            scratch.truncate(from + length);
            Read::Text(from, scratch.len())
        }
        _ => Read::None,
    }
}
