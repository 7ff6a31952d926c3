//! Signals are the host's: the flusher's thread takes none.

#![allow(unsafe_code)]

/// Starts a thread that takes no signals, by `spawn`: it inherits what is blocked here meanwhile.
///
/// A host that blocks a signal to wait for it (`sigwait`, `signalfd`), and does so after the client was started, would
/// otherwise get it by the flusher's thread, as if it had not been blocked.
// Miri, which has no signals, does not know the calls.
#[cfg(all(unix, not(miri)))]
pub(super) fn blocked_for<T>(spawn: impl FnOnce() -> T) -> T {
    let _blocked = Blocked::new();
    spawn()
}

#[cfg(any(not(unix), miri))]
pub(super) fn blocked_for<T>(spawn: impl FnOnce() -> T) -> T {
    spawn()
}

/// What a thread's own instructions cause. Blocked, it would end the process without the host's handler.
#[cfg(all(unix, not(miri)))]
const FAULTS: [libc::c_int; 6] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGSYS];

/// While it is there, this thread takes no signals; then, again, those that it took before.
#[cfg(all(unix, not(miri)))]
struct Blocked {
    before: libc::sigset_t,
}

#[cfg(all(unix, not(miri)))]
impl Blocked {
    /// `None`: the system does not allow it, which none is known to.
    fn new() -> Option<Self> {
        let mut blocked = no_signals();
        let mut before = no_signals();
        // SAFETY: both sets are ours, and the signals' numbers are the system's own.
        let error = unsafe {
            libc::sigfillset(&raw mut blocked);
            for fault in FAULTS {
                libc::sigdelset(&raw mut blocked, fault);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const blocked, &raw mut before)
        };
        (error == 0).then_some(Blocked { before })
    }
}

#[cfg(all(unix, not(miri)))]
impl Drop for Blocked {
    fn drop(&mut self) {
        // SAFETY: a set that the system has given.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, std::ptr::null_mut()) };
    }
}

#[cfg(all(unix, not(miri)))]
fn no_signals() -> libc::sigset_t {
    let mut set = std::mem::MaybeUninit::uninit();
    // SAFETY: it is made by the call, which can't fail.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        set.assume_init()
    }
}
