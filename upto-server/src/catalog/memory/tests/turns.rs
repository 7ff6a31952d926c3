//! What takes much memory has its turn, and is counted until nobody has it.

use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::catalog::Context;

const EVENTS: u64 = 5_000;
/// Two tables of so many events fit a quarter of it, which is for readers, and three do not.
const SMALL: usize = 2 << 20;

/// One more timeline, of so many events that are stored.
async fn filled(catalog: &Catalog, context: &Context, name: &str) -> Arc<Timeline> {
    let opened = catalog.open_timeline(context, Wanted::Named(name), 0).await.expect("a timeline");
    let timeline = context.admit(&opened.timeline);
    fill(catalog, &timeline).await;
    timeline
}

async fn fill(catalog: &Catalog, timeline: &Timeline) {
    (1..=EVENTS).for_each(|id| take(timeline, id));
    let appends = collect(timeline);
    store(catalog, timeline, appends).await;
}

#[tokio::test]
async fn a_table_that_somebody_has_is_counted_though_it_was_thrown_out() {
    let (catalog, timeline) = timeline(1 << 30).await;
    fill(&catalog, &timeline).await;
    let made = timeline.made(catalog.store().as_ref(), Times::Raw).await.expect("a table");
    catalog.memory.make_room(usize::MAX);
    assert_eq!((in_memory(&timeline), timeline.live().tables.are_some()), (0, false));
    let bytes = made.table().bytes();
    assert!(catalog.fold_bytes() >= bytes && bytes > 0);
    drop(made);
    assert!(catalog.fold_bytes() < bytes);
}

#[tokio::test]
async fn who_waits_for_a_turn_holds_nothing() {
    let (catalog, timeline) = timeline(1 << 30).await;
    fill(&catalog, &timeline).await;
    let others = catalog.memory.turns().take(usize::MAX).await;
    let events = |made: &crate::catalog::Made| made.table().len() as u64;
    let asked = timeline.go_through(catalog.store().as_ref(), Times::Raw, events);
    let mut asked = std::pin::pin!(asked);
    assert!(timeout(Duration::from_millis(1), &mut asked).await.is_err());
    assert!(!timeline.live().tables.are_some());
    drop(others);
    assert_eq!(asked.await.expect("an answer"), EVENTS);
    // What is there is looked at without a turn.
    let _others = catalog.memory.turns().take(usize::MAX).await;
    assert_eq!(timeline.ask(catalog.store().as_ref(), Times::Raw, events).await.expect("an answer"), EVENTS);
}

#[tokio::test]
async fn readers_of_the_same_share_its_room_and_those_of_others_wait_for_it() {
    let (catalog, one) = timeline(SMALL).await;
    fill(&catalog, &one).await;
    let context = catalog.context("c").expect("the context");
    let two = filled(&catalog, &context, "two").await;
    let three = filled(&catalog, &context, "three").await;
    let lend = async |timeline: &Timeline| {
        let lent = timeline.lend_within(Duration::ZERO, catalog.store().as_ref(), Times::Raw);
        lent.await.expect("no failure")
    };
    let first = lend(&one).await.expect("room");
    let same = lend(&one).await.expect("room");
    let second = lend(&two).await.expect("room");
    assert_eq!(first.table().len() as u64, EVENTS);
    assert!(lend(&three).await.is_none(), "a table is {} bytes", first.table().bytes());
    drop(first);
    assert!(lend(&three).await.is_none(), "somebody reads the first one still");
    drop(same);
    let third = lend(&three).await.expect("room");
    drop((second, third));
}
