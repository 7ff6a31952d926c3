//! The raw count that an event reads at its start and its end.
//!
//! | where | what is counted | a step | a read |
//! |---|---|---|---|
//! | x86-64 | the time stamp counter, when it is invariant | below 1 ns | about 9 ns |
//! | AArch64 | the generic timer's virtual counter | 1 to 52 ns | a few ns |
//! | elsewhere, in doubt, under Miri | nanoseconds of [`Instant`] | the system's | about 25 ns, much more with a system call |
//!
//! The unit of a count is unknown: `Timebase` learns it. Counts of different threads compare as well as the
//! system's own clock does, since the kernel trusts the same counter. A read is not ordered with the
//! instructions around it: it may be early or late by some tens of cycles.
//!
//! What can go wrong, all of which `Timebase` survives:
//! - A virtual machine that moves to another host while it runs may see the counter jump, in either direction.
//!   Events that are open then get a wrong duration.
//! - A machine that is suspended may stop the counter, reset it, or let it run on; `Instant` mostly stops. Then
//!   the suspension is part of a duration, or is not.
//! - A kernel that finds the counter unstable later on turns to another one; this process keeps the counter.

// Reading a counter is an instruction without a safe form, and asking whether it may be read is unsafe on older
// compilers. Neither touches memory. All of the SDK's `unsafe` code for the clock is in this file.
#![allow(unsafe_code)]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Whether [`now`] reads the counter. Set at most once, by [`select`].
static COUNTER: AtomicBool = AtomicBool::new(false);

/// The count now, in units that are the same for the rest of the process once [`select`] was called.
#[inline(always)]
pub(crate) fn now() -> u64 {
    if COUNTER.load(Ordering::Relaxed) { counter::read() } else { monotonic() }
}

/// Decides for the process what [`now`] reads. Called before the first event; calling it again changes nothing.
pub(crate) fn select() {
    static DECIDED: OnceLock<()> = OnceLock::new();
    DECIDED.get_or_init(|| COUNTER.store(IS_OPEN && counter::is_trusted(), Ordering::Relaxed));
}

/// Nanoseconds of the system's monotonic clock since this process first asked.
// Out of the way of those who read the counter.
#[inline(never)]
pub(crate) fn monotonic() -> u64 {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    u64::try_from(ORIGIN.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The systems that are known to let programs read the counter, and to keep those of all cores alike.
const IS_OPEN: bool = cfg!(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "ios",
    target_os = "windows",
    target_os = "freebsd"
));

/// The time stamp counter. Where a process has forbidden itself to read it, the system's own clock, which reads it
/// within the process too, fails alike.
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod counter {
    use std::arch::x86_64::{__cpuid, _rdtsc};

    /// The leaf of CPUID that tells the highest of the extended leaves.
    const HIGHEST_EXTENDED: u32 = 0x8000_0000;
    /// The leaf about power management, and its bit in EDX for "runs at one rate in every state".
    const POWER_MANAGEMENT: u32 = 0x8000_0007;
    const INVARIANT: u32 = 1 << 8;

    #[inline(always)]
    pub(super) fn read() -> u64 {
        // SAFETY: every x86-64 processor has the instruction, and it touches no memory.
        unsafe { _rdtsc() }
    }

    pub(super) fn is_trusted() -> bool {
        is_invariant() && is_synchronous()
    }

    fn is_invariant() -> bool {
        eax_edx(HIGHEST_EXTENDED).0 >= POWER_MANAGEMENT && eax_edx(POWER_MANAGEMENT).1 & INVARIANT != 0
    }

    // Newer compilers call it safe and the block superfluous.
    #[allow(unused_unsafe)]
    fn eax_edx(leaf: u32) -> (u32, u32) {
        // SAFETY: every x86-64 processor has the instruction, and it touches no memory.
        let registers = unsafe { __cpuid(leaf) };
        (registers.eax, registers.edx)
    }

    /// Whether the counters of all cores go together. Linux watches them, and uses another clock if they do not.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn is_synchronous() -> bool {
        let clock =
            std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource");
        clock.is_ok_and(|name| name.trim_end() == "tsc")
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn is_synchronous() -> bool {
        true
    }
}

/// The generic timer, which the architecture promises to be of one rate and the same on all cores.
#[cfg(all(target_arch = "aarch64", not(miri)))]
mod counter {
    #[inline(always)]
    pub(super) fn read() -> u64 {
        let count: u64;
        // SAFETY: only read where the system lets programs do so; that touches no memory and no flags.
        unsafe {
            std::arch::asm!("mrs {}, cntvct_el0", out(reg) count, options(nomem, nostack, preserves_flags));
        }
        count
    }

    pub(super) fn is_trusted() -> bool {
        true
    }
}

/// No counter that a program may read and rely on.
#[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod counter {
    #[inline(always)]
    pub(super) fn read() -> u64 {
        super::monotonic()
    }

    pub(super) fn is_trusted() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_decided_once() {
        select();
        let first = COUNTER.load(Ordering::Relaxed);
        select();
        assert_eq!(COUNTER.load(Ordering::Relaxed), first);
    }

    #[test]
    fn counts_of_one_thread_do_not_go_back() {
        select();
        let mut last = now();
        for _ in 0..10_000 {
            let next = now();
            assert!(next >= last, "{next} after {last}");
            last = next;
        }
    }

    #[test]
    fn a_count_that_another_thread_handed_over_is_not_in_the_future() {
        // A processor may read its counter before it has waited for the other thread's count.
        const EARLY: u64 = 1_000_000;
        select();
        let (sender, receiver) = std::sync::mpsc::channel();
        let counting = std::thread::spawn(move || (0..1_000).try_for_each(|_| sender.send(now())));
        for sent in receiver {
            assert!(now() + EARLY >= sent);
        }
        counting.join().unwrap().unwrap();
    }
}
