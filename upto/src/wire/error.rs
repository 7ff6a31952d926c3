//! Why a datagram was refused.

use std::fmt;

/// What is wrong with a datagram, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub reason: Reason,
    /// The field that was being read, by its name in `WIRE.md`; empty outside of fields.
    pub field: &'static str,
    /// Bytes from the datagram's beginning to where reading stopped.
    pub offset: usize,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.reason.sentence())?;
        if !self.field.is_empty() {
            write!(formatter, " in `{}`", self.field)?;
        }
        write!(formatter, " at byte {}", self.offset)
    }
}

impl std::error::Error for DecodeError {}

/// The kinds of mistakes, each with a stable label for counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// No bytes at all.
    Empty,
    /// Neither a map (single message) nor an array (packet).
    NotAMessage,
    /// The bytes end in the middle of a value.
    Truncated,
    /// There are bytes after the end.
    TrailingBytes,
    /// A value of another type than the field has.
    WrongType,
    /// Text that is not UTF-8.
    InvalidText,
    /// A packet of a version that this decoder does not know.
    UnknownVersion,
    /// A message type that this decoder does not know.
    UnknownType,
    /// A status that this decoder does not know.
    UnknownStatus,
    /// A time outside of the years 1678 to 2261.
    TimeOutOfRange,
    /// A reference to a string that the packet has not defined.
    UnknownReference,
    /// A message without a context.
    MissingContext,
    /// A mark without an event name.
    MissingName,
    /// A message without a type.
    MissingType,
    /// A name over [`NAME_BYTES`](super::limits::NAME_BYTES).
    NameTooLong,
    /// An attribute key over [`KEY_BYTES`](super::limits::KEY_BYTES).
    KeyTooLong,
    /// Over [`ATTRIBUTES`](super::limits::ATTRIBUTES) attributes.
    TooManyAttributes,
    /// Over [`RECORDS`](super::limits::RECORDS) records.
    TooManyRecords,
    /// Over [`STRINGS`](super::limits::STRINGS) strings.
    TooManyStrings,
    /// Nested deeper than [`DEPTH`](super::limits::DEPTH).
    TooDeep,
}

impl Reason {
    /// The reason as a label: lower case, words joined by `_`.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.texts().0
    }

    fn sentence(self) -> &'static str {
        self.texts().1
    }

    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Reason::Empty => ("empty", "no bytes"),
            Reason::NotAMessage => ("not_a_message", "neither a map nor an array of MessagePack"),
            Reason::Truncated => ("truncated", "ends in the middle of a value"),
            Reason::TrailingBytes => ("trailing_bytes", "bytes after the end"),
            Reason::WrongType => ("wrong_type", "a value of the wrong type"),
            Reason::InvalidText => ("invalid_text", "text that is not UTF-8"),
            Reason::UnknownVersion => ("unknown_version", "an unknown packet version"),
            Reason::UnknownType => ("unknown_type", "an unknown message type"),
            Reason::UnknownStatus => ("unknown_status", "an unknown status"),
            Reason::TimeOutOfRange => ("time_out_of_range", "a time outside of the years 1678 to 2261"),
            Reason::UnknownReference => ("unknown_reference", "a reference to a string not yet sent"),
            Reason::MissingContext => ("missing_context", "no context"),
            Reason::MissingName => ("missing_name", "no event name"),
            Reason::MissingType => ("missing_type", "no message type"),
            Reason::NameTooLong => ("name_too_long", "a name over 16 KiB"),
            Reason::KeyTooLong => ("key_too_long", "an attribute key over 256 bytes"),
            Reason::TooManyAttributes => ("too_many_attributes", "over 128 attributes"),
            Reason::TooManyRecords => ("too_many_records", "over 16,384 records"),
            Reason::TooManyStrings => ("too_many_strings", "over 4,096 different strings"),
            Reason::TooDeep => ("too_deep", "nested deeper than 8"),
        }
    }
}
