//! The agent: what programs on this host send is spooled on its disk, and handed over to a server.
//!
//! It receives like a server. What comes in becomes durable in the `spool` as it came. From there it goes to a server
//! that the agent can reach (`push`), or that asks it (`POST /api/spool/take` of the agent's own HTTP). Both ways carry
//! the same `delivery` of `block`s; a block is forgotten once it is acknowledged, which is when the server has stored it.
//! `HANDOVER.md` has the format, `handover` is the other side.

mod arguments;
mod block;
mod courier;
mod delivery;
mod door;
mod fleet;
mod lost;
mod push;
mod running;
mod spool;

pub use self::arguments::{AgentArguments, AgentConfig};
pub(crate) use self::block::{Block, Entry, EntryKind, Header, Malformed};
pub(crate) use self::courier::{Courier, CourierError};
pub use self::courier::{Target, TokenSource};
pub(crate) use self::delivery::{
    Backlog, CONTENT_TYPE, Delivery, ENOUGH_BYTES, Identity, parse_id, readable,
};
pub use self::fleet::AgentFleet;
pub(crate) use self::lost::{Lost, LostPackets, PacketInfo};
pub(crate) use self::push::Backoff;
pub use self::running::{Agent, AgentBuilder, AgentHandle};
pub(crate) use self::spool::{Place, Spool, Ticket, Unspooled};
