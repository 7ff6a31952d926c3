//! Bytes from the network, as far as they do not come over HTTP (those come in through `api`).
//!
//! Each socket has a thread that receives (`udp`) and does nothing else, so that the system's small buffer is emptied at
//! once. It copies datagrams into a `queue`, bounded by bytes, from which another thread takes them through the door.
//! Those for which the store has to be asked wait `beside` the others.

mod beside;
mod datagrams;
mod kernel;
mod queue;
mod taking;
mod threads;
mod udp;

pub(crate) use self::datagrams::Datagrams;
pub(crate) use self::kernel::KernelDrops;
pub(crate) use self::threads::{Aside, Door, Inputs, Takes, TakesAll, admits};
pub(crate) use self::udp::{Listener, bind};
