//! Sending: a run of datagrams by one system call, or each by its own.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::UdpGsoSegment;

use crate::failure::Failure;
use crate::load::Run;

/// A socket that sends to one receiver.
#[derive(Debug)]
pub(crate) struct Sender {
    socket: UdpSocket,
    /// What the system cuts into pieces of so many bytes; 0: nothing.
    segment: usize,
}

impl Sender {
    /// One for the receiver at this address.
    ///
    /// # Errors
    /// The system gives no socket.
    pub(crate) fn to(address: SocketAddr) -> Result<Self, Failure> {
        let doing = "open a socket to send from";
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Failure::system(doing))?;
        socket.connect(address).map_err(Failure::system(doing))?;
        Ok(Sender { socket, segment: 0 })
    }

    /// Sends all datagrams of a run by one call, which the system cuts as late as it can (`UDP_SEGMENT`).
    ///
    /// # Errors
    /// Nobody receives, or the system can't cut.
    pub(crate) fn send(&mut self, run: &Run) -> Result<(), Failure> {
        self.cut(run.each)?;
        self.write(&run.bytes)
    }

    /// Sends each datagram of a run by a call of its own.
    ///
    /// # Errors
    /// Nobody receives.
    pub(crate) fn send_singly(&mut self, run: &Run) -> Result<(), Failure> {
        self.cut(0)?;
        run.datagrams().try_for_each(|datagram| self.write(datagram))
    }

    fn cut(&mut self, segment: usize) -> Result<(), Failure> {
        if segment != self.segment {
            let bytes = i32::try_from(segment).unwrap_or(i32::MAX);
            let set = setsockopt(&self.socket, UdpGsoSegment, &bytes);
            set.map_err(|error| Failure::system("set UDP_SEGMENT")(error.into()))?;
            self.segment = segment;
        }
        Ok(())
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.socket.send(bytes).map(drop).map_err(Failure::system("send"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_arrives_as_the_datagrams_that_it_consists_of() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        let mut sender = Sender::to(socket.local_addr().expect("an address")).expect("a sender");
        let mut run = Run::of(3);
        [b"abc", b"def", b"ghi"].iter().for_each(|datagram| run.push(*datagram, 1));
        sender.send(&run).expect("sent");
        sender.send_singly(&run).expect("sent");
        let received = std::array::from_fn(|_| {
            let mut buffer = [0; 8];
            let length = socket.recv(&mut buffer).expect("a datagram");
            String::from_utf8_lossy(&buffer[..length]).into_owned()
        });
        let received: [String; 6] = received;
        assert_eq!(received, ["abc", "def", "ghi", "abc", "def", "ghi"]);
    }
}
