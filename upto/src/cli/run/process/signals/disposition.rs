//! What this process was told to do about signals by the one that started it.
// The only way to ask the system for it.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr;

/// True if this signal is ignored.
pub(super) fn is_ignored(signal: i32) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: without a new action, the old one is written to memory that is ours, and nothing is changed.
    let answer = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: it was written if the call was a success.
    answer == 0 && unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN
}

/// Has the system keep how a child ended until it is asked: where this process was told to ignore that its children end,
/// it would not.
pub(super) fn keep_children() {
    // SAFETY: the default action runs no code of this process.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}
