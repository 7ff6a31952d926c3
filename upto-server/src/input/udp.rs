//! UDP: sockets, and what receives from them.

#[cfg(target_os = "linux")]
mod linux;
mod listener;
#[cfg(any(not(target_os = "linux"), test))]
mod plain;
mod stop;

use std::io;
use std::net::UdpSocket;
use std::sync::Arc;

pub(crate) use self::listener::{Listener, bind};
pub(super) use self::stop::Stop;
use super::datagrams::Received;

#[cfg(target_os = "linux")]
pub(super) use self::linux::{Receiver, drops};
#[cfg(not(target_os = "linux"))]
pub(super) use self::plain::{Receiver, drops};

/// Bytes that the longest datagram, or run of datagrams that the system leaves together, fits into.
const LONGEST: usize = 1 << 16;

/// Receives from one socket, in a thread of its own.
pub(super) trait Receive: Sized {
    /// One that is not told to stop yet.
    ///
    /// # Errors
    /// What the system says when the socket can't be set up.
    fn new(socket: Arc<UdpSocket>, stop: Arc<Stop>) -> io::Result<Self>;

    /// Waits until something has come, and calls `idle` before it does so; false: it is told to stop, and nothing waits in
    /// the socket that came before.
    fn receive(&mut self, idle: impl Fn()) -> bool;

    /// What has come, the earliest first.
    fn received(&self) -> impl Iterator<Item = Received<'_>> + Clone;
}

#[cfg(test)]
mod tests;
