//! A server: its cores, what waits for them, and what gathers for the store.

mod commits;
mod core;

use self::commits::Commits;
use self::core::Core;
use super::outcome::Drops;
use super::store::Commit;
use super::{Nanoseconds, Place, packing};
use crate::parameters::Parameters;

/// What a datagram takes beside its bytes: in the kernel, and in the queue.
const DATAGRAM_BYTES: u64 = 768;

/// A datagram on its way, or several of hosts that send as one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub(super) place: Place,
    pub(super) timeline: usize,
    pub(super) datagrams: u32,
    /// In all of them.
    pub(super) messages: u32,
    /// When the first of its messages was made, at the earliest.
    pub(super) created: Nanoseconds,
}

#[derive(Debug)]
pub(super) struct Server {
    cores: Vec<Core>,
    queue: Queue,
    pub(super) commits: Commits,
    costs: Costs,
}

/// Datagrams that were received and wait to be taken, by their bytes: of all cores together.
#[derive(Debug)]
struct Queue {
    limit: u64,
    held: u64,
}

/// What things cost a server.
#[derive(Clone, Copy, Debug)]
struct Costs {
    receive: Nanoseconds,
    datagram: Nanoseconds,
    message: Nanoseconds,
    block: Nanoseconds,
    message_bytes: u64,
}

impl Server {
    pub(super) fn new(cores: usize, timelines: usize, parameters: &Parameters) -> Self {
        let memory = u64::from(parameters.memory_mib) << 20;
        let costs = Costs {
            receive: parameters.receive_ns.into(),
            datagram: parameters.datagram_ns.into(),
            message: parameters.message_ns.into(),
            block: parameters.block_ns.into(),
            message_bytes: parameters.message_bytes.into(),
        };
        let buffer = u64::from(parameters.buffer_kib) << 10;
        Server {
            cores: (0..cores).map(|_| Core::new(buffer)).collect(),
            // The parts that the server divides its memory into.
            queue: Queue { limit: memory / 16, held: 0 },
            commits: Commits::new(memory / 4, parameters.waiting_bytes.into(), timelines),
            costs,
        }
    }

    /// Puts a packet into the buffer of its core's socket; whether that core has a turn already.
    pub(super) fn receive(&mut self, now: Nanoseconds, packet: Packet, drops: &mut Drops) -> bool {
        let bytes = self.costs.bytes(packet);
        self.cores[packet.place.core].arrive(now, packet, bytes, drops)
    }

    /// Has a core work until now; whether there is more for it to do.
    pub(super) fn work(&mut self, core: usize, now: Nanoseconds, drops: &mut Drops) -> bool {
        let Server { cores, queue, commits, costs } = self;
        cores[core].work(now, queue, commits, *costs, drops)
    }

    /// Whether datagrams wait for a core.
    pub(super) fn has_datagrams(&self, core: usize) -> bool {
        self.cores[core].has_datagrams()
    }

    /// Takes what gathered, if it is due; the time that making blocks of it takes, and the core that does, if that has
    /// no turn yet.
    pub(super) fn begin_commit(&mut self, now: Nanoseconds) -> Option<(Commit, Nanoseconds, Option<usize>)> {
        let commit = self.commits.begin(now)?;
        let work = commit.blocks * self.costs.block;
        let (number, core) = self.cores.iter_mut().enumerate().min_by_key(|(_, core)| core.blocks())?;
        let has_turn = core.make_blocks(now, work);
        Some((commit, work, (!has_turn).then_some(number)))
    }
}

impl Costs {
    /// What a packet takes in a buffer or queue.
    fn bytes(&self, packet: Packet) -> u64 {
        let datagrams = u64::from(packet.datagrams) * (DATAGRAM_BYTES + u64::from(packing::HEADER_BYTES));
        datagrams + u64::from(packet.messages) * self.message_bytes
    }
}

impl Queue {
    fn try_hold(&mut self, bytes: u64) -> bool {
        let has_room = self.held + bytes <= self.limit;
        self.held += if has_room { bytes } else { 0 };
        has_room
    }

    fn release(&mut self, bytes: u64) {
        self.held -= bytes;
    }
}
