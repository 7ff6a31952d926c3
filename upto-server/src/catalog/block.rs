//! What is stored of a timeline's marks: blocks, each of what one commit brought.
//!
//! A block is one byte of version, then, as MessagePack, the marks as packets of the wire format (which
//! is compact, versioned and tested already) and how the sessions stood that they came from.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use upto::wire::{Decoder, limits};

use crate::decode::CONTENT_BYTES;

use crate::store::{StoreError, StoreErrorKind};
use crate::timeline::{Fold, Mark, SessionCount};

const VERSION: u8 = 1;
/// Bytes of one packet within a block: room for every message, as its names and its content are limited.
pub(super) const PACKET_BYTES: usize = 4 * limits::NAME_BYTES + 2 * CONTENT_BYTES;

/// The part of a block behind its version.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Block {
    pub(super) packets: Vec<ByteBuf>,
    pub(super) sessions: Vec<SessionCount>,
}

impl Block {
    pub(super) fn encode(&self, stream: &str) -> Result<Vec<u8>, StoreError> {
        let mut bytes = vec![VERSION];
        rmp_serde::encode::write(&mut bytes, self)
            .map_err(|error| StoreError::new(StoreErrorKind::Invalid, "encode", stream).because(error))?;
        Ok(bytes)
    }

    pub(super) fn decode(stream: &str, bytes: &[u8]) -> Result<Self, StoreError> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => rmp_serde::from_slice(rest).map_err(|error| damaged(stream, error)),
            Some((version, _)) => Err(damaged(stream, format!("a block of the unknown version {version}"))),
            None => Err(damaged(stream, "an empty block")),
        }
    }

    /// Adds everything in the block to `fold`.
    pub(super) fn apply(&self, stream: &str, fold: &mut Fold) -> Result<(), StoreError> {
        let mut decoder = Decoder::new();
        for packet in &self.packets {
            let batch = decoder.decode(packet).map_err(|error| damaged(stream, error))?;
            for mark in batch.messages.iter().filter_map(|message| Mark::of(message, &batch, 0)) {
                fold.apply(&mark);
            }
            decoder.recycle(batch);
        }
        for count in &self.sessions {
            fold.apply_session(*count);
        }
        Ok(())
    }
}

fn damaged(stream: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::new(StoreErrorKind::Damaged, "decode", stream).because(cause)
}
