//! Timelines that are larger than the memory are read in parts, and what is told of them is the same.

use proptest::prelude::*;
use tokio::join;
use tokio::task::yield_now;

use super::*;
use crate::catalog::{Unanswered, block};
use crate::timeline::question::{EventPage, PageFrom, PageQuestion, Question, TableQuestion, TreeQuestion};
use crate::timeline::{ClockReading, Event, Fold, SessionCount};

/// A small fraction of the default.
const SMALL: usize = 256 << 10;
const LARGE: usize = 1 << 30;
/// Folded, several times the small memory.
const EVENTS: u64 = 8_000;
const COMMIT: u64 = 200;

/// The marks of the event of this number: of many names and hosts, one of which has a clock that is off.
fn each_mark(number: u64, mut take: impl FnMut(&Mark<'_>, Stamp)) {
    let name = format!("a.{}.{}", number % 7, number % 20);
    let host = ["", "h", "off"][usize::try_from(number % 3).expect("small")];
    let stamp = if host == "off" { Stamp::Session } else { Stamp::Unknown };
    let time = i64::try_from(number * 1_000).expect("a time");
    // One in eight has no id, and one in five stays open.
    let id = if number.is_multiple_of(8) { 0 } else { number };
    let status = if number.is_multiple_of(11) { Status::Failed } else { Status::Ok };
    let start = Mark { host, text: "", ..mark(MarkKind::Start, &name, id, time) };
    take(&start, stamp);
    if !number.is_multiple_of(5) {
        take(&Mark { kind: MarkKind::End, time: time + 700 + time % 900, status, text: "t", ..start }, stamp);
    }
}

fn mark(kind: MarkKind, name: &str, id: u64, time: i64) -> Mark<'_> {
    let (host, text, status, attributes, parent) = ("", "", Status::Ok, &[][..], id / 2);
    Mark { kind, name, host, id, parent, time, started: None, status, text, attributes, truncated: false }
}

fn reading(second: i64) -> ClockReading {
    let sent = second * 1_000_000_000;
    ClockReading { host: "off".to_owned(), session: 1, epoch: 1, sent, received: sent + 3_600_000_000_000 }
}

/// Takes all events, and commits now and then. Those who wait have their turn in between.
async fn take_all(catalog: &Catalog, timeline: &Timeline) {
    for second in 0..5 {
        timeline.take_reading(reading(second));
    }
    timeline.take_session(SessionCount { session: 1, server: 1, ..SessionCount::default() });
    for first in (0..EVENTS).step_by(usize::try_from(COMMIT).expect("small")) {
        for number in first..first + COMMIT {
            each_mark(number, |mark, stamp| {
                timeline.take(mark, stamp);
            });
        }
        commit(catalog, timeline).await;
        yield_now().await;
    }
}

async fn commit(catalog: &Catalog, timeline: &Timeline) {
    timeline.settle();
    let appends = collect(timeline);
    store(catalog, timeline, appends).await;
    catalog.shrink();
}

async fn answer<Q: Question>(catalog: &Catalog, timeline: &Timeline, question: Q) -> Q::Answer {
    timeline.answer(catalog.store().as_ref(), question).await.expect("an answer")
}

/// The pages from a cursor on, in one direction.
async fn pages(catalog: &Catalog, timeline: &Timeline, times: Times, mut from: PageFrom) -> Vec<EventPage> {
    let mut pages = Vec::new();
    loop {
        let page = answer(catalog, timeline, PageQuestion::new(from, 300, times)).await;
        let next = match from {
            PageFrom::Before(_) => page.previous.map(PageFrom::Before),
            _ => page.next.map(PageFrom::After),
        };
        pages.push(page);
        let Some(next) = next else { return pages };
        from = next;
    }
}

fn events(pages: &[EventPage]) -> Vec<Event> {
    pages.iter().flat_map(|page| page.events.clone()).collect()
}

async fn numbers(catalog: &Catalog, timeline: &Timeline) -> crate::timeline::question::Numbers {
    timeline.numbers(catalog.store().as_ref(), WantedAnswer::Recent).await.expect("numbers")
}

/// All events, in one fold.
fn whole_fold() -> Fold {
    let mut fold = Fold::default();
    (0..EVENTS).for_each(|number| {
        each_mark(number, |mark, stamp| {
            fold.with_stamped(mark, stamp, Fold::apply_placed);
        });
    });
    fold.settle();
    fold
}

/// A catalog with little memory, and one with much, that have the same timeline.
async fn both() -> [(Catalog, Arc<Timeline>); 2] {
    let both = [timeline(SMALL).await, timeline(LARGE).await];
    for (catalog, timeline) in &both {
        take_all(catalog, timeline).await;
        timeline.live().evict(&catalog.memory);
    }
    both
}

