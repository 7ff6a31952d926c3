//! What new memory costs here. A machine whose memory is its host's until it is used pays for that when a fold grows: as
//! much again as folding takes, or nothing, from one minute to the next.

use std::hint::black_box;
use std::time::Instant;

use upto_bench_harness::Candidate;

use super::{ROUNDS, figure};
use crate::failure::Failure;
use crate::figure::Figure;

pub(super) const CANDIDATES: &[Candidate] = &[Candidate::figures(
    "memory",
    "64 MiB of new memory, about what 1,000,000 events take: first touched",
    ROUNDS,
    first_touch,
)];

const BYTES: usize = 64 << 20;
const PAGE: usize = 4 << 10;

#[allow(clippy::unnecessary_wraps)]
fn first_touch() -> Result<Vec<Figure>, Failure> {
    let mut bytes = vec![0_u8; BYTES];
    let began = Instant::now();
    bytes.iter_mut().step_by(PAGE).for_each(|byte| *byte = 1);
    let took = began.elapsed();
    black_box(bytes);
    Ok(vec![figure("memory", "first_touch", 1e3 * took.as_secs_f64(), "ms")])
}
