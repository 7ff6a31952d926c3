//! Values of attributes, owned.

use std::any::Any;
use std::borrow::Cow;
use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::wire;

/// Bytes of a text attribute that are kept; what is longer is cut between characters.
pub(crate) const TEXT_BYTES: usize = 256;

/// What is said instead of a text whose `Display` or `Debug` panics.
const PANICKED: &str = "<panicked while being formatted>";

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that an `i64` can't hold.
    Uint(u64),
    /// A floating-point number.
    Float(f64),
    /// A text. Of one that has more than 256 bytes, only the beginning is sent, and the event is marked as truncated.
    Text(Cow<'static, str>),
    /// The beginning, of at most 256 bytes, of a text that has more. An event with one is marked as truncated.
    Cut(Cow<'static, str>),
}

impl Value {
    /// The same value as the wire format has it: texts are cut.
    #[must_use]
    pub fn as_wire(&self) -> wire::Value<'_> {
        match self {
            Value::Bool(value) => wire::Value::Bool(*value),
            Value::Int(value) => wire::Value::Int(*value),
            Value::Uint(value) => wire::Value::from(*value),
            Value::Float(value) => wire::Value::Float(*value),
            Value::Text(text) | Value::Cut(text) => wire::Value::Text(prefix(text, TEXT_BYTES)),
        }
    }

    /// The same value, without memory for more than is sent.
    #[cfg(feature = "enabled")]
    pub(crate) fn without_spare(self) -> Self {
        match self {
            Value::Text(Cow::Owned(text)) if text.capacity() > TEXT_BYTES => Value::from(text.as_str()),
            Value::Cut(Cow::Owned(text)) if text.capacity() > TEXT_BYTES => {
                Value::Cut(prefix(&text, TEXT_BYTES).to_owned().into())
            }
            other => other,
        }
    }

    /// True if it is only the beginning of what was to be said.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        match self {
            Value::Cut(_) => true,
            Value::Text(text) => text.len() > TEXT_BYTES,
            _ => false,
        }
    }
}

/// A value from what it shows to people (`Display`). Formatting stops at 256 bytes, what is longer is cut there.
///
/// While nothing is sent, nothing is formatted, and the value is an empty text. Should formatting panic, the value says
/// just that.
pub fn display(value: impl fmt::Display) -> Value {
    if is_wanted() { shown(value) } else { Value::Text(Cow::Borrowed("")) }
}

/// A value from what it shows to programmers (`Debug`), likewise.
pub fn debug(value: impl fmt::Debug) -> Value {
    if is_wanted() { captured(format_args!("{value:?}")).into() } else { Value::Text(Cow::Borrowed("")) }
}

#[cfg(feature = "enabled")]
#[inline]
fn is_wanted() -> bool {
    crate::client::is_active()
}

#[cfg(not(feature = "enabled"))]
#[inline]
fn is_wanted() -> bool {
    false
}

fn shown(value: impl fmt::Display) -> Value {
    captured(format_args!("{value}")).into()
}

/// Escapes dots and backslashes, so that `segment` is one segment of an event's path.
///
/// ```
/// assert_eq!(upto::escape("v1.2"), r"v1\.2");
/// ```
#[must_use]
pub fn escape(segment: &str) -> Cow<'_, str> {
    if !segment.contains(['.', '\\']) {
        return Cow::Borrowed(segment);
    }
    Cow::Owned(segment.replace('\\', r"\\").replace('.', r"\."))
}

/// Whether a name ends in a backslash that escapes nothing. It would escape the dot behind it, and what is below would be in
/// the same segment: in the path, it is written as an escaped one.
#[cfg(feature = "enabled")]
pub(crate) fn ends_in_escape(name: &str) -> bool {
    let backslashes = name.bytes().rev().take_while(|byte| *byte == b'\\').count();
    backslashes % 2 == 1
}

/// Formats into at most [`TEXT_BYTES`].
pub(crate) fn captured(arguments: fmt::Arguments<'_>) -> Captured {
    captured_within(TEXT_BYTES, arguments)
}

/// Formats into at most `bytes`; formatting stops as soon as they are full. What panics while it is formatted is
/// not to take the caller with it, who would have been fine without us.
pub(crate) fn captured_within(bytes: usize, arguments: fmt::Arguments<'_>) -> Captured {
    let mut within = Within { bytes, captured: Captured::default() };
    // An error only says that the text is full, or that a `Display` gave up.
    match guarded(|| within.write_fmt(arguments)) {
        Some(_) => within.captured,
        None => Captured { text: PANICKED.to_owned(), is_cut: false },
    }
}

/// Runs what runs code of the host, which may panic; `None`: it has.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(forget).ok()
}

/// The payload may be the host's own, whose destructor panics. Then so may what that panics with, which is left alone.
#[cold]
fn forget(payload: Box<dyn Any + Send>) {
    if let Err(next) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(next);
    }
}

/// What was formatted, as far as there was room.
#[derive(Debug, Default)]
pub(crate) struct Captured {
    pub(crate) text: String,
    pub(crate) is_cut: bool,
}

/// What is formatted, and how many bytes of it are kept.
struct Within {
    bytes: usize,
    captured: Captured,
}

impl Write for Within {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let Captured { text, is_cut } = &mut self.captured;
        let room = if *is_cut { 0 } else { self.bytes - text.len() };
        let kept = prefix(part, room);
        text.push_str(kept);
        *is_cut |= kept.len() < part.len();
        if *is_cut { Err(fmt::Error) } else { Ok(()) }
    }
}

