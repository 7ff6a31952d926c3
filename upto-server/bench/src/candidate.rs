//! What is measured. Each is measured in a process of its own, with receivers of its own.

mod asked;
mod handover;
mod memory;
mod packets;
mod peers;
mod singles;
mod sink;
mod stored;
mod stores;

use upto_bench_harness::Candidate;

use crate::failure::Failure;
use crate::feed::Fed;
use crate::figure::Figure;

/// How often the server is measured beside the bare sink: what is compared is the CPU time of both at about the same time
/// of day, since whoever else uses the machine changes it by a quarter.
const ROUNDS: usize = 5;

/// All of them, in the order in which they are reported.
pub(crate) fn all() -> impl Iterator<Item = &'static Candidate> {
    let files = [
        sink::CANDIDATES,
        packets::CANDIDATES,
        singles::CANDIDATES,
        peers::CANDIDATES,
        handover::CANDIDATES,
        memory::CANDIDATES,
        stored::CANDIDATES,
        asked::CANDIDATES,
        stores::CANDIDATES,
    ];
    files.into_iter().flatten()
}

fn figure(candidate: &str, what: &str, value: f64, unit: &str) -> Figure {
    Figure::new(format!("{candidate}_{what}"), value, unit)
}

/// What a receiver took without loss, and what that cost.
fn taken(candidate: &str, fed: &Fed) -> Vec<Figure> {
    vec![
        figure(candidate, "rate", fed.messages_per_second(), "messages/s"),
        figure(candidate, "rate_cpu", fed.cpu_nanoseconds(), "ns of CPU per message"),
    ]
}

/// What datagrams cost that come one by one.
///
/// # Errors
/// Some were lost, so that nobody knows what the others cost.
fn drained(candidate: &str, fed: &Fed) -> Result<Figure, Failure> {
    if fed.lost > 0 {
        return Err(Failure::Missing("room for a burst in the receiver's socket"));
    }
    Ok(figure(candidate, "cpu", fed.cpu_nanoseconds(), "ns of CPU per datagram"))
}

/// A number that is neither negative nor large.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_one_word_and_differ() {
        let names: Vec<_> = all().map(|candidate| candidate.name).collect();
        assert!(names.iter().all(|name| !name.contains(char::is_whitespace)));
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }
}
