//! The wire format: what a datagram holds, read and written. `WIRE.md` tells the same for people.
//!
//! `Decoder` turns a datagram into a [`Batch`] of borrowed [`Message`]s; `encode_single` writes
//! the form that scripts and the original client send, `PacketWriter` the compact one of the SDK.
//! Nothing here does I/O, and no input makes it panic. Reading and writing need the feature `wire`, which `enabled`
//! turns on; what messages are made of is always there.

#[cfg(feature = "wire")]
mod decode;
mod error;
pub mod limits;
mod message;
#[cfg(feature = "wire")]
mod packet;
#[cfg(feature = "wire")]
mod reader;
#[cfg(feature = "wire")]
mod single;
#[cfg(feature = "wire")]
mod time;

#[cfg(feature = "wire")]
pub use self::decode::Decoder;
pub use self::error::{DecodeError, Reason};
pub use self::message::{Batch, Kind, Message, SessionInfo, Status, Value};
#[cfg(feature = "wire")]
pub use self::packet::{Closing, PacketDefaults, PacketWriter, Pushed};
#[cfg(feature = "enabled")]
pub(crate) use self::packet::{Short, ShortName};
#[cfg(feature = "wire")]
pub use self::single::encode_single;
#[cfg(feature = "enabled")]
pub(crate) use self::single::sendable;
