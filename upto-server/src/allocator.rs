//! The allocator of the command, told to give back what is free.
//!
//! What is asked of large timelines takes much memory for a short time, on many threads. By itself, glibc learns from that to
//! keep ever larger pieces, for each thread by itself: five timelines of a million events that were asked everything took 777
//! MiB one after the other, and 1,167 all at once, where `--memory` was 256. As it is told here, and with turns
//! (`catalog/turns.rs`), they take 370 and 387, and 118 afterwards. mimalloc as it is takes 466 and 611; where it gives back at
//! once, 298 and 353, but then receiving events takes half as long again.
#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(unsafe_code)]

use libc::{M_ARENA_MAX, M_MMAP_THRESHOLD, c_int, malloc_trim, mallopt};

/// From so many bytes on, a piece is the system's own, and goes back to it when it is free.
const OWN_BYTES: c_int = 512 << 10;
/// What is smaller is kept in so many places, for all threads.
const ARENAS: c_int = 2;

/// Tells it, before there are other threads.
pub(super) fn set_up() {
    // SAFETY: it takes any numbers, and answers whether it knows them. Where it does not, all goes on as it would.
    unsafe {
        mallopt(M_MMAP_THRESHOLD, OWN_BYTES);
        mallopt(M_ARENA_MAX, ARENAS);
    }
}

/// Gives back whole pages of what is free, in the midst of what is not, too.
pub(super) fn give_back() {
    // SAFETY: it takes any number, and may be called at any time on any thread.
    unsafe { malloc_trim(0) };
}
