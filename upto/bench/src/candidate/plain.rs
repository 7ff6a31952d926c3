//! The floor: the call itself, and two readings of the processor's cycle counter.

use std::hint::black_box;

use super::Candidate;
use crate::bursts::tight;
use crate::failure::Failure;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::per_pair("plain", "the plain call, without any event", plain),
    #[cfg(target_arch = "x86_64")]
    Candidate::per_pair("tsc_twice", "two readings of the cycle counter", tsc_twice),
];

#[inline(never)]
fn work(value: u64) {
    black_box(value);
}

fn plain() -> Result<f64, Failure> {
    tight(|| work(black_box(1)))
}

#[cfg(target_arch = "x86_64")]
fn tsc_twice() -> Result<f64, Failure> {
    tight(|| {
        black_box(cycles());
        black_box(cycles());
    })
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "the intrinsic is unsafe as all are, and every x86_64 has the instruction")]
fn cycles() -> u64 {
    // SAFETY: RDTSC is part of x86_64, and touches registers only.
    unsafe { core::arch::x86_64::_rdtsc() }
}
