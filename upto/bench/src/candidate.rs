//! What is measured. Each is measured in a process of its own.

mod cadence;
mod chrome;
mod dear;
mod fastrace;
#[cfg(target_os = "linux")]
mod flusher;
mod latency;
mod layer;
mod load;
mod off;
mod opentelemetry;
mod plain;
mod puffin;
mod registry;
mod spanned;
mod udp;
mod upto;

use std::pin::Pin;
use std::task::{Context, Waker};

use upto_bench_harness::Candidate;

/// All of them, in the order in which they are reported.
pub(crate) fn all() -> impl Iterator<Item = &'static Candidate> {
    let mut files = vec![
        plain::CANDIDATES,
        upto::CANDIDATES,
        off::CANDIDATES,
        dear::CANDIDATES,
        latency::CANDIDATES,
        layer::CANDIDATES,
        fastrace::CANDIDATES,
        puffin::CANDIDATES,
        registry::CANDIDATES,
        opentelemetry::CANDIDATES,
        chrome::CANDIDATES,
        cadence::CANDIDATES,
        udp::CANDIDATES,
    ];
    #[cfg(target_os = "linux")]
    files.push(flusher::CANDIDATES);
    files.push(load::CANDIDATES);
    files.into_iter().flatten()
}

/// Polls a future once, by hand: a runtime would be measured too. The future stays where it was made, as it does where it
/// is awaited: moving one would be measured too.
fn poll_once(future: Pin<&mut impl Future<Output = ()>>) {
    // Those that are measured never wait.
    let _ready = future.poll(&mut Context::from_waker(Waker::noop()));
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
