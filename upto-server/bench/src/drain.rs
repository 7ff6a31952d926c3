//! What a datagram costs that waits already: the receiver is paused while its buffer is filled, so that the sender is
//! not the limit, and each datagram waits on its own as those of different senders do.

use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::cores;
use crate::failure::Failure;
use crate::feed::{Fed, settle};
use crate::load::Run;
use crate::receiver::Receiver;
use crate::sender::Sender;

/// Datagrams that fit the buffer that everybody is given: each takes less than 1 KiB of it.
const BURST: u64 = 3_000;
/// How often it is looked whether the buffer is empty.
const LOOK_EVERY: Duration = Duration::from_micros(200);
/// How long it may take until it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends all datagrams one by one; what they cost the receiver.
///
/// # Errors
/// The receiver has ended, or does not receive.
pub(crate) fn drain(receiver: &mut impl Receiver, runs: &[Run]) -> Result<Fed, Failure> {
    cores::keep_to_sender()?;
    let mut sender = Sender::to(receiver.address())?;
    let before = receiver.counts()?;
    let (began, cpu) = (Instant::now(), receiver.process().cpu_seconds()?);
    let mut fed = Fed::default();
    for burst in bursts(runs) {
        receiver.process().pause()?;
        burst.iter().try_for_each(|run| sender.send_singly(run))?;
        receiver.process().resume()?;
        wait_until_empty(receiver)?;
        fed.messages += burst.iter().map(|run| run.messages).sum::<u64>();
        fed.datagrams += burst.iter().map(Run::count).sum::<u64>();
    }
    let (after, settled) = settle(receiver, before, fed.datagrams)?;
    let lost = fed.datagrams.saturating_sub(after.taken() - before.taken());
    let cpu_seconds = receiver.process().cpu_seconds()? - cpu;
    Ok(Fed { lost, seconds: (settled - began).as_secs_f64(), cpu_seconds, ..fed })
}

/// The runs in parts of at most [`BURST`] datagrams.
fn bursts(runs: &[Run]) -> impl Iterator<Item = &[Run]> {
    let longest = runs.iter().map(Run::count).max().unwrap_or(1).max(1);
    runs.chunks(usize::try_from(BURST / longest).unwrap_or(1).max(1))
}

/// Waits until nothing is in the receiver's socket. The system is asked, so that the receiver is not disturbed.
fn wait_until_empty(receiver: &impl Receiver) -> Result<(), Failure> {
    let (address, began) = (receiver.address(), Instant::now());
    while waiting(&address.to_string())? != Some(0) {
        if began.elapsed() > PATIENCE {
            return Err(Failure::Missing("a receiver that empties its socket"));
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// Bytes that wait in the IPv4 socket that is bound to this address; `None`: there is no such socket.
///
/// # Errors
/// `/proc` can't be read.
pub(crate) fn waiting(address: &str) -> Result<Option<u64>, Failure> {
    let sockets = fs::read_to_string("/proc/net/udp").map_err(Failure::system("read /proc/net/udp"))?;
    let address = hexadecimal(address).ok_or(Failure::Missing("an IPv4 address"))?;
    Ok(waiting_of(&sockets, &address))
}

/// An address as the system's table has it: the bytes of the host in the machine's order.
fn hexadecimal(address: &str) -> Option<String> {
    let address: std::net::SocketAddrV4 = address.parse().ok()?;
    Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port()))
}

fn waiting_of(sockets: &str, address: &str) -> Option<u64> {
    let line = sockets.lines().find(|line| line.split_whitespace().nth(1) == Some(address))?;
    let (_, received) = line.split_whitespace().nth(4)?.split_once(':')?;
    u64::from_str_radix(received, 16).ok()
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn what_waits_in_a_socket_is_seen() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("an address");
        assert_eq!(waiting(&address.to_string()).expect("a table"), Some(0));
        socket.send_to(b"a datagram", address).expect("sent");
        assert!(waiting(&address.to_string()).expect("a table").is_some_and(|bytes| bytes > 0));
        drop(socket);
        assert_eq!(waiting_of("  sl  local_address rem_address\n", "0100007F:1F90"), None);
    }

    #[test]
    fn a_burst_fits_the_buffer_however_long_the_runs_are() {
        let mut run = Run::of(4);
        (0..64).for_each(|_| run.push(b"abcd", 1));
        let runs = vec![run; 100];
        let bursts: Vec<u64> = bursts(&runs).map(|burst| burst.iter().map(Run::count).sum()).collect();
        assert!(bursts.iter().all(|&count| count <= BURST));
        assert_eq!(bursts.iter().sum::<u64>(), 6_400);
    }
}
