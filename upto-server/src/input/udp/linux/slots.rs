//! The buffers of one system call, used again and again.
#![allow(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr::null_mut;

use libc::{c_int, iovec, mmsghdr, msghdr, sockaddr_in, sockaddr_in6};

use crate::input::datagrams::Received;

/// A control message begins with its length, level and type, cmsg(3).
const WORD: usize = size_of::<usize>();
const HEADER: usize = WORD + 2 * size_of::<c_int>();

/// Room for the one control message that is asked for: the length of each packet of a run.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; HEADER + WORD]);

/// Room for the address of a sender, as `sockaddr_in` or `sockaddr_in6`.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Name([u8; NAME_BYTES as usize]);

const NAME_BYTES: libc::socklen_t = 32;

/// Buffers for several datagrams.
pub(super) struct Slots {
    /// Those of all slots, one behind the other.
    bytes: Vec<u8>,
    /// Of one slot.
    length: usize,
    names: Vec<Name>,
    controls: Vec<Control>,
    vectors: Vec<iovec>,
    headers: Vec<mmsghdr>,
    filled: usize,
}

// SAFETY: the pointers in `vectors` and `headers` are to the other fields' memory, which moves with them. They are
// written anew before each use, by a call that borrows all fields.
unsafe impl Send for Slots {}

impl Slots {
    /// So many, of so many bytes each. The system gives memory only to what is used.
    pub(super) fn new(count: usize, length: usize) -> Self {
        // SAFETY: null pointers and zero are valid for all fields of both.
        let (vector, header) = unsafe {
            (MaybeUninit::<iovec>::zeroed().assume_init(), MaybeUninit::<mmsghdr>::zeroed().assume_init())
        };
        Slots {
            bytes: vec![0; count * length],
            length,
            names: vec![Name([0; _]); count],
            controls: vec![Control([0; _]); count],
            vectors: vec![vector; count],
            headers: vec![header; count],
            filled: 0,
        }
    }

    /// Fills the slots with what waits in the socket: at least one.
    ///
    /// # Errors
    /// Nothing waits, or what the system says.
    pub(super) fn receive(&mut self, socket: &UdpSocket) -> io::Result<()> {
        self.filled = 0;
        self.point();
        let count = self.headers.len().try_into().unwrap_or(0);
        // The type differs from one C library to another.
        let flags = libc::MSG_DONTWAIT as _;
        // SAFETY: the socket is open as it is borrowed. There are `count` headers, and each points to buffers of the
        // lengths that it says, which belong to `self` and which nobody else uses during the call.
        let received = unsafe {
            libc::recvmmsg(socket.as_raw_fd(), self.headers.as_mut_ptr(), count, flags, null_mut())
        };
        self.filled = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
        Ok(())
    }

    /// What was received last, the earliest first.
    pub(super) fn received(&self) -> impl Iterator<Item = Received<'_>> + Clone {
        let slots =
            self.bytes.chunks(self.length).zip(&self.headers).zip(self.names.iter().zip(&self.controls));
        slots.take(self.filled).map(|((bytes, header), (name, control))| Received {
            bytes: bytes.get(..header.msg_len.try_into().unwrap_or(usize::MAX)).unwrap_or_default(),
            each: control.segment(),
            peer: name.address(),
        })
    }

    /// Makes the headers point to the buffers, with their whole lengths: the last call has written over those.
    fn point(&mut self) {
        let buffers = self.bytes.chunks_mut(self.length).zip(&mut self.vectors);
        let told = self.names.iter_mut().zip(&mut self.controls);
        for ((header, (bytes, vector)), (name, control)) in self.headers.iter_mut().zip(buffers).zip(told) {
            *vector = iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
            // What stands there from the last time must not be taken for this time's.
            control.0 = [0; _];
            let msghdr { msg_name, msg_namelen, msg_iov, msg_iovlen, msg_control, msg_controllen, .. } =
                &mut header.msg_hdr;
            (*msg_name, *msg_namelen) = (name.0.as_mut_ptr().cast(), NAME_BYTES);
            (*msg_iov, *msg_iovlen) = (vector, 1);
            (*msg_control, *msg_controllen) = (control.0.as_mut_ptr().cast(), size_of::<Control>() as _);
        }
    }
}

impl Control {
    /// The length of each packet of a run; `None`: it is one.
    fn segment(&self) -> Option<usize> {
        let number = |at| c_int::from_ne_bytes(part(&self.0, at));
        let told = (number(WORD), number(WORD + size_of::<c_int>()));
        let bytes = usize::try_from(number(HEADER)).ok()?;
        (told == (libc::SOL_UDP, libc::UDP_GRO) && bytes > 0).then_some(bytes)
    }
}

impl Name {
    fn address(&self) -> IpAddr {
        let bytes = &self.0;
        let [a, b, c, d] = part(bytes, std::mem::offset_of!(sockaddr_in, sin_addr));
        match c_int::from(u16::from_ne_bytes(part(bytes, 0))) {
            libc::AF_INET6 => {
                let octets: [u8; 16] = part(bytes, std::mem::offset_of!(sockaddr_in6, sin6_addr));
                Ipv6Addr::from(octets).into()
            }
            _ => Ipv4Addr::new(a, b, c, d).into(),
        }
    }
}

/// Bytes at a place within what the system wrote.
fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}