/// The longest beginning of `text` within `bytes`, cut between characters.
fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<Captured> for Value {
    fn from(captured: Captured) -> Self {
        let Captured { text, is_cut } = captured;
        if is_cut { Value::Cut(text.into()) } else { Value::Text(text.into()) }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        let kept = prefix(text, TEXT_BYTES);
        Captured { text: kept.to_owned(), is_cut: kept.len() < text.len() }.into()
    }
}

impl From<String> for Value {
    fn from(mut text: String) -> Self {
        let (kept, all) = (prefix(&text, TEXT_BYTES).len(), text.len());
        text.truncate(kept);
        Captured { text, is_cut: kept < all }.into()
    }
}

impl From<wire::Value<'_>> for Value {
    fn from(value: wire::Value<'_>) -> Self {
        match value {
            wire::Value::Bool(value) => Value::Bool(value),
            wire::Value::Int(value) => Value::Int(value),
            wire::Value::Uint(value) => Value::from(value),
            wire::Value::Float(value) => Value::Float(value),
            wire::Value::Text(text) => Value::Text(text.to_owned().into()),
        }
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::from(text.as_str())
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Value::from(text),
            Cow::Owned(text) => Value::from(text),
        }
    }
}

impl From<&Cow<'_, str>> for Value {
    fn from(text: &Cow<'_, str>) -> Self {
        Value::from(text.as_ref())
    }
}

impl From<&Value> for Value {
    fn from(value: &Value) -> Self {
        value.clone()
    }
}

impl From<char> for Value {
    fn from(value: char) -> Self {
        Value::Text(value.to_string().into())
    }
}

impl From<&&str> for Value {
    fn from(text: &&str) -> Self {
        Value::from(*text)
    }
}

impl From<&&String> for Value {
    fn from(text: &&String) -> Self {
        Value::from(text.as_str())
    }
}

/// `scope!` borrows what it records, which may be references already.
macro_rules! from_references {
    ($($scalar:ty),* $(,)?) => {
        $(impl From<&$scalar> for Value {
            fn from(value: &$scalar) -> Self {
                Value::from(*value)
            }
        }

        impl From<&&$scalar> for Value {
            fn from(value: &&$scalar) -> Self {
                Value::from(**value)
            }
        }

        impl From<&&mut $scalar> for Value {
            fn from(value: &&mut $scalar) -> Self {
                Value::from(**value)
            }
        })*
    };
}

from_references!(bool, char, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64);

macro_rules! from_numbers {
    ($($number:ty => $as:ident via $wide:ty),* $(,)?) => {
        $(impl From<$number> for Value {
            fn from(value: $number) -> Self {
                Value::$as(<$wide>::from(value))
            }
        })*
    };
}

from_numbers!(
    i8 => Int via i64, i16 => Int via i64, i32 => Int via i64, i64 => Int via i64,
    u8 => Int via i64, u16 => Int via i64, u32 => Int via i64, f32 => Float via f64, f64 => Float via f64,
);

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Value::Uint(value), Value::Int)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        u64::try_from(value).map_or_else(|_| shown(value), Value::from)
    }
}

impl From<isize> for Value {
    fn from(value: isize) -> Self {
        i64::try_from(value).map_or_else(|_| shown(value), Value::Int)
    }
}

impl From<u128> for Value {
    fn from(value: u128) -> Self {
        u64::try_from(value).map_or_else(|_| shown(value), Value::from)
    }
}

impl From<i128> for Value {
    fn from(value: i128) -> Self {
        i64::try_from(value).map_or_else(|_| shown(value), Value::Int)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        let long = "é".repeat(200);
        for value in [
            Value::from(long.as_str()),
            Value::from(long.clone()),
            shown(&long),
            captured(format_args!("{long:?}")).into(),
        ] {
            assert!(value.is_cut());
            let Value::Cut(text) = value else { panic!("{value:?} is not cut") };
            assert!(text.len() <= TEXT_BYTES && text.len() > TEXT_BYTES - 4, "{}", text.len());
        }
    }

    #[test]
    fn a_text_that_fits_just_so_is_not_cut() {
        let text = "x".repeat(TEXT_BYTES);
        let whole = Value::Text(text.clone().into());
        for value in [Value::from(text.as_str()), Value::from(text.clone()), shown(&text)] {
            assert_eq!((&value, value.is_cut()), (&whole, false));
        }
    }

    #[test]
    fn a_text_that_nobody_has_cut_is_cut_on_the_wire() {
        let value = Value::Text("x".repeat(1_000).into());
        assert!(value.is_cut());
        assert_eq!(value.as_wire(), wire::Value::Text(&"x".repeat(TEXT_BYTES)));
    }

    #[test]
    fn numbers_keep_their_value() {
        assert_eq!(Value::from(u64::MAX), Value::Uint(u64::MAX));
        assert_eq!(Value::from(7_usize), Value::Int(7));
        assert_eq!(Value::from(-7_i128), Value::Int(-7));
        assert_eq!(Value::from(u128::MAX), shown(u128::MAX));
    }

    #[test]
    fn references_are_as_good_as_values() {
        let (number, text, owned) = (7_u16, "text", "owned".to_owned());
        assert_eq!(Value::from(&&number), Value::Int(7));
        assert_eq!(Value::from(&&mut { number }), Value::Int(7));
        assert_eq!(Value::from(&text), Value::from(text));
        assert_eq!(Value::from(&&owned), Value::from(owned.as_str()));
        assert_eq!(Value::from(&Value::Bool(true)), Value::Bool(true));
        assert_eq!(Value::from(&Cow::from("text")), Value::from(Cow::from("text".to_owned())));
    }

    #[test]
    fn escaping_makes_one_segment() {
        assert_eq!(escape("plain"), "plain");
        assert_eq!(escape(r"a.b\c"), r"a\.b\\c");
    }
}
