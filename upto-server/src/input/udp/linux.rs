//! Receiving on Linux: many datagrams by one system call, recvmmsg(2).
//!
//! No library here does it as well. `quinn-udp` asks of each datagram how it was marked and where it was sent to: 870 ns
//! for one of 90 bytes that waits in the buffer, where 620 do. The headers of `nix` can't be used again where control
//! messages are wanted: the lengths that the system wrote there stay.

mod option;
mod sharing;
mod slots;

use std::io;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, poll};
use socket2::Socket;

use self::slots::Slots;
use super::{LONGEST, Receive, Stop};
use crate::input::datagrams::Received;

pub(super) use self::sharing::{allow_sharing, divide_by_sender};

/// Datagrams, or runs of them, that one system call brings.
const AT_ONCE: usize = 32;
/// System calls that a receiver makes at most after it is told to stop, for what waits already.
const AFTER_STOP: usize = 256;

/// Receives many datagrams at a time.
pub(crate) struct Receiver {
    socket: Arc<UdpSocket>,
    stop: Arc<Stop>,
    slots: Slots,
    /// System calls that may still be made after [`Stop`].
    rest: usize,
}

impl Receive for Receiver {
    fn new(socket: Arc<UdpSocket>, stop: Arc<Stop>) -> io::Result<Self> {
        // Packets that one call has sent stay together. Over loopback, in runs of 46 packets of 1,400 bytes, one costs
        // 50 ns here instead of 520, and its sender 80 instead of 490. Older systems bring them one by one.
        let _ = option::set(&socket, libc::SOL_UDP, libc::UDP_GRO, 1);
        Ok(Receiver { socket, stop, slots: Slots::new(AT_ONCE, LONGEST), rest: AFTER_STOP })
    }

    fn receive(&mut self, idle: impl Fn()) -> bool {
        loop {
            if self.stop.is_told() {
                self.rest = self.rest.saturating_sub(1);
                return self.rest > 0 && self.slots.receive(&self.socket).is_ok();
            }
            // Whether something is there is not asked first: under load, something is.
            if self.slots.receive(&self.socket).is_ok() {
                return true;
            }
            idle();
            self.wait();
        }
    }

    fn received(&self) -> impl Iterator<Item = Received<'_>> + Clone {
        self.slots.received()
    }
}

impl Receiver {
    /// Until something can be received, or this is told to stop.
    fn wait(&self) {
        let mut either = [
            PollFd::from_borrowed_fd(self.socket.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.stop.reader().as_fd(), PollFlags::IN),
        ];
        // Woken for nothing, or by a signal: it is looked at again anyway.
        let _ = poll(&mut either, None);
    }
}

/// How many datagrams the system has dropped at this socket since it was opened, modulo 2³²; `None`: it does not tell.
///
/// It tells the same number with each datagram (`SO_RXQ_OVFL`), but only of drops before that one: those at the end
/// of a flood would stay unknown until another one comes.
pub(crate) fn drops(socket: &UdpSocket) -> Option<u32> {
    option::memory_info(socket).ok()?.get(usize::try_from(libc::SK_MEMINFO_DROPS).ok()?).copied()
}

/// Gives the socket a buffer of so many bytes, whatever the system's limit is.
///
/// # Errors
/// The process is not privileged.
pub(super) fn force_receive_buffer(socket: &Socket, bytes: usize) -> io::Result<()> {
    let bytes = i32::try_from(bytes).map_err(|_| io::ErrorKind::InvalidInput)?;
    option::set(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, bytes)
}

/// What is sent in one go leaves as packets of so many bytes; 0: as one.
#[cfg(test)]
pub(super) fn set_segments(socket: &UdpSocket, bytes: i32) -> io::Result<()> {
    option::set(socket, libc::SOL_UDP, libc::UDP_SEGMENT, bytes)
}
