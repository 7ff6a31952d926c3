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
/// The system may split what it is handed into packets.
const HAS_SEGMENTS: bool = cfg!(target_os = "linux");

/// What else the system says of one packet that it does not take, while others may pass: that its own buffers are full
/// (where that is no `WouldBlock`), or that the packet is too long for the way there.
#[cfg(unix)]
const OF_ONE_PACKET: [i32; 2] = [libc::ENOBUFS, libc::EMSGSIZE];
/// `WSAENOBUFS` and `WSAEMSGSIZE`.
#[cfg(windows)]
const OF_ONE_PACKET: [i32; 2] = [10_055, 10_040];
#[cfg(not(any(unix, windows)))]
const OF_ONE_PACKET: [i32; 0] = [];

/// What the system says where it can't split what it is handed, beside that it is invalid or not supported.
#[cfg(unix)]
const OF_SPLITTING: [i32; 3] = [libc::EMSGSIZE, libc::EIO, libc::ENOPROTOOPT];
#[cfg(not(unix))]
const OF_SPLITTING: [i32; 0] = [];

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
        let (refusals, has_segments) = (Refusals::default(), HAS_SEGMENTS);
        Socket { server, connected: None, failed: None, refusals, turn: 0, has_segments }
    }

    /// Sends packets at a time that is now; how many the system has taken, the first ones.
    pub(super) fn send(&mut self, batch: &Batch, now: Instant) -> usize {
        // By which socket it goes is found out then, where there is none.
        let may_have_segments = self.has_segments || HAS_SEGMENTS && self.connected.is_none();
        if may_have_segments && batch.packets() > 1 {
            match self.attempt(now, |socket| send_segments(socket, batch)) {
                Ok(()) => return batch.packets(),
                // Not the way to send on this system, or on this route: one by one then, by this socket.
                Err(Some(error)) if is_no_way(&error) => self.has_segments = false,
                Err(error) => {
                    self.disconnect_after(error, now);
                    return 0;
                }
            }
        }
        batch.each().take_while(|packet| self.send_packet(packet, now)).count()
    }

    /// Sends one datagram; false if the system did not take it.
    fn send_packet(&mut self, datagram: &[u8], now: Instant) -> bool {
        let sent = self.attempt(now, |socket| send_datagram(socket, datagram));
        sent.map_err(|error| self.disconnect_after(error, now)).is_ok()
    }

    /// Gives the socket up, if what failed is not only the sending of one packet.
    fn disconnect_after(&mut self, error: Option<io::Error>, now: Instant) {
        if error.is_some_and(|error| !is_temporary(&error)) {
            self.disconnect(now);
        }
    }

    /// Sends something, once more if what failed was something else. `None`: there is nowhere to send to.
    fn attempt(
        &mut self,
        now: Instant,
        send: impl Fn(&socket2::Socket) -> io::Result<()>,
    ) -> Result<(), Option<io::Error>> {
        let Some(socket) = self.connected(now) else { return Err(None) };
        let result = send(socket);
        if !result.as_ref().is_err_and(is_refusal) {
            self.refusals.pass(now);
            return result.map_err(Some);
        }
        // Tells of an earlier datagram; this one was not sent.
        self.count_refusal(now);
        let Some(socket) = self.connected(now) else { return Err(None) };
        let result = send(socket);
        if result.as_ref().is_err_and(is_refusal) {
            self.count_refusal(now);
        }
        result.map_err(Some)
    }

    /// The next datagram goes to the next address, if it is time for that and there is one, by what the name says then.
    fn count_refusal(&mut self, now: Instant) {
        if self.refusals.add(now, self.server.has_several()) {
            self.connected = None;
            self.turn += 1;
        }
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
            let asked = Instant::now();
            match connect(self.server.addresses(now), self.turn) {
                Ok(socket) => self.use_socket(socket),
                // The answer may have taken long: the pause is behind that.
                Err(_) => self.disconnect(now + asked.elapsed()),
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
            if let Ok(socket) = connect(addresses, self.turn) {
                self.use_socket(socket);
            }
        }
    }

    /// The way there may be another one, on which many can be sent at once.
    fn use_socket(&mut self, socket: socket2::Socket) {
        self.connected = Some(socket);
        self.has_segments = HAS_SEGMENTS;
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

/// The next one may be taken: there was no room, or a rule of the system's (a firewall) was against this one.
fn is_temporary(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, PermissionDenied, WouldBlock};
    let is_of_one = error.raw_os_error().is_some_and(|number| OF_ONE_PACKET.contains(&number));
    is_of_one || matches!(error.kind(), ConnectionRefused | PermissionDenied | WouldBlock)
}

/// Many packets can't be sent at once.
fn is_no_way(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, Unsupported};
    let is_of_splitting = error.raw_os_error().is_some_and(|number| OF_SPLITTING.contains(&number));
    is_of_splitting || matches!(error.kind(), InvalidInput | Unsupported)
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
