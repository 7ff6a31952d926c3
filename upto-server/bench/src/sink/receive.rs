//! Receiving many datagrams by one system call, and decoding each.

use std::hint::black_box;
use std::io::IoSliceMut;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::sync::atomic::Ordering;

use nix::errno::Errno;
use nix::sys::socket::sockopt::{RcvBuf, RcvBufForce, UdpGroSegment};
use nix::sys::socket::{MsgFlags, MultiHeaders, recvmmsg, setsockopt};
use upto::wire::Decoder;

use super::Seen;

/// What the server asks for, so that both can hold as much.
const BUFFER_BYTES: usize = 8 << 20;
/// Datagrams, or runs of them, that one call brings, each of at most so many bytes: likewise.
const AT_ONCE: usize = 32;
const LONGEST: usize = 1 << 16;

/// Gives a socket the room that the server asks for. Before anybody is told of it: who sends at once finds no room else.
pub(super) fn prepare(socket: &UdpSocket) {
    // Older systems have no runs, and give less room to who is not privileged: it works all the same.
    let _ = setsockopt(socket, UdpGroSegment, &true);
    let _ =
        setsockopt(socket, RcvBufForce, &BUFFER_BYTES).or_else(|_| setsockopt(socket, RcvBuf, &BUFFER_BYTES));
}

/// Receives until the socket fails. What is longer than `each` is a run of datagrams of this length.
pub(super) fn all(socket: &UdpSocket, each: usize, seen: &Seen) {
    let mut buffers = vec![0; AT_ONCE * LONGEST];
    let (mut headers, mut decoder) = (MultiHeaders::<()>::preallocate(AT_ONCE, None), Decoder::new());
    loop {
        match some(socket, each.max(1), &mut buffers, &mut headers, &mut decoder, seen) {
            Ok(()) | Err(Errno::EINTR) => {}
            Err(_) => return,
        }
    }
}

/// What one call brings, once there is something.
fn some(
    socket: &UdpSocket,
    each: usize,
    buffers: &mut [u8],
    headers: &mut MultiHeaders<()>,
    decoder: &mut Decoder,
    seen: &Seen,
) -> nix::Result<()> {
    let mut slices: Vec<_> = buffers.chunks_mut(LONGEST).map(|buffer| [IoSliceMut::new(buffer)]).collect();
    let received = recvmmsg(socket.as_raw_fd(), headers, slices.iter_mut(), MsgFlags::MSG_WAITFORONE, None)?;
    for bytes in received.flat_map(|message| message.iovs().next()) {
        bytes.chunks(each).for_each(|datagram| take(datagram, decoder, seen));
    }
    Ok(())
}

fn take(datagram: &[u8], decoder: &mut Decoder, seen: &Seen) {
    match decoder.decode(datagram) {
        Ok(batch) => decoder.recycle(black_box(batch)),
        Err(_) => _ = seen.refused.fetch_add(1, Ordering::Relaxed),
    }
    seen.received.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;
    use crate::load::{Run, singles};
    use crate::sender::Sender;

    #[test]
    fn datagrams_are_counted_alone_and_in_runs_and_those_that_are_no_messages_too() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        prepare(&socket);
        let mut sender = Sender::to(socket.local_addr().expect("an address")).expect("a sender");
        let (runs, _) = singles(100);
        let longest = runs.iter().max_by_key(|run| run.count()).expect("a run").clone();
        let mut wrong = Run::of(longest.each);
        wrong.push(&vec![0xc0; longest.each], 1);
        for run in [&longest, &wrong] {
            sender.send(run).expect("sent");
        }
        sender.send_singly(&longest).expect("sent");
        let (seen, each) = (Arc::new(Seen::default()), longest.each);
        let receiver = seen.clone();
        // It waits for more until this process ends.
        thread::spawn(move || all(&socket, each, &receiver));
        let all = 2 * longest.count() + 1;
        while seen.received.load(Ordering::Relaxed) < all {
            thread::yield_now();
        }
        assert_eq!(seen.received.load(Ordering::Relaxed), all);
        assert_eq!(seen.refused.load(Ordering::Relaxed), 1);
    }
}
