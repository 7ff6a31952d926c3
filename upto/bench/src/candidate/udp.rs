//! The obvious way: each message is sent at once, as a datagram of its own.

use std::net::UdpSocket;

use super::Candidate;
use crate::bursts::{burst, median};
use crate::failure::Failure;
use crate::receiver::Receiver;

pub(super) const CANDIDATES: &[Candidate] =
    &[Candidate::per_pair("udp_send", "one UDP send for the start and one for the end", sends)];

/// About as long as a single message of upto's wire format; what stands in it costs the caller nothing.
const MESSAGE: [u8; 100] = [b'm'; 100];

fn sends() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let doing = "connect a UDP socket";
    let socket = UdpSocket::bind("127.0.0.1:0").map_err(Failure::system(doing))?;
    socket.connect(receiver.address).map_err(Failure::system(doing))?;
    median(|| burst(|| send(&socket)))
}

fn send(socket: &UdpSocket) {
    // Fire and forget.
    let _ = socket.send(&MESSAGE);
    let _ = socket.send(&MESSAGE);
}
