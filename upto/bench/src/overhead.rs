//! What something costs above the same without it, where that is a fraction of a nanosecond.
//!
//! Where the code of a loop happens to lie, and where its stack does, makes more of a difference than a branch that is not
//! taken: two copies of one function differ by up to a nanosecond and a half here, and each of them is as fast in every process as its
//! addresses let it be. So there are several copies of each, which differ in a constant and lie in different places, and
//! each is called at another depth of the stack; what counts is the median copy.

use std::hint::black_box;

use crate::bursts::{median_of, per_pair, time};
use crate::failure::Failure;

/// Loops of each of two that take turns, and the calls of such a loop.
const TURNS: usize = 15;
const CALLS: u32 = 50_000;
/// By how many bytes the stack differs from one copy to the next, without what a call takes.
const STEP: usize = 16;

/// Nanoseconds per call, and by how much that is over the plain one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compared {
    pub(crate) whole: f64,
    pub(crate) over_plain: f64,
}

/// All copies of what compares, for [`over`]: functions with a constant.
macro_rules! copies {
    ($copy:ident) => {
        [
            $copy::<3>,
            $copy::<100>,
            $copy::<1_000>,
            $copy::<0x9e37_79b9>,
            $copy::<0x9e37_79b9_7f4a_7c15>,
            $copy::<7>,
            $copy::<120>,
            $copy::<70_000>,
            $copy::<0xbf58_476d>,
            $copy::<0xbf58_476d_1ce4_e5b9>,
            $copy::<9>,
            $copy::<127>,
            $copy::<1_000_000>,
            $copy::<0x94d0_49bb>,
            $copy::<0x94d0_49bb_1331_11eb>,
        ]
    };
}
pub(crate) use copies;

/// What the median of the copies takes, and the median of what they take above the plain ones.
///
/// # Errors
/// A copy can't be measured.
pub(crate) fn over(copies: &[fn() -> Result<Compared, Failure>]) -> Result<Compared, Failure> {
    let measured = copies.iter().enumerate().map(|(number, copy)| at_depth(number, copy));
    let measured: Vec<Compared> = measured.collect::<Result<_, _>>()?;
    let median = |of: fn(&Compared) -> f64| median_of(measured.iter().map(of).collect());
    Ok(Compared { whole: median(|one| one.whole)?, over_plain: median(|one| one.over_plain)? })
}

/// Compares two that take turns: a process goes through slow and fast moments. Both are called through a pointer: the
/// compiler else makes one part of its loop and not the other, and the difference is that of a call.
///
/// # Errors
/// None in practice: there are loops.
pub(crate) fn compare(mut plain: impl FnMut(), mut pair: impl FnMut()) -> Result<Compared, Failure> {
    let plain: &mut dyn FnMut() = black_box(&mut plain);
    let pair: &mut dyn FnMut() = black_box(&mut pair);
    let mut turn = || {
        let floor = per_pair(time(CALLS, &mut *plain), CALLS);
        let whole = per_pair(time(CALLS, &mut *pair), CALLS);
        (whole, whole - floor)
    };
    turn();
    let (wholes, differences) = (0..TURNS).map(|_| turn()).unzip();
    Ok(Compared { whole: median_of(wholes)?, over_plain: median_of(differences)? })
}

/// What `copy` gives so many calls further down the stack.
#[inline(never)]
fn at_depth(depth: usize, copy: &fn() -> Result<Compared, Failure>) -> Result<Compared, Failure> {
    let between = black_box([0_u8; STEP]);
    let compared = if depth == 0 { copy() } else { at_depth(depth - 1, copy) };
    black_box(between);
    compared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_more_takes_longer_and_the_median_copy_counts() {
        fn copy<const N: u64>() -> Result<Compared, Failure> {
            Ok(Compared { whole: N as f64, over_plain: -(N as f64) })
        }
        let compared = over(&[copy::<5>, copy::<1>, copy::<9>]).unwrap();
        assert_eq!((compared.whole, compared.over_plain), (5.0, -5.0));
    }

    #[test]
    fn each_is_called_as_often_as_the_other() {
        let (mut plain, mut pair) = (0, 0);
        compare(|| plain += 1, || pair += 1).unwrap();
        assert_eq!((plain, pair), (CALLS as usize * (TURNS + 1), CALLS as usize * (TURNS + 1)));
    }
}
