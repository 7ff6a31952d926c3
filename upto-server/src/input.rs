//! Bytes from the network, as far as they do not come over HTTP (those come in through `api`).

pub(crate) mod udp;
