//! What a stranger may send at most. Each limit has a [`Reason`](super::Reason) of its own.

/// Bytes of a name: of an event, a context, a timeline or a host.
pub const NAME_BYTES: usize = 16 * 1024;
/// Bytes of an attribute's key.
pub const KEY_BYTES: usize = 256;
/// Attributes of one message.
pub const ATTRIBUTES: usize = 128;
/// Records in one packet.
pub const RECORDS: usize = 16_384;
/// Different strings that one packet may define for reuse.
pub const STRINGS: usize = 4_096;
/// Maps and arrays inside one another, in values that are skipped because their key is unknown.
pub const DEPTH: usize = 8;
/// Bytes of the largest datagram that UDP over IPv4 carries.
pub const DATAGRAM_BYTES: usize = 65_507;
/// Bytes of a packet unless configured otherwise: fits the usual MTU of 1,500 with room for tunnels.
pub const PACKET_BYTES: usize = 1_400;
