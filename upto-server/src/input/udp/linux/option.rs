//! Options of sockets that no library here has, socket(7).
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use libc::{c_int, c_void, socklen_t};

const MEMORY_INFO: usize = 9;

/// Sets an option whose value is a number.
pub(super) fn set(socket: &impl AsFd, level: c_int, name: c_int, value: c_int) -> io::Result<()> {
    // SAFETY: a number is what the caller says that the option is, and the kernel only reads as much as it is told.
    unsafe { set_any(socket, level, name, &value) }
}

/// Which socket of a group gets a datagram is the number that `program` returns, bpf(4).
pub(super) fn set_group_filter(socket: &impl AsFd, program: &mut [libc::sock_filter]) -> io::Result<()> {
    let len = program.len().try_into().map_err(|_| io::ErrorKind::InvalidInput)?;
    let program = libc::sock_fprog { len, filter: program.as_mut_ptr() };
    // SAFETY: the option's value is this structure, which points to `len` instructions. They are copied by the call.
    unsafe { set_any(socket, libc::SOL_SOCKET, libc::SO_ATTACH_REUSEPORT_CBPF, &program) }
}

/// The socket's counters of memory and drops, at the places `libc::SK_MEMINFO_…`.
pub(super) fn memory_info(socket: &impl AsFd) -> io::Result<[u32; MEMORY_INFO]> {
    let mut info = [0; MEMORY_INFO];
    let mut length = length_of::<[u32; MEMORY_INFO]>()?;
    let value: *mut c_void = info.as_mut_ptr().cast();
    let socket = socket.as_fd().as_raw_fd();
    // SAFETY: the socket is open as it is borrowed, and the kernel writes at most `length` bytes, as many as `info` has.
    checked(unsafe { libc::getsockopt(socket, libc::SOL_SOCKET, libc::SO_MEMINFO, value, &raw mut length) })?;
    Ok(info)
}

/// # Safety
/// `T` has to be what the kernel takes for this option: it reads that much, and follows pointers in it.
unsafe fn set_any<T>(socket: &impl AsFd, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    let length = length_of::<T>()?;
    let value: *const c_void = (&raw const *value).cast();
    // SAFETY: the socket is open as it is borrowed, and `value` is `length` bytes long.
    checked(unsafe { libc::setsockopt(socket.as_fd().as_raw_fd(), level, name, value, length) })
}

fn length_of<T>() -> io::Result<socklen_t> {
    size_of::<T>().try_into().map_err(|_| io::ErrorKind::InvalidInput.into())
}

fn checked(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
