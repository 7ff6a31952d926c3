//! The fields of a protobuf message, as they lie there. Nothing is copied, and what nobody asks for is not looked at:
//! types that are generated would first make a value of each of a million attributes.

use std::borrow::Cow;

use thiserror::Error;

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Malformed {
    #[error("protobuf: a field ends behind the message")]
    Truncated,
    #[error("protobuf: a number has more than 64 bits")]
    Varint,
    #[error("protobuf: a field has the wrong type, or one that does not exist")]
    Type,
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Field<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32,
    Bytes(&'a [u8]),
}

/// The fields of a message: the number and the value of each, up to the first that is malformed.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Fields { rest: message }
    }

    fn field(&mut self) -> Result<(u64, Field<'a>), Malformed> {
        let key = self.varint()?;
        let field = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(*self.array()?)),
            2 => {
                let length = self.varint()?;
                Field::Bytes(self.bytes(usize::try_from(length).map_err(|_| Malformed::Truncated)?)?)
            }
            5 => {
                self.bytes(4)?;
                Field::Fixed32
            }
            _ => return Err(Malformed::Type),
        };
        Ok((key >> 3, field))
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for place in 0..10 {
            let [byte] = *self.array()?;
            let bits = u64::from(byte & 0x7f);
            if place == 9 && bits > 1 {
                return Err(Malformed::Varint);
            }
            number |= bits << (7 * place);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed::Varint)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Field<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

impl<'a> Field<'a> {
    /// The bytes of a text, of bytes or of a message within the message.
    pub(super) fn bytes(self) -> Result<&'a [u8], Malformed> {
        if let Field::Bytes(bytes) = self { Ok(bytes) } else { Err(Malformed::Type) }
    }

    /// A text; what is not UTF-8 in it is replaced.
    pub(super) fn text(self) -> Result<Cow<'a, str>, Malformed> {
        Ok(String::from_utf8_lossy(self.bytes()?))
    }

    pub(super) fn number(self) -> Result<u64, Malformed> {
        if let Field::Varint(number) = self { Ok(number) } else { Err(Malformed::Type) }
    }

    pub(super) fn fixed64(self) -> Result<u64, Malformed> {
        if let Field::Fixed64(number) = self { Ok(number) } else { Err(Malformed::Type) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Field<'_>)>, Malformed> {
        Fields::of(bytes).collect()
    }

    #[test]
    fn fields_of_every_type_are_read() {
        let bytes = [0x08, 0x96, 0x01, 0x11, 1, 0, 0, 0, 0, 0, 0, 0, 0x1a, 2, b'h', b'i', 0x25, 1, 2, 3, 4];
        let expected =
            [(1, Field::Varint(150)), (2, Field::Fixed64(1)), (3, Field::Bytes(b"hi")), (4, Field::Fixed32)];
        assert_eq!(read(&bytes).expect("fields"), expected);
        for end in 0..bytes.len() {
            // What was cut off is either between two fields, or an error; never a panic.
            let _ = read(&bytes[..end]);
        }
    }

    #[test]
    fn what_is_malformed_is_told() {
        assert_eq!(read(&[0x0a, 5, 1]), Err(Malformed::Truncated));
        assert_eq!(
            read(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
            Err(Malformed::Truncated)
        );
        assert_eq!(
            read(&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]),
            Err(Malformed::Varint)
        );
        assert_eq!(read(&[0x0b]), Err(Malformed::Type));
        assert_eq!(Field::Varint(1).bytes(), Err(Malformed::Type));
    }
}
