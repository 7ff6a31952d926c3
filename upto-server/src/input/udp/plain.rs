//! Receiving on any system: one datagram at a time.

use std::io;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use super::{LONGEST, Receive, Stop};
use crate::input::datagrams::Received;

/// How long a receiver that gets nothing does not know that it is told to stop.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Receives one datagram at a time.
#[derive(Debug)]
pub(crate) struct Receiver {
    socket: Arc<UdpSocket>,
    stop: Arc<Stop>,
    buffer: Vec<u8>,
    length: usize,
    peer: IpAddr,
}

impl Receive for Receiver {
    fn new(socket: Arc<UdpSocket>, stop: Arc<Stop>) -> io::Result<Self> {
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(LOOK_EVERY))?;
        Ok(Receiver { socket, stop, buffer: vec![0; LONGEST], length: 0, peer: Ipv4Addr::UNSPECIFIED.into() })
    }

    fn receive(&mut self, idle: impl Fn()) -> bool {
        // Whether something waits already is not known.
        idle();
        loop {
            // An error tells that nothing came for a while, of a datagram that was sent, or of one that did not fit.
            if let Ok((length, peer)) = self.socket.recv_from(&mut self.buffer) {
                (self.length, self.peer) = (length, peer.ip());
                return true;
            }
            if self.stop.is_told() {
                return false;
            }
        }
    }

    fn received(&self) -> impl Iterator<Item = Received<'_>> + Clone {
        let bytes = self.buffer.get(..self.length).unwrap_or_default();
        std::iter::once(Received { bytes, each: None, peer: self.peer })
    }
}

/// How many datagrams the system has dropped at this socket: it does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn drops(_socket: &UdpSocket) -> Option<u32> {
    None
}
