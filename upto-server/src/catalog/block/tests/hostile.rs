//! Bytes that are no blocks.

use proptest::prelude::*;

use super::super::{Block, BlockError, frame};
use super::told::tolds;
use super::{FIXTURE, block_of, fixture, written};
use crate::timeline::Fold;

/// Reads what may be a body; all that counts is that it ends.
fn read(body: &[u8]) -> Result<(), BlockError> {
    Block::of_body(body).apply(&mut Fold::default())
}

#[test]
fn a_block_with_any_bit_another_one_is_told() {
    for place in 0..FIXTURE.len() {
        for bit in 0..8 {
            let mut block = FIXTURE.to_vec();
            block[place] ^= 1 << bit;
            assert!(Block::open(&block).is_err(), "byte {place}, bit {bit}");
        }
    }
}

#[test]
fn a_block_that_ends_early_is_told() {
    for length in 0..FIXTURE.len() {
        assert!(Block::open(&FIXTURE[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_body_that_ends_early_is_told() {
    let body = written(&fixture(), &mut Fold::default()).body().bytes;
    assert_eq!(read(&body), Ok(()));
    for length in 0..body.len() {
        assert!(read(&body[..length]).is_err(), "{length} of {} bytes", body.len());
    }
}

/// As if the checksum did not protect from it: every single byte another one.
#[test]
fn no_byte_of_a_body_makes_reading_it_panic() {
    let body = written(&fixture(), &mut Fold::default()).body().bytes;
    for place in 0..body.len() {
        for byte in 0..=u8::MAX {
            let mut body = body.clone();
            body[place] = byte;
            let _ = read(&body);
        }
    }
}

#[test]
fn what_is_wrong_is_told() {
    assert_eq!(Block::open(b"").err(), Some(BlockError::Short));
    assert_eq!(Block::open(b"\x02\x00\x01\x02").err(), Some(BlockError::Short));
    assert_eq!(Block::open(b"\xffno block").err(), Some(BlockError::Version(255)));
    assert_eq!(Block::open(b"\x02no block").err(), Some(BlockError::Checksum));
    assert_eq!(read(b"\x01\x05a"), Err(BlockError::Ends("body")));
}

/// A few bytes that say that they are millions of texts, marks, or attributes.
#[test]
fn a_small_block_does_not_need_large_memory() {
    let zeros = |count: usize| frame::close(&vec![0; count], &[]);
    assert_eq!(Block::open(&zeros(frame::BODY_BYTES + 1)).err(), Some(BlockError::TooLong));
    let mut texts = b"\xff\xff\xff\x07".to_vec();
    texts.resize(frame::BODY_BYTES, 0);
    assert_eq!(read(&texts), Err(BlockError::TooMany("texts")));
    let mut marks = b"\x00\x80\x80\xc0\x07".to_vec();
    marks.resize(frame::BODY_BYTES, 0);
    assert_eq!(read(&marks), Err(BlockError::TooMany("marks")));
}

proptest! {
    #[test]
    fn any_bytes_are_a_block_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Block::open(&bytes).map(|block| block.apply(&mut Fold::default()));
        let _ = read(&bytes);
    }

    #[test]
    fn a_body_with_some_bytes_others_is_one_or_an_error(
        marks in tolds(),
        others in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut body = written(&marks, &mut Fold::default()).body().bytes;
        let length = body.len();
        others.iter().for_each(|(place, byte)| body[place.index(length)] = *byte);
        let _ = read(&body);
    }

    #[test]
    fn compressed_or_not_a_block_opens(marks in tolds()) {
        let block = block_of(&marks);
        if !marks.is_empty() {
            prop_assert!(Block::open(&block).is_ok());
        }
    }
}
