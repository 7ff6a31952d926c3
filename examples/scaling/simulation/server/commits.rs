//! Group commit, as `upto-server/src/ingest/commit.rs` does it.

use std::mem::{replace, take};

use super::Packet;
use crate::simulation::Nanoseconds;
use crate::simulation::store::Commit;

/// How long messages gather.
const GATHER: Nanoseconds = 20_000_000;

#[derive(Debug)]
pub(in crate::simulation) struct Commits {
    /// No more messages are taken while more bytes wait.
    limit: u64,
    /// Bytes of a message that waits.
    message_bytes: u64,
    gathered: Batch,
    committing: Option<Batch>,
    /// The number of the last commit in which each timeline had a block.
    latest: Vec<u64>,
    number: u64,
    /// When the next commit begins, unless one is under way.
    due: Option<Nanoseconds>,
    /// Likewise, as long as it is in no schedule.
    untold: Option<Nanoseconds>,
}

/// What is committed together.
#[derive(Debug, Default)]
struct Batch {
    messages: u64,
    blocks: u64,
    /// When the messages of each packet were made, and how many they are.
    packets: Vec<(Nanoseconds, u32)>,
}

impl Commits {
    pub(super) fn new(limit: u64, message_bytes: u64, timelines: usize) -> Self {
        let (gathered, latest) = (Batch::default(), vec![0; timelines]);
        Commits {
            limit,
            message_bytes,
            gathered,
            committing: None,
            latest,
            number: 1,
            due: None,
            untold: None,
        }
    }

    pub(super) fn is_behind(&self) -> bool {
        let committing = self.committing.as_ref().map_or(0, |batch| batch.messages);
        (self.gathered.messages + committing) * self.message_bytes > self.limit
    }

    /// Adds the messages of a packet that was taken at this time.
    pub(super) fn add(&mut self, now: Nanoseconds, packet: Packet) {
        let is_first = self.gathered.messages == 0;
        self.gathered.messages += u64::from(packet.messages);
        self.gathered.packets.push((packet.created, packet.messages));
        if replace(&mut self.latest[packet.timeline], self.number) != self.number {
            self.gathered.blocks += 1;
        }
        if self.committing.is_none() && (is_first || self.is_urgent()) {
            self.be_due(now);
        }
    }

    /// What gathered is committed soon, and at once if it is much.
    fn be_due(&mut self, now: Nanoseconds) {
        let due = if self.is_urgent() { now } else { now + GATHER };
        if self.due.is_none_or(|earlier| earlier > due) {
            (self.due, self.untold) = (Some(due), Some(due));
        }
    }

    /// So much gathered that it need not wait for more.
    fn is_urgent(&self) -> bool {
        self.gathered.messages * self.message_bytes > self.limit / 4
    }

    /// When the next commit is due, if that is news.
    pub(in crate::simulation) fn newly_due(&mut self) -> Option<Nanoseconds> {
        self.untold.take()
    }

    /// What gathered, if it is due by now.
    pub(super) fn begin(&mut self, now: Nanoseconds) -> Option<Commit> {
        self.due.take_if(|due| *due <= now)?;
        let batch = take(&mut self.gathered);
        let commit = Commit { messages: batch.messages, blocks: batch.blocks };
        self.committing = Some(batch);
        self.number += 1;
        Some(commit)
    }

    /// The packets of the commit that the store has confirmed now.
    pub(in crate::simulation) fn finish(&mut self, now: Nanoseconds) -> Vec<(Nanoseconds, u32)> {
        let done = self.committing.take().map(|batch| batch.packets).unwrap_or_default();
        if self.gathered.messages > 0 {
            self.be_due(now);
        }
        done
    }
}
