//! Time per pair on the calling thread, in bursts that leave every queue time to drain.
//!
//! A loop without pauses fills whatever queue there is, and then measures how the queue refuses.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::summary::Spread;

/// Start and end pairs of a burst.
const PAIRS: u32 = 256;
/// Between bursts. It is spent at work: a processor that is let go of, on a machine that is shared, is found again in
/// whatever state its neighbours have left it, and the same burst then takes up to twice as long.
const PAUSE: Duration = Duration::from_millis(2);
const BURSTS: usize = 400;
/// Bursts before those that count. fastrace takes about 500 until the memory that it works with comes back from its collector;
/// everybody is measured warm. Where the allocator is told to keep memory, it takes half as long: `fastrace_memory_kept`.
const WARM_UP: usize = 700;
/// Pairs of a loop without pauses.
const TIGHT_PAIRS: u32 = 1_000_000;
const TIGHT_LOOPS: usize = 5;
/// About 2 us on most processors.
const SPINS: u32 = 100;

/// The time that a burst takes of calls that make a pair each. What is done before and after it is not timed.
pub(crate) fn burst(pair: impl FnMut()) -> Duration {
    time(PAIRS, pair)
}

/// Likewise of calls that make two pairs each.
pub(crate) fn burst_of_twos(two_pairs: impl FnMut()) -> Duration {
    time(PAIRS / 2, two_pairs)
}

/// Nanoseconds per pair: the median of bursts.
///
/// # Errors
/// None in practice: there are bursts.
pub(crate) fn median(burst: impl FnMut() -> Duration) -> Result<f64, Failure> {
    median_of(run(|| {}, burst))
}

/// Likewise, on so many threads that begin each burst at once.
///
/// # Errors
/// No thread came to its end.
pub(crate) fn median_on(threads: usize, burst: impl Fn() -> Duration + Sync) -> Result<f64, Failure> {
    let gate = Gate { threads, arrived: AtomicUsize::new(0) };
    let times = thread::scope(|scope| {
        let one = || run(|| gate.pass(), &burst);
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    median_of(times)
}

/// Nanoseconds per pair in loops without pauses: the median of loops, the first one left out. For what has no
/// queue, and for what a full one costs.
///
/// # Errors
/// None in practice: there are loops.
pub(crate) fn tight(mut pair: impl FnMut()) -> Result<f64, Failure> {
    let mut loops = (0..=TIGHT_LOOPS).map(|_| per_pair(time(TIGHT_PAIRS, &mut pair), TIGHT_PAIRS));
    loops.next();
    median_of(loops.collect())
}

/// Pairs that [`tight`] makes in all.
pub(crate) const fn tight_pairs() -> u64 {
    TIGHT_PAIRS as u64 * (TIGHT_LOOPS as u64 + 1)
}

fn run(before: impl Fn(), mut burst: impl FnMut() -> Duration) -> Vec<f64> {
    let mut times = Vec::with_capacity(BURSTS);
    for number in 0..WARM_UP + BURSTS {
        stay_busy_for(PAUSE);
        before();
        let time = burst();
        if number >= WARM_UP {
            times.push(per_pair(time, PAIRS));
        }
    }
    times
}

fn stay_busy_for(time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time {}
}

/// The median.
///
/// # Errors
/// There are no times.
pub(crate) fn median_of(times: Vec<f64>) -> Result<f64, Failure> {
    Spread::of(times).map(|spread| spread.median).ok_or(Failure::Missing("no burst was timed"))
}

/// How long so many calls take.
pub(crate) fn time(pairs: u32, mut pair: impl FnMut()) -> Duration {
    let began = Instant::now();
    for _ in 0..pairs {
        pair();
    }
    began.elapsed()
}

/// Nanoseconds of each of so many.
pub(crate) fn per_pair(time: Duration, pairs: u32) -> f64 {
    time.as_nanos() as f64 / f64::from(pairs)
}

/// Lets threads through together. They spin: to be woken takes longer than a burst.
struct Gate {
    threads: usize,
    arrived: AtomicUsize,
}

impl Gate {
    fn pass(&self) {
        let before = self.arrived.fetch_add(1, Ordering::SeqCst);
        let full = (before / self.threads + 1) * self.threads;
        while self.arrived.load(Ordering::SeqCst) < full {
            (0..SPINS).for_each(|_| spin_loop());
            // Whoever is missing may need this core.
            thread::yield_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_calls_its_pairs() {
        let mut calls = 0;
        burst(|| calls += 1);
        assert_eq!(calls, PAIRS);
    }

    #[test]
    fn a_gate_lets_nobody_through_before_all_are_there() {
        const THREADS: usize = 3;
        const ROUNDS: usize = 200;
        let gate = Gate { threads: THREADS, arrived: AtomicUsize::new(0) };
        let begun = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for round in 1..=ROUNDS {
                        begun.fetch_add(1, Ordering::SeqCst);
                        gate.pass();
                        assert!(begun.load(Ordering::SeqCst) >= THREADS * round);
                    }
                });
            }
        });
    }
}
