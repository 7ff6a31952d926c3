//! The frame around a block's body: version, checksum, compression.

use std::borrow::Cow;
use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};

use super::column::{Column, write_varint};
use super::error::BlockError;

/// The version of the format; another one is refused.
const VERSION: u8 = 2;
/// Version and checksum.
const HEAD_BYTES: usize = 5;
const LEVEL: i32 = 1;
/// Chunks below this are never worth the compressor's own head.
const WORTH_BYTES: usize = 64;
/// Bytes of a body at most: as much as a store takes in one value. Nothing larger is made room for.
pub(super) const BODY_BYTES: usize = crate::store::MAX_VALUE_LENGTH;

thread_local! {
    // Their tables are hundreds of kilobytes, to be filled once and not for every block.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// The block of a body, cut into chunks at `cuts`. Each chunk is compressed by itself, if that makes it smaller: what
/// is alike in a column is not in the next one.
pub(super) fn close(body: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut block = Vec::with_capacity(HEAD_BYTES + body.len() / 2);
    block.extend_from_slice(&[VERSION; HEAD_BYTES]);
    let ends = cuts.iter().copied().chain([body.len()]);
    let mut from = 0;
    for to in ends {
        write_chunk(body.get(from..to).unwrap_or_default(), &mut block);
        from = to;
    }
    let checksum = checksum_of(block.get(HEAD_BYTES..).unwrap_or_default());
    if let Some(head) = block.get_mut(1..HEAD_BYTES) {
        head.copy_from_slice(&checksum);
    }
    block
}

/// The body of a block.
pub(super) fn open(block: &[u8]) -> Result<Cow<'_, [u8]>, BlockError> {
    let (version, rest) = block.split_first().ok_or(BlockError::Short)?;
    if *version != VERSION {
        return Err(BlockError::Version(*version));
    }
    let (checksum, chunks) = rest.split_first_chunk().ok_or(BlockError::Short)?;
    if checksum_of(chunks) != *checksum {
        return Err(BlockError::Checksum);
    }
    let mut chunks = Column::new("chunks", chunks);
    let mut body = Cow::Borrowed(&[][..]);
    while !chunks.rest().is_empty() {
        let chunk = read_chunk(&mut chunks, BODY_BYTES - body.len())?;
        if body.is_empty() {
            body = chunk;
        } else {
            body.to_mut().extend_from_slice(&chunk);
        }
    }
    Ok(body)
}

/// Appends the lengths of a chunk, compressed and not, and the chunk; it is not compressed where the first is 0.
fn write_chunk(chunk: &[u8], to: &mut Vec<u8>) {
    if chunk.is_empty() {
        return;
    }
    let compressed = (chunk.len() >= WORTH_BYTES).then(|| compressed(chunk)).flatten();
    let smaller = compressed.filter(|compressed| compressed.len() < chunk.len());
    write_varint(smaller.as_ref().map_or(0, Vec::len) as u64, to);
    write_varint(chunk.len() as u64, to);
    to.extend_from_slice(smaller.as_deref().unwrap_or(chunk));
}

fn read_chunk<'a>(from: &mut Column<'a>, room: usize) -> Result<Cow<'a, [u8]>, BlockError> {
    let (stored, length) = (from.index()?, from.index()?);
    if length > room {
        return Err(BlockError::TooLong);
    }
    let bytes = from.take(if stored == 0 { length } else { stored })?;
    if stored == 0 { Ok(Cow::Borrowed(bytes)) } else { decompressed(bytes, length).map(Cow::Owned) }
}

fn checksum_of(chunks: &[u8]) -> [u8; 4] {
    crc32fast::hash(chunks).to_le_bytes()
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

/// Room is made for `length` bytes at most, and only if that is what the compressor wrote.
fn decompressed(chunk: &[u8], length: usize) -> Result<Vec<u8>, BlockError> {
    let chunk = DECOMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Some(Decompressor::new()?);
        }
        slot.as_mut().map_or(Ok(Vec::new()), |each| each.decompress(chunk, length))
    });
    let chunk = chunk.map_err(|error| BlockError::Compressed(error.to_string()))?;
    if chunk.len() == length {
        Ok(chunk)
    } else {
        Err(BlockError::Compressed("it has another length".into()))
    }
}
