//! Bytes from the network, as far as they do not come over HTTP (those come in through `api`).

mod kernel;
pub(crate) mod udp;

pub(crate) use self::kernel::KernelDrops;
