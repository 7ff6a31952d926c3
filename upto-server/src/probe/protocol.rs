//! The messages, clients and servers of the published `.proto` files, made by the build script.

/// dbmon's own protocol.
#[allow(missing_docs, unreachable_pub, rustdoc::all, clippy::all, clippy::pedantic)]
pub mod dbmon {
    tonic::include_proto!("dbmon");
}

/// Our own, version 1.
#[allow(missing_docs, unreachable_pub, rustdoc::all, clippy::all, clippy::pedantic)]
pub mod v1 {
    tonic::include_proto!("upto.v1");
}

/// Both files, compiled: what reflection tells.
pub(crate) const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
