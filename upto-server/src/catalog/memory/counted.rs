//! Bytes that are counted as long as something is there.

use std::sync::Arc;

use super::Memory;

/// Bytes of something that belongs to nobody's timeline: of a fold while it is read, of blocks.
#[derive(Debug)]
pub(in crate::catalog) struct Counted {
    memory: Arc<Memory>,
    bytes: usize,
}

impl Counted {
    /// Of nothing so far.
    pub(in crate::catalog) fn none(memory: &Arc<Memory>) -> Self {
        Counted { memory: memory.clone(), bytes: 0 }
    }

    /// How many bytes it has.
    pub(in crate::catalog) fn bytes(&self) -> usize {
        self.bytes
    }

    /// It has so many bytes by now.
    pub(in crate::catalog) fn set(&mut self, bytes: usize) {
        self.memory.count(self.bytes, bytes);
        self.bytes = bytes;
    }

    /// It will have up to so many bytes: what is used least is thrown out for that, as far as need be.
    pub(in crate::catalog) fn reserve(&mut self, bytes: usize) {
        // What was thrown out was small pieces, and what comes is large ones: it is to be given back between the two.
        if self.memory.make_room(bytes.saturating_sub(self.bytes)) {
            self.memory.note_free();
        }
        self.set(bytes);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.memory.count(self.bytes, 0);
    }
}
