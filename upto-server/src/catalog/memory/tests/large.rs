//! A timeline that is larger than the memory: a million distinct names, and one name a million times. What is counted
//! are bytes and blocks, so that a slow machine fails nothing; were anything quadratic, these would not end.

use super::*;

const EVENTS: u64 = 1_000_000;
/// The server's default.
const FOLD_BYTES: usize = 160 << 20;
/// Events of one commit, and how often there is one.
const COMMIT: u64 = 50_000;

/// An event of one instant, or an end that knows its start.
fn mark<'a>(kind: MarkKind, name: &'a str, id: u64, time: u64) -> Mark<'a> {
    let time = i64::try_from(time).expect("a time");
    let started = (kind == MarkKind::End).then_some(time - 1);
    let (host, text, status, attributes, parent) = ("h", "", Status::Ok, &[][..], 0);
    Mark { kind, name, host, id, parent, time, started, status, text, attributes, truncated: false }
}

/// What one commit took in memory and in the store, at most.
#[derive(Debug, Default)]
struct Most {
    fold_bytes: usize,
    block_bytes: usize,
}

/// Takes all events, and commits as the committer would.
async fn take_all(catalog: &Catalog, timeline: &Timeline, take: impl Fn(&Timeline, u64)) -> Most {
    let mut most = Most::default();
    for first in (0..EVENTS).step_by(usize::try_from(COMMIT).expect("small")) {
        (first..first + COMMIT).for_each(|number| take(timeline, number));
        timeline.settle();
        most.fold_bytes = most.fold_bytes.max(catalog.fold_bytes());
        let appends = collect(timeline);
        most.block_bytes += appends.iter().map(|append| append.block.len()).sum::<usize>();
        store(catalog, timeline, appends).await;
        timeline.live().evict(&catalog.memory);
        timeline.settle();
    }
    most
}

async fn summary(catalog: &Catalog, timeline: &Timeline) -> (u64, u64) {
    let numbers = timeline.numbers(catalog.store().as_ref(), WantedAnswer::Recent).await.expect("an answer");
    let summary = numbers.summary(Times::Corrected);
    (summary.total, summary.open)
}

#[tokio::test]
async fn a_million_distinct_names_need_no_more_memory_than_those_of_one_commit() {
    let (catalog, timeline) = timeline(FOLD_BYTES).await;
    let most = take_all(&catalog, &timeline, |timeline, number| {
        timeline.take(&mark(MarkKind::Point, &format!("name.{number}"), 1, number), Stamp::Session);
    })
    .await;
    assert!(most.fold_bytes < 50_000 * 250, "{most:?}");
    assert!(most.block_bytes < 1_000_000 * 12, "{most:?}");
    assert_eq!(catalog.fold_bytes(), 0);
    assert_eq!(summary(&catalog, &timeline).await, (EVENTS, 0), "it still reads");
}

#[tokio::test]
async fn one_name_a_million_times_is_a_million_events_with_ids_and_without() {
    for with_ids in [true, false] {
        let (catalog, timeline) = timeline(FOLD_BYTES).await;
        let most = take_all(&catalog, &timeline, |timeline, number| {
            let id = if with_ids { number + 1 } else { 0 };
            timeline.take(&mark(MarkKind::End, "n", id, 2 * number + 1), Stamp::Session);
        })
        .await;
        // Without ids, the marks themselves are kept, beside the events that they are read as.
        let event_bytes = if with_ids { 100 } else { 600 };
        assert!(most.fold_bytes < 50_000 * event_bytes, "{most:?}");
        assert!(most.block_bytes < 1_000_000 * 4, "{most:?}");
        assert_eq!(summary(&catalog, &timeline).await, (EVENTS, 0));
    }
}
