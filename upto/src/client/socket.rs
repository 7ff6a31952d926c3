//! The UDP socket: resolved late, and again when it fails.

mod batch;
#[cfg(target_os = "linux")]
mod segments;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Type};

pub(super) use self::batch::Batch;

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
    /// The system splits what it is handed into packets.
    has_segments: bool,
}

impl Socket {
    pub(super) fn new(host: String, port: u16) -> Self {
        let has_segments = cfg!(target_os = "linux");
        Socket { host, port, connected: None, failed: None, refused: 0, has_segments }
    }

    /// Sends packets; how many the system has taken, the first ones.
    pub(super) fn send(&mut self, batch: &Batch) -> usize {
        if self.has_segments && batch.packets() > 1 {
            match self.attempt(|socket| send_segments(socket, batch)) {
                Ok(()) => return batch.packets(),
                // Not the way to send on this system, or on this route: one by one then, from now on.
                Err(Some(error)) if !is_temporary(&error) => self.has_segments = false,
                Err(_) => return 0,
            }
        }
        batch.each().take_while(|packet| self.send_packet(packet)).count()
    }

    /// Sends one datagram; false if the system did not take it.
    fn send_packet(&mut self, datagram: &[u8]) -> bool {
        match self.attempt(|socket| socket.send(datagram).map(drop)) {
            Err(Some(error)) if !is_temporary(&error) => {
                self.disconnect();
                false
            }
            result => result.is_ok(),
        }
    }

    /// Sends something, once more if what failed was something else. `None`: there is nowhere to send to.
    fn attempt(
        &mut self,
        send: impl Fn(&socket2::Socket) -> io::Result<()>,
    ) -> Result<(), Option<io::Error>> {
        let Some(socket) = self.connected() else { return Err(None) };
        let mut result = send(socket);
        let mut refused = 0;
        if result.as_ref().is_err_and(is_refusal) {
            // Tells of an earlier datagram; this one was not sent.
            result = send(socket);
            refused = 1 + u64::from(result.as_ref().is_err_and(is_refusal));
        }
        self.refused += refused;
        result.map_err(Some)
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

#[cfg(target_os = "linux")]
fn send_segments(socket: &socket2::Socket, batch: &Batch) -> io::Result<()> {
    segments::send(socket, batch.bytes(), batch.packet_bytes())
}

#[cfg(not(target_os = "linux"))]
fn send_segments(_socket: &socket2::Socket, _batch: &Batch) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn is_refusal(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionRefused
}

/// The next one may be taken.
fn is_temporary(error: &io::Error) -> bool {
    is_refusal(error) || error.kind() == io::ErrorKind::WouldBlock
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