#[tokio::test]
async fn what_is_answered_in_parts_is_what_one_fold_answers_and_takes_no_more_than_the_memory() {
    let [(small, timeline), (large, whole)] = both().await;
    small.most_fold_bytes();
    for times in [Times::Raw, Times::Corrected] {
        let (found, expected) = (numbers(&small, &timeline).await, numbers(&large, &whole).await);
        assert_eq!(found.summary(times), expected.summary(times));
        assert_eq!((found.summary(times).total, found.skew.hosts().len()), (whole_fold().summary().total, 1));
        let tree = |catalog, timeline| answer(catalog, timeline, TreeQuestion::new(times));
        assert_eq!(tree(&small, &*timeline).await, tree(&large, &*whole).await);
    }
    let forward = pages(&small, &timeline, Times::Corrected, PageFrom::Beginning).await;
    let expected = pages(&large, &whole, Times::Corrected, PageFrom::Beginning).await;
    assert!(forward == expected, "the pages are the same");
    let expected = pages(&large, &whole, Times::Raw, PageFrom::Beginning).await;
    let last = expected.last().and_then(|page| page.previous).expect("pages before the last");
    let mut back = pages(&small, &timeline, Times::Raw, PageFrom::Before(last)).await;
    back.reverse();
    let before = expected.len() - 1;
    assert!(events(&back) == events(&expected[..before]), "and so they are backwards");
    let sample = timeline.live().large.sample().expect("it is too large for a fold");
    assert!(sample.folded > SMALL as u64 / 2);
    assert!(whole.live().large.sample().is_none());
    let most = small.most_fold_bytes();
    assert!((SMALL / 4..=SMALL).contains(&most), "{most} of {SMALL}");
    assert!(large.most_fold_bytes() > 2 * SMALL);
}

#[tokio::test]
async fn a_table_of_parts_is_that_of_the_whole_where_there_is_room_for_it() {
    let [(small, timeline), (large, whole)] = both().await;
    let question = || TableQuestion::new(Times::Corrected);
    let error = timeline.answer(small.store().as_ref(), question()).await.expect_err("it is too large");
    let Unanswered::TooLarge { events, budget } = error else { panic!("{error}") };
    assert!((EVENTS * 2 / 3..EVENTS * 3 / 2).contains(&events), "{events}");
    // Names have some of it.
    assert!((SMALL * 7 / 16..SMALL / 2).contains(&budget), "{budget}");
    // What is too large for a fold is not too large for a table, here.
    let (middle, again) = timeline_of(6 * SMALL, &large).await;
    again.live().large.set_sample(Default::default());
    let (found, expected) =
        (answer(&middle, &again, question()).await, answer(&large, &whole, question()).await);
    assert!(found == expected, "the tables are the same");
    assert!(!again.live().is_complete);
}

/// Another catalog on the store of `other`, and its timeline.
async fn timeline_of(fold_bytes: usize, other: &Catalog) -> (Catalog, Arc<Timeline>) {
    let catalog = Catalog::open(other.store().clone(), fold_bytes).await.expect("a catalog");
    let timeline = catalog.context("c").and_then(|context| context.latest()).expect("the timeline");
    (catalog, timeline)
}

#[tokio::test]
async fn while_it_grows_every_answer_is_whole_and_nothing_is_lost_when_a_load_is_given_up() {
    let ((catalog, timeline), expected) = (timeline(SMALL).await, whole_fold());
    catalog.most_fold_bytes();
    let asking = async {
        let (mut before, mut answers) = (0, 0);
        while before < expected.summary().total {
            let total = numbers(&catalog, &timeline).await.summary(Times::Raw).total;
            assert!(total >= before, "{total} after {before}");
            (before, answers) = (total, answers + 1);
            yield_now().await;
        }
        answers
    };
    let ((), answers) = join!(take_all(&catalog, &timeline), asking);
    assert!(answers > 3, "{answers}");
    assert!(timeline.live().large.sample().is_some());
    let found = events(&pages(&catalog, &timeline, Times::Raw, PageFrom::Beginning).await);
    assert!(found == expected.events(), "every mark that was taken is there");
    // What is not stored yet has a budget of its own.
    let (most, waiting) = (catalog.most_fold_bytes(), usize::try_from(COMMIT).expect("small") * 300);
    assert!(most <= SMALL + waiting, "{most} of {SMALL}");
}

