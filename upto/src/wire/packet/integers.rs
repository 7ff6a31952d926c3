//! Integers in MessagePack, one behind the other, at the end of what there is.
//!
//! To write them is most of what a short record costs. Here each is a shift and a copy of nine bytes, of which
//! the next one overwrites what was too many, without a branch that depends on how many bytes it takes; and since the
//! room is of a length that is known when this is compiled, little is checked. They are written where they stay: a processor that reads back at once what it
//! has just written in other pieces waits until all of them have left its store buffer, which took a third of the time. The formats are those of the MessagePack specification's "int format
//! family", the shortest that holds the value, as `rmp` writes them.

/// Bytes that are copied at once.
const WORD: usize = 8;
const UNSIGNED_8: u8 = 0xcc;
const SIGNED_8: u8 = 0xd0;
/// Values that are bytes themselves: from this one on, and below 128.
const LEAST_FIXED: i64 = -32;

/// What says which format a value has, and the value at its longest.
const LONGEST: usize = 1 + WORD;

/// Bytes of room that a writer needs beyond those that it writes.
pub(super) const SLACK: usize = WORD;

/// Writes into room that has these bytes.
#[derive(Debug)]
pub(super) struct Integers<'a, const BYTES: usize> {
    bytes: &'a mut [u8; BYTES],
    length: usize,
}

/// Adds what `write` writes, which is at most `BYTES` long, [`SLACK`] among them; what is more is left out.
#[inline]
pub(super) fn append<const BYTES: usize>(to: &mut Vec<u8>, write: impl FnOnce(&mut Integers<'_, BYTES>)) {
    let begin = to.len();
    // A number that is known when this is compiled: it takes no call.
    to.extend_from_slice(&[0; BYTES]);
    let Some(bytes) = to.last_chunk_mut() else { return };
    let mut integers = Integers { bytes, length: 0 };
    write(&mut integers);
    let end = begin + integers.length;
    to.truncate(end);
}

impl<const BYTES: usize> Integers<'_, BYTES> {
    #[inline]
    pub(super) fn byte(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    #[inline]
    pub(super) fn unsigned(&mut self, value: u64) {
        match value.leading_zeros() {
            57.. => self.byte(value.to_le_bytes()[0]),
            zeros => self.put(UNSIGNED_8, format_of(64 - zeros), value),
        }
    }

    #[inline]
    pub(super) fn signed(&mut self, value: i64) {
        let bits = u64::from_ne_bytes(value.to_ne_bytes());
        match value {
            0.. => self.unsigned(bits),
            LEAST_FIXED.. => self.byte(value.to_le_bytes()[0]),
            // One bit more than its magnitude: the sign.
            _ => self.put(SIGNED_8, format_of(65 - value.leading_ones()), bits),
        }
    }

    /// Puts the lowest `1 << format` bytes of a value, behind what says that it is that format of the family of `first`.
    #[inline]
    fn put(&mut self, first: u8, format: u8, value: u64) {
        let bytes = 1 << format;
        let shifted = value << (8 * (WORD - bytes));
        let room = self.bytes.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut::<LONGEST>);
        if let Some([kind, number @ ..]) = room {
            *kind = first + format;
            *number = shifted.to_be_bytes();
            self.length += 1 + bytes;
        }
    }
}

/// Which of the formats of 8, 16, 32 and 64 bits holds a value of so many, at least one and at most 64.
#[inline]
fn format_of(bits: u32) -> u8 {
    // Two bits for each number of bytes, from one on.
    const BY_BYTES: u32 = 0b11_11_11_11_10_10_01_00;
    (BY_BYTES >> ((bits - 1) / 8 * 2) & 0b11) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rmp::encode::{write_sint, write_uint};

    use super::*;

    const BYTES: usize = 9 + 9 + SLACK;

    fn both(unsigned: u64, signed: i64) -> (Vec<u8>, Vec<u8>) {
        let (mut ours, mut peers) = (vec![0xff], vec![0xff]);
        append::<BYTES>(&mut ours, |integers| {
            integers.unsigned(unsigned);
            integers.signed(signed);
        });
        write_uint(&mut peers, unsigned).unwrap();
        write_sint(&mut peers, signed).unwrap();
        (ours, peers)
    }

    #[test]
    fn the_ends_of_each_format_are_written_as_rmp_writes_them() {
        for bit in 0..63 {
            for around in -2..=2 {
                let value = (1_i64 << bit) + around;
                for (unsigned, signed) in
                    [(value.unsigned_abs(), value), (u64::MAX - value.unsigned_abs(), -value)]
                {
                    let (ours, peers) = both(unsigned, signed);
                    assert_eq!(ours, peers, "{unsigned} and {signed}");
                }
            }
        }
        let (ours, peers) = both(u64::MAX, i64::MIN);
        assert_eq!(ours, peers);
    }

    proptest! {
        #[test]
        fn any_integers_are_written_as_rmp_writes_them(unsigned: u64, signed: i64, shift in 0..64) {
            let (ours, peers) = both(unsigned >> shift, signed >> shift);
            prop_assert_eq!(ours, peers);
        }
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let mut bytes = vec![9];
        append::<3>(&mut bytes, |integers| {
            (0..5).for_each(|byte| integers.byte(byte));
            integers.unsigned(1 << 40);
        });
        assert_eq!(bytes, [9, 0, 1, 2]);
    }
}
