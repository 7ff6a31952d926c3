//! Several sockets at one address, and which one gets a datagram.

use std::io;

use libc::sock_filter;
use socket2::Socket;

use super::option;

/// Where the sender's address begins in the header of IPv4 and of IPv6.
const SOURCE: u32 = 12;
const SOURCE_V6: u32 = 8;

/// Others may be bound to the same address, if they allow it too.
pub(in crate::input::udp) fn allow_sharing(socket: &Socket) -> io::Result<()> {
    option::set(socket, libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)
}

/// What comes from one host goes to one of the `count` sockets that share the address of `socket`. The system's own way
/// looks at the port too.
pub(in crate::input::udp) fn divide_by_sender(socket: &Socket, count: usize, is_v6: bool) -> io::Result<()> {
    let count = count.try_into().map_err(|_| io::ErrorKind::InvalidInput)?;
    option::set_group_filter(socket, &mut program(count, is_v6))
}

/// The sender's address, its words combined, modulo `count`.
fn program(count: u32, is_v6: bool) -> Vec<sock_filter> {
    let mut program = vec![load(if is_v6 { SOURCE_V6 } else { SOURCE })];
    if is_v6 {
        for word in 1..4 {
            program.push(instruction(libc::BPF_MISC | libc::BPF_TAX, 0));
            program.push(load(SOURCE_V6 + 4 * word));
            program.push(instruction(libc::BPF_ALU | libc::BPF_XOR | libc::BPF_X, 0));
        }
    }
    program.push(instruction(libc::BPF_ALU | libc::BPF_MOD | libc::BPF_K, count));
    program.push(instruction(libc::BPF_RET | libc::BPF_A, 0));
    program
}

/// Loads four bytes of the network's header.
fn load(offset: u32) -> sock_filter {
    let header = libc::SKF_NET_OFF.cast_unsigned();
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, header + offset)
}

fn instruction(code: u32, k: u32) -> sock_filter {
    // The codes are of one byte.
    sock_filter { code: u16::try_from(code).unwrap_or_default(), jt: 0, jf: 0, k }
}
