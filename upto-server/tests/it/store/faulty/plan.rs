//! When a faulty store fails, and how: by the number of the operation, the same in every run.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What happens to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// It fails, and nothing happened.
    Before,
    /// It is done, and the caller is told that it failed.
    Lost,
    /// Of an append, half is done, and it fails.
    Torn,
    /// It takes time.
    Delay(Duration),
}

/// What comes of doing an operation again that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeating {
    IsHarmless,
    Matters,
}

/// Faults by turns.
pub(crate) struct Plan {
    operations: AtomicU64,
    has_begun: AtomicBool,
    /// Also what no caller can tell from success by trying again.
    is_merciless: bool,
}

impl Plan {
    /// Every failure after which trying again gives what it would have given.
    pub(super) fn for_callers_who_try_again() -> Self {
        Plan { operations: AtomicU64::new(0), has_begun: AtomicBool::new(false), is_merciless: false }
    }

    /// All failures.
    pub(in crate::store) fn merciless() -> Self {
        Plan { is_merciless: true, ..Plan::for_callers_who_try_again() }
    }

    /// Nothing fails before this.
    pub(in crate::store) fn begin(&self) {
        self.has_begun.store(true, Ordering::SeqCst);
    }

    /// Nothing fails after this.
    pub(in crate::store) fn end(&self) {
        self.has_begun.store(false, Ordering::SeqCst);
    }

    /// What happens to the next operation.
    pub(super) fn next(&self, repeating: Repeating) -> Fault {
        match self.draw() {
            Fault::Torn => Fault::None,
            Fault::Lost if repeating == Repeating::Matters && !self.is_merciless => Fault::None,
            fault => fault,
        }
    }

    /// Whether the next append is torn.
    pub(super) fn tears(&self) -> bool {
        self.is_merciless && self.draw() == Fault::Torn
    }

    fn draw(&self) -> Fault {
        if !self.has_begun.load(Ordering::SeqCst) {
            return Fault::None;
        }
        let number = mix(self.operations.fetch_add(1, Ordering::SeqCst));
        match number % 16 {
            0 | 1 => Fault::Before,
            2 | 3 => Fault::Lost,
            4 => Fault::Torn,
            5 | 6 => Fault::Delay(Duration::from_millis(number / 16 % 50)),
            _ => Fault::None,
        }
    }
}

/// As good as random: the finalizer of SplitMix64.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[test]
fn there_is_enough_of_every_fault() {
    let plan = Plan::merciless();
    assert_eq!(plan.draw(), Fault::None, "it has not begun");
    plan.begin();
    let drawn: Vec<_> = (0..160).map(|_| plan.draw()).collect();
    let count = |is_it: fn(&Fault) -> bool| drawn.iter().filter(|fault| is_it(fault)).count();
    assert!(count(|fault| *fault == Fault::Before) > 10);
    assert!(count(|fault| *fault == Fault::Lost) > 10);
    assert!(count(|fault| *fault == Fault::Torn) > 5);
    assert!(count(|fault| matches!(fault, Fault::Delay(_))) > 10);
    assert!(count(|fault| *fault == Fault::None) > 60);
}
