//! Where a server, or an agent, can be reached.

use std::io;
use std::net::SocketAddr;
use std::thread::available_parallelism;

use tokio::net::TcpListener;

use super::StartError;
use super::builder::Notices;
use crate::doors::Doors;
use crate::input::{self, Listener};

/// Threads that receive at one address at most: more of them would wait for the same timelines.
const RECEIVERS: usize = 8;

/// Those of a server.
pub(super) struct Listeners {
    pub(super) udp: Vec<Listener>,
    pub(super) http: Vec<TcpListener>,
}

impl Listeners {
    pub(super) async fn bind(udp: &[SocketAddr], http: &[SocketAddr]) -> Result<Self, StartError> {
        let receivers = available_parallelism().map_or(1, usize::from).min(RECEIVERS);
        let bind = async |address| input::bind(address, receivers);
        let udp = bind_all(udp, "udp", bind, Listener::local_addr).await?;
        let http = bind_all(http, "http", TcpListener::bind, TcpListener::local_addr).await?;
        Ok(Listeners { udp, http })
    }

    pub(super) fn udp_addresses(&self) -> Vec<SocketAddr> {
        addresses_of(&self.udp, Listener::local_addr)
    }

    pub(super) fn http_addresses(&self) -> Vec<SocketAddr> {
        addresses_of(&self.http, TcpListener::local_addr)
    }
}

/// # Errors
/// [`StartError::Exposed`]: others than this machine reach the server, and nothing would let in those who may.
pub(crate) fn expect_walls(doors: &Doors, http: &[SocketAddr]) -> Result<(), StartError> {
    match http.iter().find(|address| !address.ip().is_loopback()) {
        Some(exposed) if doors.is_walled_up() => Err(StartError::Exposed(*exposed)),
        _ => Ok(()),
    }
}

pub(crate) fn addresses_of<T>(listeners: &[T], of: impl Fn(&T) -> io::Result<SocketAddr>) -> Vec<SocketAddr> {
    listeners.iter().filter_map(|listener| of(listener).ok()).collect()
}

/// Where others can ask a server that listens there; `None` where it listens to all and does not know by which name.
pub(super) fn address_for_others(http: &[SocketAddr], is_tls: bool) -> Option<String> {
    let scheme = if is_tls { "https" } else { "http" };
    let first = http.first().filter(|address| !address.ip().is_unspecified())?;
    Some(format!("{scheme}://{first}"))
}

/// Datagrams have no credentials: whoever can send some to an address that is not loopback is let in.
pub(crate) fn tell_of_open_udp(udp: &[Listener], doors: &Doors, notices: &Notices) {
    let open =
        addresses_of(udp, Listener::local_addr).into_iter().find(|address| !address.ip().is_loopback());
    if let Some(address) = open.filter(|_| !doors.is_open()) {
        notices(&format!(
            "udp {address}: datagrams have no tokens, so everybody who reaches this address can send events; \
             see docs/security.md"
        ));
    }
}

/// Binds each address. Where a port is 0, the first address gets any and the others the same one; one whose
/// family this machine does not have is left out if another one is there.
pub(crate) async fn bind_all<T>(
    addresses: &[SocketAddr],
    protocol: &'static str,
    bind: impl AsyncFn(SocketAddr) -> io::Result<T>,
    address_of: impl Fn(&T) -> io::Result<SocketAddr>,
) -> Result<Vec<T>, StartError> {
    let mut bound: Vec<T> = Vec::new();
    for &wanted in addresses {
        let mut address = wanted;
        if let Some(first) =
            bound.first().and_then(|first| address_of(first).ok()).filter(|_| wanted.port() == 0)
        {
            address.set_port(first.port());
        }
        match bind(address).await {
            Ok(socket) => bound.push(socket),
            Err(error) if !bound.is_empty() && is_family_missing(&error) => {}
            Err(source) => return Err(StartError::Listen { protocol, address, source }),
        }
    }
    Ok(bound)
}

fn is_family_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable || error.kind() == io::ErrorKind::Unsupported
}
