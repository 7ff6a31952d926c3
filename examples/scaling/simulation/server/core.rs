//! A core: the socket that it receives at, and the datagrams that it takes.

use std::collections::VecDeque;

use super::commits::Commits;
use super::{Costs, Packet, Queue};
use crate::simulation::Nanoseconds;
use crate::simulation::outcome::Drops;

/// Blocks are made in slices of this, in turns with taking.
const SLICE: Nanoseconds = 100_000;

/// One of the cores. Receiving comes before taking, as the thread that receives is woken by what comes.
#[derive(Debug)]
pub(super) struct Core {
    /// What was done so far is done then.
    clock: Nanoseconds,
    buffer: Buffer,
    received: VecDeque<Packet>,
    /// What is left to do of making blocks.
    blocks: Nanoseconds,
    /// How long it has been taking since it last did that.
    taking: Nanoseconds,
    has_turn: bool,
}

/// A socket's.
#[derive(Debug)]
struct Buffer {
    limit: u64,
    held: u64,
    /// With the time of arrival.
    packets: VecDeque<(Nanoseconds, Packet)>,
}

impl Core {
    pub(super) fn new(buffer_bytes: u64) -> Self {
        let buffer = Buffer { limit: buffer_bytes, held: 0, packets: VecDeque::new() };
        Core { clock: 0, buffer, received: VecDeque::new(), blocks: 0, taking: 0, has_turn: false }
    }

    /// Whether datagrams wait for it.
    pub(super) fn has_datagrams(&self) -> bool {
        !self.buffer.packets.is_empty() || !self.received.is_empty()
    }

    /// What it has to do of making blocks.
    pub(super) fn blocks(&self) -> Nanoseconds {
        self.blocks
    }

    /// Has it make blocks; whether it has a turn already, else it has one from now on.
    pub(super) fn make_blocks(&mut self, now: Nanoseconds, work: Nanoseconds) -> bool {
        if !self.has_turn {
            self.clock = self.clock.max(now);
        }
        self.blocks += work;
        std::mem::replace(&mut self.has_turn, true)
    }

    /// Puts a packet into the buffer, or drops it; whether it has a turn already, else it has one from now on.
    pub(super) fn arrive(&mut self, now: Nanoseconds, packet: Packet, bytes: u64, drops: &mut Drops) -> bool {
        if self.buffer.held + bytes > self.buffer.limit {
            drops.kernel += u64::from(packet.messages);
        } else {
            self.buffer.held += bytes;
            self.buffer.packets.push_back((now, packet));
        }
        std::mem::replace(&mut self.has_turn, true)
    }

    /// Works until `now`, or until there is nothing to do; whether there is more.
    pub(super) fn work(
        &mut self,
        now: Nanoseconds,
        queue: &mut Queue,
        commits: &mut Commits,
        costs: Costs,
        drops: &mut Drops,
    ) -> bool {
        while self.clock < now && self.step(queue, commits, costs, drops) {}
        self.has_turn = self.has_datagrams() || self.blocks > 0;
        self.has_turn
    }

    /// Receives a datagram if one is there, else takes one or makes blocks; false if there is nothing to do.
    fn step(&mut self, queue: &mut Queue, commits: &mut Commits, costs: Costs, drops: &mut Drops) -> bool {
        let arrival = self.buffer.packets.front().map(|(arrival, _)| *arrival);
        let is_idle = self.received.is_empty() && self.blocks == 0;
        if let Some(arrival) = arrival.filter(|arrival| is_idle || *arrival <= self.clock) {
            self.receive(arrival, queue, costs, drops);
        } else if self.blocks > 0 && (self.taking >= SLICE || self.received.is_empty()) {
            let slice = self.blocks.min(SLICE);
            (self.clock, self.blocks, self.taking) = (self.clock + slice, self.blocks - slice, 0);
        } else if let Some(packet) = self.received.pop_front() {
            self.take(packet, queue, commits, costs, drops);
        } else {
            return false;
        }
        true
    }

    fn receive(&mut self, arrival: Nanoseconds, queue: &mut Queue, costs: Costs, drops: &mut Drops) {
        let Some((_, packet)) = self.buffer.packets.pop_front() else { return };
        self.clock = self.clock.max(arrival) + costs.receive * u64::from(packet.datagrams);
        let bytes = costs.bytes(packet);
        self.buffer.held -= bytes;
        if queue.try_hold(bytes) {
            self.received.push_back(packet);
        } else {
            drops.queue_full += u64::from(packet.messages);
        }
    }

    fn take(
        &mut self,
        packet: Packet,
        queue: &mut Queue,
        commits: &mut Commits,
        costs: Costs,
        drops: &mut Drops,
    ) {
        queue.release(costs.bytes(packet));
        let is_behind = commits.is_behind();
        let messages = if is_behind { 0 } else { costs.message * u64::from(packet.messages) };
        let work = costs.datagram * u64::from(packet.datagrams) + messages;
        (self.clock, self.taking) = (self.clock + work, self.taking + work);
        if is_behind {
            drops.behind += u64::from(packet.messages);
        } else {
            commits.add(self.clock, packet);
        }
    }
}
