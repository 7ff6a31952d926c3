//! MessagePack read in place: every text is a slice of the datagram.

use rmp::Marker;

use super::error::{DecodeError, Reason};
use super::limits;
use super::message::Value;
use super::time;

type Result<T> = std::result::Result<T, DecodeError>;

/// Reads one datagram from its beginning to its end.
pub(super) struct Reader<'a> {
    /// What is still to be read.
    rest: &'a [u8],
    /// Bytes of the whole datagram.
    length: usize,
    field: &'static str,
}

/// A text, or a number that stands for one.
pub(super) enum TextOrNumber<'a> {
    Text(&'a str),
    Number(u64),
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes, length: bytes.len(), field: "" }
    }

    /// Names what is read from here on, for errors.
    pub(super) fn enter(&mut self, field: &'static str) {
        self.field = field;
    }

    /// The same, for what is read next.
    pub(super) fn at(&mut self, field: &'static str) -> &mut Self {
        self.enter(field);
        self
    }

    pub(super) fn error(&self, reason: Reason) -> DecodeError {
        DecodeError { reason, field: self.field, offset: self.length - self.rest.len() }
    }

    pub(super) fn refuse<T>(&self, reason: Reason) -> Result<T> {
        Err(self.error(reason))
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn map_length(&mut self) -> Result<usize> {
        match self.marker()? {
            Marker::FixMap(length) => Ok(usize::from(length)),
            Marker::Map16 => self.length16(),
            Marker::Map32 => self.length32(),
            _ => self.refuse(Reason::WrongType),
        }
    }

    pub(super) fn array_length(&mut self) -> Result<usize> {
        match self.marker()? {
            Marker::FixArray(length) => Ok(usize::from(length)),
            Marker::Array16 => self.length16(),
            Marker::Array32 => self.length32(),
            _ => self.refuse(Reason::WrongType),
        }
    }

    pub(super) fn text(&mut self) -> Result<&'a str> {
        let marker = self.marker()?;
        self.text_after(marker)
    }

    /// A text of at most [`limits::NAME_BYTES`].
    pub(super) fn name(&mut self) -> Result<&'a str> {
        let name = self.text()?;
        self.check_name(name)
    }

    /// A number below 0 is refused for the reason given.
    pub(super) fn text_or_number(&mut self, negative: Reason) -> Result<TextOrNumber<'a>> {
        let marker = self.marker()?;
        if let Some(number) = self.integer_after(marker)? {
            let number = u64::try_from(number).map_err(|_| self.error(negative))?;
            return Ok(TextOrNumber::Number(number));
        }
        self.text_after(marker).map(TextOrNumber::Text)
    }

    pub(super) fn boolean(&mut self) -> Result<bool> {
        match self.marker()? {
            Marker::True => Ok(true),
            Marker::False => Ok(false),
            _ => self.refuse(Reason::WrongType),
        }
    }

    pub(super) fn unsigned(&mut self) -> Result<u64> {
        match self.marker()? {
            // Nearly all: ids and types within a packet are small.
            Marker::FixPos(number) => Ok(u64::from(number)),
            marker => self.unsigned_after(marker),
        }
    }

    fn unsigned_after(&mut self, marker: Marker) -> Result<u64> {
        let number = self.integer_after(marker)?.and_then(|number| u64::try_from(number).ok());
        number.ok_or_else(|| self.error(Reason::WrongType))
    }

    pub(super) fn signed(&mut self) -> Result<i64> {
        i64::try_from(self.integer()?).map_err(|_| self.error(Reason::TimeOutOfRange))
    }

    /// A number of nanoseconds; nil is "no time given".
    pub(super) fn optional_signed(&mut self) -> Result<Option<i64>> {
        let marker = self.marker()?;
        if marker == Marker::Null {
            return Ok(None);
        }
        let number = self.integer_after(marker)?.ok_or_else(|| self.error(Reason::WrongType))?;
        i64::try_from(number).map(Some).map_err(|_| self.error(Reason::TimeOutOfRange))
    }

    /// A time in any of the three forms; `None` is "no time given".
    pub(super) fn time(&mut self) -> Result<Option<i64>> {
        let marker = self.marker()?;
        if marker == Marker::Null {
            return Ok(None);
        }
        if let Some(number) = self.integer_after(marker)? {
            return i64::try_from(number).map(Some).map_err(|_| self.error(Reason::TimeOutOfRange));
        }
        let Some(length) = self.extension_length(marker)? else {
            return self.refuse(Reason::WrongType);
        };
        let kind = i8::from_be_bytes(self.take_array()?);
        let payload = self.take(length)?;
        time::from_extension(kind, payload).map_err(|reason| self.error(reason))
    }

    /// An attribute's value; nil is "no value".
    pub(super) fn value(&mut self) -> Result<Option<Value<'a>>> {
        let marker = self.marker()?;
        if let Some(number) = self.integer_after(marker)? {
            return self.integer_value(number).map(Some);
        }
        Ok(Some(match marker {
            Marker::Null => return Ok(None),
            Marker::True => Value::Bool(true),
            Marker::False => Value::Bool(false),
            Marker::F32 => Value::Float(f64::from(f32::from_be_bytes(self.take_array()?))),
            Marker::F64 => Value::Float(f64::from_be_bytes(self.take_array()?)),
            _ => Value::Text(self.text_after(marker)?),
        }))
    }

    /// Passes over one value of any type.
    pub(super) fn skip(&mut self) -> Result<()> {
        self.skip_nested(limits::DEPTH)
    }

    fn skip_nested(&mut self, depth: usize) -> Result<()> {
        let marker = self.marker()?;
        let values = match marker {
            Marker::FixMap(length) => 2 * usize::from(length),
            Marker::Map16 => 2 * self.length16()?,
            Marker::Map32 => self.length32()?.saturating_mul(2),
            Marker::FixArray(length) => usize::from(length),
            Marker::Array16 => self.length16()?,
            Marker::Array32 => self.length32()?,
            _ => return self.skip_scalar(marker),
        };
        if depth == 0 {
            return self.refuse(Reason::TooDeep);
        }
        // A claimed length is never trusted: each value needs a byte, so this ends with the datagram.
        (0..values).try_for_each(|_| self.skip_nested(depth - 1))
    }

    fn skip_scalar(&mut self, marker: Marker) -> Result<()> {
        if self.integer_after(marker)?.is_some() {
            return Ok(());
        }
        let length = match marker {
            Marker::Null | Marker::True | Marker::False => 0,
            Marker::F32 => 4,
            Marker::F64 => 8,
            Marker::Bin8 => self.length8()?,
            Marker::Bin16 => self.length16()?,
            Marker::Bin32 => self.length32()?,
            _ => match self.extension_length(marker)? {
                Some(length) => length.saturating_add(1),
                None => return self.text_after(marker).map(drop),
            },
        };
        self.take(length).map(drop)
    }

    fn check_name(&self, name: &'a str) -> Result<&'a str> {
        if name.len() > limits::NAME_BYTES { self.refuse(Reason::NameTooLong) } else { Ok(name) }
    }

    fn integer_value(&self, number: i128) -> Result<Value<'a>> {
        i64::try_from(number)
            .map(Value::Int)
            .or_else(|_| u64::try_from(number).map(Value::Uint))
            .map_err(|_| self.error(Reason::WrongType))
    }

    fn integer(&mut self) -> Result<i128> {
        let marker = self.marker()?;
        self.integer_after(marker)?.ok_or_else(|| self.error(Reason::WrongType))
    }

    fn integer_after(&mut self, marker: Marker) -> Result<Option<i128>> {
        Ok(Some(match marker {
            Marker::FixPos(number) => i128::from(number),
            Marker::FixNeg(number) => i128::from(number),
            Marker::U8 => i128::from(u8::from_be_bytes(self.take_array()?)),
            Marker::U16 => i128::from(u16::from_be_bytes(self.take_array()?)),
            Marker::U32 => i128::from(u32::from_be_bytes(self.take_array()?)),
            Marker::U64 => i128::from(u64::from_be_bytes(self.take_array()?)),
            Marker::I8 => i128::from(i8::from_be_bytes(self.take_array()?)),
            Marker::I16 => i128::from(i16::from_be_bytes(self.take_array()?)),
            Marker::I32 => i128::from(i32::from_be_bytes(self.take_array()?)),
            Marker::I64 => i128::from(i64::from_be_bytes(self.take_array()?)),
            _ => return Ok(None),
        }))
    }

    fn text_after(&mut self, marker: Marker) -> Result<&'a str> {
        let length = match marker {
            Marker::FixStr(length) => usize::from(length),
            Marker::Str8 => self.length8()?,
            Marker::Str16 => self.length16()?,
            Marker::Str32 => self.length32()?,
            _ => return self.refuse(Reason::WrongType),
        };
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| self.error(Reason::InvalidText))
    }

    fn extension_length(&mut self, marker: Marker) -> Result<Option<usize>> {
        Ok(Some(match marker {
            Marker::FixExt1 => 1,
            Marker::FixExt2 => 2,
            Marker::FixExt4 => 4,
            Marker::FixExt8 => 8,
            Marker::FixExt16 => 16,
            Marker::Ext8 => self.length8()?,
            Marker::Ext16 => self.length16()?,
            Marker::Ext32 => self.length32()?,
            _ => return Ok(None),
        }))
    }

    fn length8(&mut self) -> Result<usize> {
        Ok(usize::from(u8::from_be_bytes(self.take_array()?)))
    }

    fn length16(&mut self) -> Result<usize> {
        Ok(usize::from(u16::from_be_bytes(self.take_array()?)))
    }

    fn length32(&mut self) -> Result<usize> {
        let length = u32::from_be_bytes(self.take_array()?);
        usize::try_from(length).map_err(|_| self.error(Reason::Truncated))
    }

    fn marker(&mut self) -> Result<Marker> {
        Ok(Marker::from_u8(u8::from_be_bytes(self.take_array()?)))
    }

    fn take_array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let Some((taken, rest)) = self.rest.split_first_chunk() else {
            return self.refuse(Reason::Truncated);
        };
        self.rest = rest;
        Ok(*taken)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return self.refuse(Reason::Truncated);
        };
        self.rest = rest;
        Ok(taken)
    }
}
