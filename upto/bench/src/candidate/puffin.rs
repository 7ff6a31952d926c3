//! `puffin`'s scopes. A scope within another waits in its thread; the outermost one is reported when it ends.

use std::hint::black_box;

use puffin::{GlobalProfiler, profile_function, profile_scope};

use super::Candidate;
use crate::bursts::{burst, median};
use crate::failure::Failure;

pub(super) const CANDIDATES: &[Candidate] =
    &[Candidate::per_pair("puffin", "profile_function! within a scope", scopes)];

#[inline(never)]
fn work(value: u64) {
    profile_function!();
    black_box(value);
}

fn scopes() -> Result<f64, Failure> {
    puffin::set_scopes_on(true);
    // Without a sink, frames are thrown away before they are put together.
    GlobalProfiler::lock().add_sink(Box::new(|frame| drop(black_box(frame))));
    median(|| {
        GlobalProfiler::lock().new_frame();
        profile_scope!("burst");
        burst(|| work(black_box(1)))
    })
}
