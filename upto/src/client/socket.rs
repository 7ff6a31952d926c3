//! The UDP socket: resolved late, and again every few minutes, when it fails, or when nobody has listened for long.

mod batch;
mod refusals;
#[cfg(test)]
pub(super) mod script;
#[cfg(target_os = "linux")]
mod segments;
mod server;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Type};

pub(super) use self::batch::Batch;
use self::refusals::Refusals;
use self::server::Server;

/// How long after a failure the server's name is not asked for again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long a name is taken to stand for the same server while nothing fails: no datagram says that it has moved.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(300);
/// Asked for; the system gives what it allows.
const SEND_BUFFER_BYTES: usize = 1 << 20;

pub(super) struct Socket {
    server: Server,
    connected: Option<socket2::Socket>,
    failed: Option<Instant>,
    refusals: Refusals,
    /// Which of the addresses comes first: another one each time that nobody has listened for long.
    turn: usize,
    /// The system splits what it is handed into packets.
    has_segments: bool,
}

impl Socket {
    pub(super) fn new(host: String, port: u16) -> Self {
        Self::to(Server::new(host, port))
    }

    fn to(server: Server) -> Self {
        let has_segments = cfg!(target_os = "linux");
        Socket { server, connected: None, failed: None, refusals: Refusals::default(), turn: 0, has_segments }
    }

    /// Sends packets at a time that is now; how many the system has taken, the first ones.
    pub(super) fn send(&mut self, batch: &Batch, now: Instant) -> usize {
        if self.has_segments && batch.packets() > 1 {
            match self.attempt(now, |socket| send_segments(socket, batch)) {
                Ok(()) => return batch.packets(),
                // Not the way to send on this system, or on this route: one by one then, from now on.
                Err(Some(error)) if !is_temporary(&error) => self.has_segments = false,
                Err(_) => return 0,
            }
        }
        batch.each().take_while(|packet| self.send_packet(packet, now)).count()
    }

    /// Sends one datagram; false if the system did not take it.
    fn send_packet(&mut self, datagram: &[u8], now: Instant) -> bool {
        match self.attempt(now, |socket| send_datagram(socket, datagram)) {
            Err(Some(error)) if !is_temporary(&error) => {
                self.disconnect(now);
                false
            }
            result => result.is_ok(),
        }
    }

    /// Sends something, once more if what failed was something else. `None`: there is nowhere to send to.
    fn attempt(
        &mut self,
        now: Instant,
        send: impl Fn(&socket2::Socket) -> io::Result<()>,
    ) -> Result<(), Option<io::Error>> {
        let Some(socket) = self.connected(now) else { return Err(None) };
        let mut result = send(socket);
        if !result.as_ref().is_err_and(is_refusal) {
            self.refusals.pass();
            return result.map_err(Some);
        }
        // Tells of an earlier datagram; this one was not sent.
        result = send(socket);
        let refused = 1 + u64::from(result.as_ref().is_err_and(is_refusal));
        if self.refusals.add(refused, now) {
            // The next datagram goes to the next address, if there is one, by what the name says then.
            self.connected = None;
            self.turn += 1;
        }
        result.map_err(Some)
    }

    /// How often the system has reported that nobody listened to a datagram that it had taken.
    pub(super) fn refused(&self) -> u64 {
        self.refusals.count()
    }

    fn connected(&mut self, now: Instant) -> Option<&socket2::Socket> {
        let waits = self.failed.is_some_and(|failed| now.saturating_duration_since(failed) < RETRY_AFTER);
        if self.connected.is_some() {
            self.follow_server(now);
        } else if !waits {
            match connect(self.server.addresses(now), self.turn) {
                Ok(socket) => self.connected = Some(socket),
                Err(_) => self.disconnect(now),
            }
        }
        self.connected.as_ref()
    }

    /// Goes to where the server's name has moved, by an answer that is not waited for.
    fn follow_server(&mut self, now: Instant) {
        if self.server.asked().is_some_and(|asked| now.saturating_duration_since(asked) >= ASK_AGAIN_AFTER) {
            self.server.ask(now);
        }
        let Some(addresses) = self.server.news() else { return };
        let peer = self.connected.as_ref().and_then(|socket| socket.peer_addr().ok()?.as_socket());
        if !peer.is_some_and(|peer| addresses.contains(&peer)) {
            // Where nothing can be connected to, it stays where it is.
            self.connected = connect(addresses, self.turn).ok().or_else(|| self.connected.take());
        }
    }

    fn disconnect(&mut self, now: Instant) {
        self.connected = None;
        self.failed = Some(now);
    }
}

fn send_datagram(socket: &socket2::Socket, datagram: &[u8]) -> io::Result<()> {
    #[cfg(test)]
    script::answer(script::Call::Packet)?;
    socket.send(datagram).map(drop)
}

#[cfg(target_os = "linux")]
fn send_segments(socket: &socket2::Socket, batch: &Batch) -> io::Result<()> {
    #[cfg(test)]
    script::answer(script::Call::Segments)?;
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

/// A socket to the first of the addresses, after so many turns of them, that can be connected to.
fn connect(addresses: &[SocketAddr], turn: usize) -> io::Result<socket2::Socket> {
    let mut problem = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let first = turn.checked_rem(addresses.len()).unwrap_or(0);
    for address in addresses.iter().cycle().skip(first).take(addresses.len()) {
        match connect_to(*address) {
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
