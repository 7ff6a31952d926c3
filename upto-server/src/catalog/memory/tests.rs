//! Folds that are thrown out while marks keep coming.

mod large;
mod parts;
mod turns;

use upto::wire::Status;

use std::sync::Arc;

use super::*;
use crate::catalog::{Timeline, Wanted, WantedAnswer};
use crate::clock::SystemClock;
use crate::store::{self, Append, StoreUrl};
use crate::timeline::{Mark, MarkKind, Stamp, Times};

/// A catalog with so many bytes for folds, and a timeline of it.
async fn timeline(fold_bytes: usize) -> (Catalog, Arc<Timeline>) {
    let store = store::open(&StoreUrl::Memory, Arc::new(SystemClock)).await.expect("a store");
    let catalog = Catalog::open(store, fold_bytes).await.expect("a catalog");
    let context = catalog.context_or_new("c");
    context.warm(catalog.store().as_ref()).await.expect("an empty context");
    let opened = catalog.open_timeline(&context, Wanted::Named("t"), 0).await.expect("a timeline");
    (catalog, context.admit(&opened.timeline))
}

fn take(timeline: &Timeline, id: u64) {
    let time = i64::try_from(id).expect("a time");
    let mark = Mark {
        kind: MarkKind::Start,
        name: "n",
        host: "",
        id,
        parent: 0,
        time,
        started: None,
        status: Status::Ok,
        text: "",
        attributes: &[],
        truncated: false,
    };
    timeline.take(&mark, Stamp::Unknown);
}

/// A commit in two steps, as the committer makes them.
fn collect(timeline: &Timeline) -> Vec<Append> {
    let append = |block| Append { stream: timeline.stream().to_owned(), block };
    timeline.take_pending().finish().into_iter().map(append).collect()
}

async fn store(catalog: &Catalog, timeline: &Timeline, appends: Vec<Append>) {
    catalog.store().append(appends).await.expect("stored");
    timeline.set_stored();
    timeline.settle();
}

fn in_memory(timeline: &Timeline) -> u64 {
    timeline.live().fold.summary().total
}

#[tokio::test]
async fn what_is_not_stored_stays_and_the_rest_comes_back() {
    let (catalog, timeline) = timeline(0).await;
    (1..=10).for_each(|id| take(&timeline, id));
    let first = collect(&timeline);
    (11..=15).for_each(|id| take(&timeline, id));
    timeline.settle();
    catalog.shrink();
    assert_eq!(in_memory(&timeline), 15, "the first ten are not in the store yet");
    store(&catalog, &timeline, first).await;
    catalog.shrink();
    assert_eq!(in_memory(&timeline), 5);
    // These are of the new fold, and go into the store after those that were of the old one.
    (14..=17).for_each(|id| take(&timeline, id));
    timeline.settle();
    catalog.shrink();
    assert_eq!(in_memory(&timeline), 7);
    assert!((1..=17).all(|id| timeline.is_open("n", "", id)), "it is known that they are open");
    let total = async || {
        let numbers = timeline.numbers(catalog.store().as_ref(), WantedAnswer::Recent).await;
        numbers.expect("an answer").summary(Times::Raw).total
    };
    assert_eq!(total().await, 17, "some of the store, some of memory");
    let rest = collect(&timeline);
    assert_eq!(rest.len(), 2, "one block for each fold");
    store(&catalog, &timeline, rest).await;
    catalog.shrink();
    assert_eq!((in_memory(&timeline), catalog.count()), (0, 1));
    assert_eq!(total().await, 17, "all of the store");
}
