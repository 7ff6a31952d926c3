//! The frame around a block's body: version, compression, checksum.

use std::borrow::Cow;
use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};

use super::column::{Column, write_varint};
use super::error::BlockError;

/// The version of the format; another one is refused.
const VERSION: u8 = 2;
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
/// Version, compression, checksum.
const HEAD_BYTES: usize = 6;
const LEVEL: i32 = 1;
/// Bodies below this are never worth the compressor's own head.
const WORTH_BYTES: usize = 64;
/// Bytes of a body at most: as much as a store takes in one value. Nothing larger is made room for.
pub(super) const BODY_BYTES: usize = crate::store::MAX_VALUE_LENGTH;

thread_local! {
    // Their tables are hundreds of kilobytes, to be filled once and not for every block.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// The block of a body: compressed, if that makes it smaller.
pub(super) fn close(body: &[u8]) -> Vec<u8> {
    let compressed = (body.len() >= WORTH_BYTES).then(|| compressed(body)).flatten();
    let mut length = Vec::new();
    write_varint(body.len() as u64, &mut length);
    match compressed.filter(|compressed| compressed.len() + length.len() < body.len()) {
        Some(compressed) => framed(ZSTD, &[&length, &compressed]),
        None => framed(PLAIN, &[body]),
    }
}

/// The body of a block.
pub(super) fn open(block: &[u8]) -> Result<Cow<'_, [u8]>, BlockError> {
    let (version, rest) = block.split_first().ok_or(BlockError::Short)?;
    if *version != VERSION {
        return Err(BlockError::Version(*version));
    }
    let (compression, rest) = rest.split_first().ok_or(BlockError::Short)?;
    let (checksum, content) = rest.split_first_chunk().ok_or(BlockError::Short)?;
    if checksum_of(*compression, &[content]) != *checksum {
        return Err(BlockError::Checksum);
    }
    match *compression {
        PLAIN => Ok(Cow::Borrowed(content)),
        ZSTD => decompressed(content).map(Cow::Owned),
        other => Err(BlockError::Compression(other)),
    }
}

fn framed(compression: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut block = Vec::with_capacity(HEAD_BYTES + length);
    block.extend_from_slice(&[VERSION, compression]);
    block.extend_from_slice(&checksum_of(compression, parts));
    parts.iter().for_each(|part| block.extend_from_slice(part));
    block
}

fn checksum_of(compression: u8, parts: &[&[u8]]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[compression]);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().to_le_bytes()
}

/// `None` when there is no memory for the compressor: then it is stored as it is.
fn compressed(body: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Compressor::new(LEVEL).ok();
        }
        slot.as_mut()?.compress(body).ok()
    })
}

fn decompressed(content: &[u8]) -> Result<Vec<u8>, BlockError> {
    let mut content = Column::new("length", content);
    let length = content.varint()?;
    let length = usize::try_from(length).ok().filter(|length| *length <= BODY_BYTES);
    let length = length.ok_or(BlockError::TooLong)?;
    let body = DECOMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Some(Decompressor::new()?);
        }
        slot.as_mut().map_or(Ok(Vec::new()), |each| each.decompress(content.rest(), length))
    });
    let body = body.map_err(|error| BlockError::Compressed(error.to_string()))?;
    if body.len() == length { Ok(body) } else { Err(BlockError::Compressed("it has another length".into())) }
}