#[tokio::test]
async fn readers_of_many_large_timelines_take_turns() {
    let [(small, timeline), (large, whole)] = both().await;
    small.most_fold_bytes();
    let tree = || answer(&small, &timeline, TreeQuestion::new(Times::Raw));
    let page = |from| answer(&small, &timeline, PageQuestion::new(from, 100, Times::Raw));
    let first = || page(PageFrom::Beginning);
    let all = join!(tree(), tree(), tree(), first(), first(), numbers(&small, &timeline));
    let expected = answer(&large, &whole, TreeQuestion::new(Times::Raw)).await;
    assert!([all.0, all.1, all.2].iter().all(|tree| *tree == expected));
    assert_eq!(all.3, all.4);
    let most = small.most_fold_bytes();
    assert!(most <= SMALL, "{most} of {SMALL}");
    assert_eq!(small.memory.asking().available_permits(), 1);
}

#[tokio::test]
async fn who_gives_up_while_waiting_for_a_turn_leaves_it_to_others() {
    let [(small, timeline), _] = both().await;
    numbers(&small, &timeline).await;
    let turn = small.memory.asking().acquire().await.expect("a turn");
    let mut tree = Box::pin(answer(&small, &timeline, TreeQuestion::new(Times::Raw)));
    // It waits for the turn, and its client goes.
    assert!(futures_util::poll!(&mut tree).is_pending());
    drop(tree);
    drop(turn);
    assert!(!answer(&small, &timeline, TreeQuestion::new(Times::Raw)).await.is_empty());
}

/// Where all events have one name and no ids, they can't be told apart by hashes.
#[tokio::test]
async fn events_of_one_name_without_ids_are_divided_by_time() {
    let (catalog, timeline) = timeline(SMALL).await;
    for number in 0..EVENTS / 2 {
        let time = i64::try_from(10 * number).expect("a time");
        timeline.take(&mark(MarkKind::Start, "n", 0, time), Stamp::Unknown);
        timeline.take(&mark(MarkKind::End, "n", 0, time + 5), Stamp::Unknown);
        if number % COMMIT == 0 {
            commit(&catalog, &timeline).await;
        }
    }
    // One of them spans many of the others' instants, told late.
    timeline.take(&mark(MarkKind::Start, "n", 0, -7), Stamp::Unknown);
    commit(&catalog, &timeline).await;
    timeline.live().evict(&catalog.memory);
    catalog.most_fold_bytes();
    let summary = *numbers(&catalog, &timeline).await.summary(Times::Raw);
    assert_eq!((summary.total, summary.open), (EVENTS / 2, 0));
    let events = events(&pages(&catalog, &timeline, Times::Raw, PageFrom::Beginning).await);
    assert_eq!((events.len() as u64, events[0].start, events[0].end), (EVENTS / 2, Some(-7), Some(5)));
    assert!(events[1..].iter().all(|event| event.duration() == Some(5)));
    let most = catalog.most_fold_bytes();
    assert!(most <= SMALL, "{most} of {SMALL}");
}

#[tokio::test]
async fn what_can_t_be_divided_is_refused_and_not_read_for_ever() {
    let (catalog, timeline) = timeline(SMALL).await;
    for number in 0..EVENTS / 2 {
        let text = format!("this is told of one instant, for the time number {number}");
        timeline.take(&Mark { text: &text, ..mark(MarkKind::End, "n", 0, 5) }, Stamp::Unknown);
        if number % COMMIT == 0 {
            commit(&catalog, &timeline).await;
        }
    }
    commit(&catalog, &timeline).await;
    timeline.live().evict(&catalog.memory);
    let error = timeline.numbers(catalog.store().as_ref(), WantedAnswer::Recent).await;
    assert!(matches!(error, Err(Unanswered::TooLarge { .. })));
    assert_eq!(catalog.fold_bytes() / 1_000, timeline.live().large.bytes() / 1_000);
}

proptest! {
    /// Blocks of any marks, read by part: what is left out of one is in another.
    #[test]
    fn the_parts_of_a_block_are_the_block(numbers in prop::collection::vec(0_u64..3_000, 1..80), parts in 1_u64..6) {
        let (mut fold, mut writer) = (Fold::default(), block::BlockWriter::default());
        for number in &numbers {
            each_mark(*number, |mark, stamp| writer.fold_and_push_stamped(mark, stamp, &mut fold));
        }
        fold.settle();
        let bytes = writer.finish().expect("a block");
        let block = block::Block::open(&bytes).expect("a block");
        let mut found = Vec::new();
        for part in crate::timeline::Part::all(parts) {
            let mut of_part = Fold::default();
            block.apply_part(&mut of_part, &part).expect("marks");
            of_part.settle();
            found.extend(of_part.events());
        }
        found.sort_by(|one, other| one.listing_order().cmp(&other.listing_order()));
        prop_assert_eq!(found, fold.events());
        let mut head = Fold::default();
        block.apply_head(&mut head).expect("marks");
        prop_assert_eq!((head.summary().extent, head.summary().total), (fold.summary().extent, 0));
    }
}
