//! A receiver that keeps up: what it costs to wake it is the sender's.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::failure::Failure;

/// How often it looks whether it shall end, where nothing comes.
const LOOK_UP: Duration = Duration::from_millis(20);

/// Reads what comes until `end`, and then what is still there.
///
/// # Errors
/// The socket can't be read.
pub(super) fn drain(socket: &UdpSocket, end: &AtomicBool) -> Result<(), Failure> {
    let doing = "receive";
    socket.set_read_timeout(Some(LOOK_UP)).map_err(Failure::system(doing))?;
    let mut buffer = [0; 1 << 16];
    loop {
        match socket.recv(&mut buffer) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(Failure::system(doing)(error)),
            Err(_) if end.load(Ordering::SeqCst) => return Ok(()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receiver::Receiver;

    #[test]
    fn it_ends_when_it_is_told_and_nothing_is_left() {
        let Receiver { socket, address } = Receiver::bind().expect("a socket");
        socket.send_to(b"a datagram", address).expect("sent");
        drain(&socket, &AtomicBool::new(true)).expect("read");
        socket.set_nonblocking(true).expect("a socket that does not wait");
        assert!(socket.recv(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock));
    }
}
