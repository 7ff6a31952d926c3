//! Opening the sockets of one address.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};

/// Asked for; the system gives what it allows. It holds what comes while a receiver's thread has no core.
const RECEIVE_BUFFER_BYTES: usize = 8 << 20;

/// The sockets that share one address.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(super) sockets: Vec<Arc<UdpSocket>>,
}

impl Listener {
    /// Where they receive.
    ///
    /// # Errors
    /// None in practice: they are bound.
    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.sockets.first().ok_or(io::ErrorKind::NotConnected)?.local_addr()
    }

    /// Each needs a receiver.
    pub(crate) fn sockets(&self) -> &[Arc<UdpSocket>] {
        &self.sockets
    }
}

/// Opens up to `receivers` sockets (one, where the system can't share an address) that nobody else has.
///
/// What one host sends always comes to the same one of them, so that it stays in order: also that of scripts, which send
/// each message from another port. Loopback is one host, so it needs no more than one receiver.
///
/// An IPv6 socket is for IPv6 only, so that both families can have the same port.
///
/// # Errors
/// What the system says: the port is taken, or the address is not of this machine.
pub(crate) fn bind(address: SocketAddr, receivers: usize) -> io::Result<Listener> {
    let first = open(address)?;
    // This one shares with nobody, so it fails if anybody has the address, another server that shares it included.
    first.bind(&address.into())?;
    let mut sockets = vec![first];
    if receivers > 1 && !address.ip().is_loopback() {
        sockets = share(sockets, receivers);
    }
    Ok(Listener { sockets: sockets.into_iter().map(|socket| Arc::new(socket.into())).collect() })
}

fn open(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    enlarge(&socket, RECEIVE_BUFFER_BYTES);
    Ok(socket)
}

/// A smaller buffer than asked for still works.
fn enlarge(socket: &Socket, bytes: usize) {
    #[cfg(target_os = "linux")]
    // Only a privileged process may have more than the system's limit.
    if super::linux::force_receive_buffer(socket, bytes).is_ok() {
        return;
    }
    let _ = socket.set_recv_buffer_size(bytes);
}

#[cfg(not(target_os = "linux"))]
fn share(first: Vec<Socket>, _receivers: usize) -> Vec<Socket> {
    first
}

/// More sockets at the address of the first one, which is alone if that does not work.
#[cfg(target_os = "linux")]
fn share(mut sockets: Vec<Socket>, receivers: usize) -> Vec<Socket> {
    let more = |first: &Socket| {
        let address = first.local_addr()?;
        super::linux::allow_sharing(first)?;
        let others = (1..receivers).map(|_| {
            let other = open(address.as_socket().ok_or(io::ErrorKind::InvalidInput)?)?;
            super::linux::allow_sharing(&other)?;
            other.bind(&address)?;
            Ok(other)
        });
        let others = others.collect::<io::Result<Vec<_>>>()?;
        super::linux::divide_by_sender(first, receivers, address.is_ipv6())?;
        Ok::<_, io::Error>(others)
    };
    let others = sockets.first().map(more);
    sockets.extend(others.and_then(Result::ok).into_iter().flatten());
    sockets
}
