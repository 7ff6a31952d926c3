//! Columns: numbers and texts one after the other, written at the end and read from the beginning.

use super::error::BlockError;

/// Appends a number: seven bits a byte, the lowest ones first; the highest bit says that more follow.
pub(super) fn write_varint(mut number: u64, to: &mut Vec<u8>) {
    while number >= 0x80 {
        to.push(low_byte(number) | 0x80);
        number >>= 7;
    }
    to.push(low_byte(number));
}

/// Appends a number that is near 0: its lowest byte, which is as good as random, to a column of its own, where nobody
/// tries to find something in it.
pub(super) fn write_split(number: i64, lows: &mut Vec<u8>, to: &mut Vec<u8>) {
    let number = zigzag(number);
    lows.push(low_byte(number));
    write_varint(number >> 8, to);
}

/// Appends a number that is near 0 on either side.
pub(super) fn write_signed(number: i64, to: &mut Vec<u8>) {
    write_varint(zigzag(number), to);
}

/// Appends a text and its length.
pub(super) fn write_text(text: &str, to: &mut Vec<u8>) {
    write_varint(text.len() as u64, to);
    to.extend_from_slice(text.as_bytes());
}

fn low_byte(number: u64) -> u8 {
    number.to_le_bytes()[0]
}

/// 0, -1, 1, -2, … as 0, 1, 2, 3, …
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

fn signed(zigzag: u64) -> i64 {
    (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()
}

/// A column while it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<'a> {
    name: &'static str,
    rest: &'a [u8],
}

impl<'a> Column<'a> {
    pub(super) fn new(name: &'static str, rest: &'a [u8]) -> Self {
        Column { name, rest }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn byte(&mut self) -> Result<u8, BlockError> {
        let (first, rest) = self.rest.split_first().ok_or(BlockError::Ends(self.name))?;
        self.rest = rest;
        Ok(*first)
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, BlockError> {
        match self.rest.split_first() {
            Some((first, rest)) if *first < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*first))
            }
            _ => self.long_varint(),
        }
    }

    pub(super) fn signed(&mut self) -> Result<i64, BlockError> {
        self.varint().map(signed)
    }

    /// A number that was split.
    pub(super) fn split(&mut self, lows: &mut Column<'_>) -> Result<i64, BlockError> {
        let number = self.varint()?;
        if number >> 56 != 0 {
            return Err(self.has("a number of over 64 bits"));
        }
        Ok(signed(number << 8 | u64::from(lows.byte()?)))
    }

    /// A number of something that this column, or what comes after it, has one of.
    pub(super) fn index(&mut self) -> Result<usize, BlockError> {
        let number = self.varint()?;
        usize::try_from(number).map_err(|_| self.has("a number out of range"))
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], BlockError> {
        let length = self.index()?;
        self.take(length)
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], BlockError> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(BlockError::Ends(self.name))?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], BlockError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(BlockError::Ends(self.name))?;
        self.rest = rest;
        Ok(*bytes)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, BlockError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| self.has("a text that is not UTF-8"))
    }

    pub(super) fn has(&self, what: &'static str) -> BlockError {
        BlockError::Content { column: self.name, what }
    }

    /// An error unless everything was read.
    pub(super) fn end(&self) -> Result<(), BlockError> {
        if self.rest.is_empty() { Ok(()) } else { Err(BlockError::Surplus(self.name)) }
    }

    fn long_varint(&mut self) -> Result<u64, BlockError> {
        let mut number = 0;
        for place in 0..10 {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if place == 9 && byte > 1 {
                break;
            }
            number |= bits << (7 * place);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.has("a number of over 64 bits"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(number in any::<u64>(), shift in 0_u32..64, text in ".{0,40}") {
            let mut bytes = Vec::new();
            write_varint(number >> shift, &mut bytes);
            write_signed((number >> shift).cast_signed(), &mut bytes);
            write_signed(-(number >> shift).cast_signed(), &mut bytes);
            write_text(&text, &mut bytes);
            let mut column = Column::new("c", &bytes);
            prop_assert_eq!(column.varint(), Ok(number >> shift));
            prop_assert_eq!(column.signed(), Ok((number >> shift).cast_signed()));
            prop_assert_eq!(column.signed(), Ok(-(number >> shift).cast_signed()));
            prop_assert_eq!(column.text(), Ok(text.as_str()));
            prop_assert_eq!(column.end(), Ok(()));
        }
    }

    #[test]
    fn what_is_no_number_is_told() {
        assert_eq!(Column::new("c", &[0x80]).varint(), Err(BlockError::Ends("c")));
        let content = |what| Some(BlockError::Content { column: "c", what });
        assert_eq!(Column::new("c", &[0xff; 10]).varint().err(), content("a number of over 64 bits"));
        assert_eq!(Column::new("c", &[1, 0xff]).text().err(), content("a text that is not UTF-8"));
        assert_eq!(Column::new("c", &[2, b'a']).text(), Err(BlockError::Ends("c")));
        let extremes = [u64::MAX, 1 << 63, 0];
        for number in extremes {
            let mut bytes = Vec::new();
            write_varint(number, &mut bytes);
            assert_eq!(Column::new("c", &bytes).varint(), Ok(number));
        }
        for number in [i64::MIN, i64::MAX, -1] {
            let mut bytes = Vec::new();
            write_signed(number, &mut bytes);
            assert_eq!(Column::new("c", &bytes).signed(), Ok(number));
        }
    }
}
