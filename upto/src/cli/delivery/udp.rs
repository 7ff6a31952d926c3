//! One datagram for each message.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::OnceLock;

use super::Failure;

/// A server that listens to datagrams.
#[derive(Debug)]
pub(in crate::cli) struct UdpServer {
    host: String,
    port: u16,
    /// Found once: a name may take long to resolve.
    address: OnceLock<SocketAddr>,
}

impl UdpServer {
    pub(super) fn new(host: &str, port: u16) -> Self {
        let known = host.parse::<IpAddr>().ok().map(|address| SocketAddr::from((address, port)));
        UdpServer { host: host.to_owned(), port, address: known.map(OnceLock::from).unwrap_or_default() }
    }

    /// True if its name need not be resolved, or has been.
    pub(super) fn is_resolved(&self) -> bool {
        self.address.get().is_some()
    }

    /// Hands the datagrams to the system. Whether anybody listens is not known.
    ///
    /// # Errors
    /// The name can't be resolved, or the system does not take a datagram.
    pub(super) fn deliver(&self, datagrams: &[Vec<u8>]) -> Result<(), Failure> {
        let address =
            self.address().map_err(|source| Failure::Resolve { host: self.host.clone(), source })?;
        let send = || {
            let socket = UdpSocket::bind(any(address))?;
            datagrams.iter().try_for_each(|datagram| socket.send_to(datagram, address).map(drop))
        };
        send().map_err(|source| Failure::Send { address, source })
    }

    fn address(&self) -> io::Result<SocketAddr> {
        match self.address.get() {
            Some(address) => Ok(*address),
            None => self.resolve().map(|found| *self.address.get_or_init(|| found)),
        }
    }

    /// The first of the name's addresses, as the original client takes it.
    fn resolve(&self) -> io::Result<SocketAddr> {
        let mut addresses = (self.host.as_str(), self.port).to_socket_addrs()?;
        addresses.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
    }
}

/// For people and tests.
impl fmt::Display for UdpServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UdpServer { host, port, .. } = self;
        match host.contains(':') {
            true => write!(formatter, "[{host}]:{port}"),
            false => write!(formatter, "{host}:{port}"),
        }
    }
}

fn any(peer: SocketAddr) -> SocketAddr {
    match peer {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}
