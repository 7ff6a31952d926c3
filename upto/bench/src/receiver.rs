//! Somebody who listens, so that nothing is refused.

use std::net::{SocketAddr, UdpSocket};

use crate::failure::Failure;

/// A UDP socket of the loopback interface, with the system's buffer.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) socket: UdpSocket,
    pub(crate) address: SocketAddr,
}

impl Receiver {
    /// On any port. If nobody reads, what does not fit its buffer is lost, as it may be with UDP.
    ///
    /// # Errors
    /// The system gives no socket.
    pub(crate) fn bind() -> Result<Self, Failure> {
        let doing = "bind a UDP socket";
        let socket = UdpSocket::bind("127.0.0.1:0").map_err(Failure::system(doing))?;
        let address = socket.local_addr().map_err(Failure::system(doing))?;
        Ok(Receiver { socket, address })
    }

    /// Has the system hand over datagrams of one length together, as `upto-server` does where that can be had. Over
    /// loopback it is the sender who would pay for taking them apart, which a network card does elsewhere.
    pub(crate) fn takes_runs(&self) {
        #[cfg(target_os = "linux")]
        let _ = nix::sys::socket::setsockopt(&self.socket, nix::sys::socket::sockopt::UdpGroSegment, &true);
    }
}
