//! The bare sink, which all others are compared with.

use upto::wire::limits::PACKET_BYTES;
use upto_bench_harness::Candidate;

use super::{ROUNDS, drained, taken};
use crate::drain::drain;
use crate::failure::Failure;
use crate::figure::Figure;
use crate::load::{self, Packets, Run};
use crate::search::highest;
use crate::sink::Sink;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::figures("sink_packets", "recvmmsg and decoding: packets of the SDK", ROUNDS, packets),
    Candidate::figures(
        "sink_singles",
        "recvmmsg and decoding: datagrams of single messages",
        ROUNDS,
        singles,
    ),
];

const PACKETS: Packets = Packets { events: 2_500_000, has_attribute: false, timeline: "run" };
const SINGLES: usize = 250_000;

fn packets() -> Result<Vec<Figure>, Failure> {
    // It forgets everything, so that it may have the same packets again.
    let (runs, _) = PACKETS.collect()?;
    let (_, fed) = highest(|| Sink::start(PACKET_BYTES), || Ok(runs.clone()))?;
    Ok(taken("sink_packets", &fed))
}

fn singles() -> Result<Vec<Figure>, Failure> {
    let (runs, _) = load::singles(SINGLES);
    let longest = runs.iter().map(|run| run.each).max().unwrap_or(0);
    let cpu = drained("sink_singles", &drain(&mut Sink::start(longest)?, &runs)?)?;
    // In runs they come with their length, which the sink has to know: the most frequent one.
    let (each, of_one_length) = most_frequent(runs);
    let (_, fed) = highest(|| Sink::start(each), || Ok(of_one_length.clone()))?;
    Ok([vec![cpu], taken("sink_singles", &fed)].concat())
}

fn most_frequent(mut runs: Vec<Run>) -> (usize, Vec<Run>) {
    let count = |each| runs.iter().filter(|run| run.each == each).count();
    let each = runs.iter().map(|run| run.each).max_by_key(|&each| count(each)).unwrap_or(0);
    runs.retain(|run| run.each == each);
    (each, runs)
}
