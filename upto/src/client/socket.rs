//! The UDP socket: resolved late, and again when it fails.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Type};

/// How long after a failure the server's name is not asked for again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Asked for; the system gives what it allows.
const SEND_BUFFER_BYTES: usize = 1 << 20;

pub(super) struct Socket {
    host: String,
    port: u16,
    connected: Option<socket2::Socket>,
    failed: Option<Instant>,
    refused: u64,
}

impl Socket {
    pub(super) fn new(host: String, port: u16) -> Self {
        Socket { host, port, connected: None, failed: None, refused: 0 }
    }

    /// Sends one datagram; false if the system did not take it.
    pub(super) fn send(&mut self, datagram: &[u8]) -> bool {
        let Some(socket) = self.connected() else { return false };
        let mut result = socket.send(datagram);
        if result.as_ref().is_err_and(is_refusal) {
            // Tells of an earlier datagram; this one was not sent.
            result = socket.send(datagram);
            self.refused += 1;
        }
        match result {
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            Err(error) if is_refusal(&error) => {
                self.refused += 1;
                false
            }
            Err(_) => {
                self.disconnect();
                false
            }
        }
    }

    /// How often the system has reported that nobody listened to a datagram that it had taken.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    fn connected(&mut self) -> Option<&socket2::Socket> {
        let waits = self.failed.is_some_and(|failed| failed.elapsed() < RETRY_AFTER);
        if self.connected.is_none() && !waits {
            match connect(&self.host, self.port) {
                Ok(socket) => self.connected = Some(socket),
                Err(_) => self.disconnect(),
            }
        }
        self.connected.as_ref()
    }

    fn disconnect(&mut self) {
        self.connected = None;
        self.failed = Some(Instant::now());
    }
}

fn is_refusal(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionRefused
}

/// A socket to the first address of `host` that can be connected to.
fn connect(host: &str, port: u16) -> io::Result<socket2::Socket> {
    let mut problem = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in (host, port).to_socket_addrs()? {
        match connect_to(address) {
            Ok(socket) => return Ok(socket),
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

fn connect_to(address: SocketAddr) -> io::Result<socket2::Socket> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = socket2::Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    // A smaller buffer than asked for still works.
    let _ = socket.set_send_buffer_size(SEND_BUFFER_BYTES);
    socket.bind(&any.into())?;
    socket.connect(&address.into())?;
    Ok(socket)
}
