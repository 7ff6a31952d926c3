//! What servers store in: one for each, or one for all.

use super::Nanoseconds;
use crate::parameters::{Parameters, StoreFigures};
use crate::setups::Setup;

/// What a block takes beside its messages.
const BLOCK_BYTES: f64 = 100.0;

/// What one commit stores.
#[derive(Clone, Copy, Debug)]
pub(super) struct Commit {
    pub(super) messages: u64,
    pub(super) blocks: u64,
}

/// Does one piece of work after the other. The way there and the wait for its disk hold up nobody else.
#[derive(Debug)]
pub(super) struct Store {
    figures: StoreFigures,
    message_bytes: f64,
    /// When each has done what it was given, one for each server, or one.
    free: Vec<Nanoseconds>,
}

impl Store {
    pub(super) fn new(setup: Setup, parameters: &Parameters) -> Self {
        let count = if setup.store.is_shared() { 1 } else { setup.servers };
        let figures = parameters.store(setup.store);
        Store { figures, message_bytes: parameters.stored_bytes, free: vec![0; count as usize] }
    }

    /// When a commit of this server is durable that is given to the store now.
    pub(super) fn write(&mut self, server: usize, now: Nanoseconds, commit: Commit) -> Nanoseconds {
        let work = self.work(commit);
        let place = server % self.free.len();
        let free = &mut self.free[place];
        *free = now.max(*free) + work;
        *free + u64::from(self.figures.latency_us) * 1_000
    }

    fn work(&self, commit: Commit) -> Nanoseconds {
        let bytes = commit.messages as f64 * self.message_bytes + commit.blocks as f64 * BLOCK_BYTES;
        let writing = super::time::of_seconds(bytes / (self.figures.megabytes_per_second * 1e6));
        writing + commit.blocks * u64::from(self.figures.block_ns)
    }
}
