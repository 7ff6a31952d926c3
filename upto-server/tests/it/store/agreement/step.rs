//! Steps at random, over few names, so that they meet.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// One operation. Claims and leases are called by how many came before: their numbers are up to
/// the back end.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Log(LogStep),
    Documents(DocumentStep),
    Queue(QueueStep),
    Lease(LeaseStep),
    Wait(Duration),
}

#[derive(Clone, Debug)]
pub(super) enum LogStep {
    Append(Vec<(&'static str, u8)>),
    /// `skip` blocks are read first, to get the cursor after them.
    Read {
        stream: &'static str,
        skip: usize,
        limit: usize,
    },
    /// Those after the first `skip` blocks, so many of them.
    Replace {
        stream: &'static str,
        skip: usize,
        count: usize,
        block: u8,
    },
    Drop(&'static str),
}

#[derive(Clone, Debug)]
pub(super) enum DocumentStep {
    Put { key: &'static str, expected: Option<u64>, value: u8 },
    Delete { key: &'static str, expected: u64 },
    List { prefix: &'static str, after: Option<&'static str>, limit: usize },
}

#[derive(Clone, Debug)]
pub(super) enum QueueStep {
    Push { queue: &'static str, payload: u8 },
    Claim { queue: &'static str, limit: usize },
    Acknowledge { claim: usize },
    Reclaim { queue: &'static str },
    Waiting { queue: &'static str },
}

#[derive(Clone, Debug)]
pub(super) enum LeaseStep {
    Acquire { name: &'static str, owner: &'static str },
    Renew { lease: usize },
    Release { lease: usize },
}

pub(super) fn any() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => log().prop_map(Step::Log),
        3 => document().prop_map(Step::Documents),
        4 => queue().prop_map(Step::Queue),
        3 => lease().prop_map(Step::Lease),
        1 => (0..12_u64).prop_map(|seconds| Step::Wait(Duration::from_secs(seconds))),
    ]
}

/// Some begin with others.
fn name() -> impl Strategy<Value = &'static str> {
    select(&["", "a", "a\0", "a/b", "ä"][..])
}

fn log() -> impl Strategy<Value = LogStep> {
    prop_oneof![
        vec((name(), prop::num::u8::ANY), 0..4).prop_map(LogStep::Append),
        (name(), 0..4_usize, 0..5_usize).prop_map(|(stream, skip, limit)| LogStep::Read {
            stream,
            skip,
            limit
        }),
        (name(), 0..3_usize, 1..4_usize, prop::num::u8::ANY)
            .prop_map(|(stream, skip, count, block)| { LogStep::Replace { stream, skip, count, block } }),
        name().prop_map(LogStep::Drop),
    ]
}

fn document() -> impl Strategy<Value = DocumentStep> {
    let version = 1..4_u64;
    prop_oneof![
        (name(), prop::option::of(version.clone()), prop::num::u8::ANY)
            .prop_map(|(key, expected, value)| DocumentStep::Put { key, expected, value }),
        (name(), version).prop_map(|(key, expected)| DocumentStep::Delete { key, expected }),
        (name(), prop::option::of(name()), 0..5_usize)
            .prop_map(|(prefix, after, limit)| DocumentStep::List { prefix, after, limit }),
    ]
}

fn queue() -> impl Strategy<Value = QueueStep> {
    prop_oneof![
        (name(), prop::num::u8::ANY).prop_map(|(queue, payload)| QueueStep::Push { queue, payload }),
        (name(), 0..3_usize).prop_map(|(queue, limit)| QueueStep::Claim { queue, limit }),
        (0..6_usize).prop_map(|claim| QueueStep::Acknowledge { claim }),
        name().prop_map(|queue| QueueStep::Reclaim { queue }),
        name().prop_map(|queue| QueueStep::Waiting { queue }),
    ]
}

fn lease() -> impl Strategy<Value = LeaseStep> {
    prop_oneof![
        (name(), select(&["one", "two"][..])).prop_map(|(name, owner)| LeaseStep::Acquire { name, owner }),
        (0..4_usize).prop_map(|lease| LeaseStep::Renew { lease }),
        (0..4_usize).prop_map(|lease| LeaseStep::Release { lease }),
    ]
}
