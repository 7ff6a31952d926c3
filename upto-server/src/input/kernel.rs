//! Datagrams that the system threw away before they could be received, because the socket's buffer was full.
//!
//! Linux keeps the number per socket, in a column of the tables of UDP sockets that proc(5) describes. It is read
//! there when somebody asks: a datagram is never slower for it, and the number is right even if nothing comes any more.

use std::sync::{Mutex, PoisonError};

use tokio::net::UdpSocket;

/// The columns of a table that are read: a socket's inode and, the last one, its drops.
const INODE: usize = 9;
const DROPS: usize = 12;

/// Counts what the sockets that it watches have missed.
#[derive(Debug, Default)]
pub(crate) struct KernelDrops {
    inodes: Mutex<Vec<u64>>,
}

impl KernelDrops {
    /// Counts this socket too, if the system tells.
    pub(crate) fn watch(&self, socket: &UdpSocket) {
        self.inodes.lock().unwrap_or_else(PoisonError::into_inner).extend(inode(socket));
    }

    /// Datagrams that were dropped since the sockets were opened; `None`: the system does not tell.
    pub(crate) fn count(&self) -> Option<u64> {
        let inodes = self.inodes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if inodes.is_empty() {
            return None;
        }
        let tables = ["/proc/self/net/udp", "/proc/self/net/udp6"];
        let counts = tables.map(|table| Some(drops(&std::fs::read_to_string(table).ok()?, &inodes)));
        counts.into_iter().flatten().reduce(u64::saturating_add)
    }
}

#[cfg(target_os = "linux")]
fn inode(socket: &UdpSocket) -> Option<u64> {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::MetadataExt;

    let link = format!("/proc/self/fd/{}", socket.as_raw_fd());
    Some(std::fs::metadata(link).ok()?.ino())
}

#[cfg(not(target_os = "linux"))]
fn inode(_socket: &UdpSocket) -> Option<u64> {
    None
}

/// The drops of the sockets with these inodes, of a table.
fn drops(table: &str, inodes: &[u64]) -> u64 {
    let drops_of = |line: &str| {
        let mut columns = line.split_whitespace().skip(INODE);
        let inode: u64 = columns.next()?.parse().ok()?;
        let drops = columns.nth(DROPS - INODE - 1)?;
        inodes.contains(&inode).then(|| drops.parse().ok()).flatten()
    };
    table.lines().filter_map(drops_of).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_those_of_the_own_sockets() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 6935: 0100007F:8B63 00000000:0000 07 00000000:00033DFE 00:00000000 00000000     0        0 1142764 2 00000000afa469c9 8293
 8535: 0100007F:91A3 00000000:0000 07 00000000:00034000 00:00000000 00000000     0        0 1143834 2 000000007166dfd5 57088
 8536: 0100007F:91A4 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1143835 2 000000007166dfd5 0
   ?: cut
";
        assert_eq!(drops(table, &[1_142_764]), 8_293);
        assert_eq!(drops(table, &[1_143_834, 1_143_835, 7]), 57_088);
        assert_eq!(drops("", &[1]), 0);
    }

    #[test]
    fn nothing_watched_is_nothing_known() {
        assert_eq!(KernelDrops::default().count(), None);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_does_not_fit_into_the_buffer_is_counted() {
        let receiver = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        socket2::SockRef::from(&receiver).set_recv_buffer_size(4_096).expect("a small buffer");
        let drops = KernelDrops::default();
        drops.watch(&receiver);
        assert_eq!(drops.count(), Some(0));
        let sender = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = receiver.local_addr().expect("its address");
        for _ in 0..100 {
            sender.send_to(&[0; 1_000], address).expect("sent");
        }
        receiver.readable().await.expect("something");
        let mut received = 0;
        while receiver.try_recv(&mut [0; 1_000]).is_ok() {
            received += 1;
        }
        assert_eq!(drops.count(), Some(100 - received), "each was received or dropped");
    }
}
