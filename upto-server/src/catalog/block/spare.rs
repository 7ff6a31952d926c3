//! The memory of blocks that were finished, for those that are written next. A busy timeline has a new block with each
//! commit: getting its memory from the system, page by page, would take longer than filling it.

use std::sync::{Mutex, PoisonError};

use super::layout::Columns;
use super::starts::Starts;

/// What of a writer is large.
pub(super) type Spare = (Columns<Vec<u8>>, Starts);

/// Those that are kept: one is written while another one is stored, of a few timelines.
const KEPT: usize = 3;
/// Smaller ones are made anew as quickly.
const WORTH_BYTES: usize = 64 << 10;

static SPARE: Mutex<Vec<Spare>> = Mutex::new(Vec::new());

/// Empty columns, with memory if there is any.
pub(super) fn take() -> Spare {
    SPARE.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
}

/// Keeps the memory of a block of so many bytes.
pub(super) fn keep(bytes: usize, mut columns: Columns<Vec<u8>>, mut starts: Starts) {
    if bytes < WORTH_BYTES {
        return;
    }
    columns.each_mut().into_iter().for_each(Vec::clear);
    starts.clear();
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    if spare.len() < KEPT {
        spare.push((columns, starts));
    }
}
