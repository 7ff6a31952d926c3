//! Whose clock each mark is by, as runs of marks: mostly, all marks of a block are alike.

use super::error::BlockError;
use crate::timeline::Stamp;

/// Collects stamps.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    /// How many marks one after the other have the same: first those with [`Stamp::Unknown`], then the others, and so on
    /// in turn. If it is empty, none has another one.
    runs: Vec<u32>,
    unknown: u32,
}

impl Stamps {
    pub(super) fn push(&mut self, stamp: Stamp) {
        if self.runs.is_empty() && stamp == Stamp::Unknown {
            self.unknown += 1;
            return;
        }
        if self.runs.is_empty() {
            self.runs.push(self.unknown);
        }
        if stamp_of(self.runs.len() - 1) != stamp {
            self.runs.push(0);
        }
        // A block has far fewer marks than 2^32.
        self.runs.iter_mut().next_back().into_iter().for_each(|last| *last += 1);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(super) fn runs(&self) -> &[u32] {
        &self.runs
    }
}

/// Tells stamps, mark by mark.
#[derive(Debug)]
pub(super) struct StampsOut {
    runs: Vec<u32>,
    run: usize,
}

impl StampsOut {
    /// Of a block with so many marks.
    ///
    /// # Errors
    /// [`BlockError::Sessions`]: there are runs of more marks than those.
    pub(super) fn of(runs: Vec<u32>, marks: usize) -> Result<Self, BlockError> {
        let all: u64 = runs.iter().map(|run| u64::from(*run)).sum();
        if all > marks as u64 {
            return Err(BlockError::Sessions("there are more stamps than marks".to_owned()));
        }
        Ok(StampsOut { runs, run: 0 })
    }

    /// The next mark's.
    pub(super) fn next(&mut self) -> Stamp {
        while let Some(left) = self.runs.get_mut(self.run) {
            if let Some(fewer) = left.checked_sub(1) {
                *left = fewer;
                return stamp_of(self.run);
            }
            self.run += 1;
        }
        Stamp::Unknown
    }
}

fn stamp_of(run: usize) -> Stamp {
    if run.is_multiple_of(2) { Stamp::Unknown } else { Stamp::Session }
}
