//! Datagrams: received, decoded where they lie, and handed to `ingest`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::watch;
use upto::wire::{Decoder, limits};

use crate::ingest::Ingest;
use crate::metrics::{Input, Metrics};

/// Asked for; the system gives what it allows.
const RECEIVE_BUFFER_BYTES: usize = 8 << 20;

/// Opens a UDP socket. An IPv6 one is for IPv6 only, so that both families can have the same port.
///
/// # Errors
/// What the system says: the port is taken, or the address is not of this machine.
pub(crate) fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // A smaller buffer than asked for still works.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// Receives until `stop` is told.
pub(crate) async fn run(
    socket: UdpSocket,
    ingest: Arc<Ingest>,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    metrics.kernel_drops.watch(&socket);
    let mut decoder = Decoder::new();
    // One byte more than the largest datagram.
    let mut buffer = vec![0; limits::DATAGRAM_BYTES + 1];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut buffer) => received,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        // An error tells of a datagram that was sent or that did not fit: the next one may be good.
        let Ok((length, peer)) = received else { continue };
        metrics.datagrams.inc();
        let datagram = buffer.get(..length).unwrap_or_default();
        if let Err(reason) = take(&mut decoder, datagram, peer, &ingest).await {
            metrics.count_refused(Input::Udp, reason);
        }
    }
}

async fn take(
    decoder: &mut Decoder,
    datagram: &[u8],
    peer: SocketAddr,
    ingest: &Ingest,
) -> Result<(), &'static str> {
    let batch = decoder.decode(datagram).map_err(|error| error.reason.label())?;
    let taken = ingest.take(&batch, peer.ip()).await;
    decoder.recycle(batch);
    taken.map(drop).map_err(|refusal| refusal.label())
}
