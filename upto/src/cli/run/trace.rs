//! The trace that a command is part of, and random numbers.

use std::hash::{BuildHasher, RandomState};

/// A number that nobody else has, except 0.
pub(super) fn random() -> u64 {
    // The system's randomness is in the state's keys.
    RandomState::new().hash_one(std::process::id()).max(1)
}

/// The `traceparent` (W3C Trace Context) for a command whose event has this id: of the trace that this process is part
/// of, else of one that begins here.
pub(super) fn traceparent(outer: &str, id: u64) -> String {
    let mut parts = outer.split('-').skip(1);
    match (parts.next(), parts.nth(1)) {
        (Some(trace), Some(flags)) => format!("00-{trace}-{id:016x}-{flags}"),
        _ => format!("00-{:016x}{:016x}-{id:016x}-01", random(), random()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_goes_on_and_its_parent_is_the_event() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let outer = format!("00-{trace}-b7ad6b7169203331-00");
        assert_eq!(traceparent(&outer, 0x2a), format!("00-{trace}-000000000000002a-00"));
    }

    #[test]
    fn a_trace_that_begins_here_is_a_new_one() {
        let (one, other) = (traceparent("", 1), traceparent("", 1));
        assert_ne!(one, other);
        assert_eq!(one.len(), 55);
        assert!(one.starts_with("00-") && one.ends_with("-0000000000000001-01"), "{one}");
    }
}
