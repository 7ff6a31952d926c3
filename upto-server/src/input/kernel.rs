//! Datagrams that the system threw away before they could be received, because the socket's buffer was full.
//!
//! Linux counts them for each socket, and is asked when somebody wants to know: no datagram is slower for it, and the
//! number is right even if nothing comes any more.

use std::net::UdpSocket;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::udp;

/// Counts what the sockets that it watches have missed.
#[derive(Debug, Default)]
pub(crate) struct KernelDrops {
    sockets: Mutex<Vec<Watched>>,
}

#[derive(Debug)]
struct Watched {
    /// Whoever receives from it decides how long it is open.
    socket: Weak<UdpSocket>,
    count: Count,
}

/// A number of the system, which begins again at 0 after 2³².
#[derive(Debug, Default)]
struct Count {
    latest: u32,
    total: u64,
}

impl Count {
    fn update(&mut self, now: u32) {
        self.total += u64::from(now.wrapping_sub(self.latest));
        self.latest = now;
    }
}

impl KernelDrops {
    /// Counts this socket too, if the system tells.
    pub(crate) fn watch(&self, socket: &Arc<UdpSocket>) {
        if udp::drops(socket).is_some() {
            let watched = Watched { socket: Arc::downgrade(socket), count: Count::default() };
            self.sockets.lock().unwrap_or_else(PoisonError::into_inner).push(watched);
        }
    }

    /// Datagrams that were dropped since the sockets were opened; `None`: the system does not tell. It has to be
    /// asked for before a socket has dropped 2³² more.
    pub(crate) fn count(&self) -> Option<u64> {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        for Watched { socket, count } in sockets.iter_mut() {
            let now = socket.upgrade().and_then(|socket| udp::drops(&socket));
            now.into_iter().for_each(|now| count.update(now));
        }
        sockets.iter().map(|watched| watched.count.total).reduce(u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_begins_again_goes_on() {
        let mut count = Count::default();
        for (now, total) in
            [(0, 0), (5, 5), (u32::MAX, (1 << 32) - 1), (2, (1 << 32) + 2), (2, (1 << 32) + 2)]
        {
            count.update(now);
            assert_eq!(count.total, total);
        }
    }

    #[test]
    fn nothing_watched_is_nothing_known() {
        assert_eq!(KernelDrops::default().count(), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_does_not_fit_into_the_buffer_is_counted_at_once_and_stays_counted() {
        let receiver = Arc::new(UdpSocket::bind("127.0.0.1:0").expect("a socket"));
        socket2::SockRef::from(&receiver).set_recv_buffer_size(4_096).expect("a small buffer");
        receiver.set_nonblocking(true).expect("it does not wait");
        let drops = KernelDrops::default();
        drops.watch(&receiver);
        assert_eq!(drops.count(), Some(0));
        let sender = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = receiver.local_addr().expect("its address");
        for _ in 0..100 {
            sender.send_to(&[0; 1_000], address).expect("sent");
        }
        let dropped = drops.count().expect("a number");
        let mut received = 0;
        while receiver.recv(&mut [0; 1_000]).is_ok() {
            received += 1;
        }
        assert_eq!(dropped, 100 - received, "each was received or dropped");
        drop(receiver);
        assert_eq!(drops.count(), Some(dropped));
    }
}
