//! What a client counts of itself.

/// What a client has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages that left in packets.
    pub sent: u64,
    /// Packets that the system took.
    pub packets: u64,
    /// Messages that were dropped because the queue was full.
    pub dropped_queue_full: u64,
    /// Messages that were dropped because their path was empty or over 16 KiB.
    pub dropped_name: u64,
    /// Messages that were lost because the system refused the packet (nobody listens, no route).
    pub dropped_unsent: u64,
}
