//! What a log has to do when blocks are replaced.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::{JoinSet, yield_now};
use upto_server::store::{Block, Cursor, MAX_VALUE_LENGTH, Run, Store, StoreErrorKind};

use super::backend::{Subject, append};

async fn append_texts(store: &Arc<dyn Store>, stream: &str, texts: &[&str]) {
    let appends = texts.iter().map(|text| append(stream, *text)).collect();
    store.append(appends).await.expect("an append");
}

async fn read_after(store: &Arc<dyn Store>, after: Cursor, limit: usize) -> Vec<Block> {
    store.read("a", after, limit).await.expect("a read")
}

async fn blocks(store: &Arc<dyn Store>) -> Vec<Block> {
    read_after(store, Cursor::START, usize::MAX).await
}

fn texts(blocks: &[Block]) -> Vec<&str> {
    blocks.iter().map(|block| str::from_utf8(&block.bytes).expect("text was appended")).collect()
}

/// The run of these blocks, the first of which is the stream's first or comes after `after`.
fn run(after: Cursor, blocks: &[Block]) -> Run {
    let through = blocks.last().expect("a block").cursor;
    Run { after, through, count: blocks.len() }
}

async fn replace(store: &Arc<dyn Store>, run: Run, block: &str) -> bool {
    store.replace("a", run, block.into()).await.expect("an answer")
}

pub(super) async fn a_run_becomes_one_block_in_the_place_of_its_last(Subject { store, .. }: Subject) {
    append_texts(&store, "a", &["1", "2", "3", "4", "5"]).await;
    let before = blocks(&store).await;
    assert!(replace(&store, run(before[0].cursor, &before[1..4]), "234").await);
    let after = blocks(&store).await;
    assert_eq!(texts(&after), ["1", "234", "5"]);
    assert_eq!(after[1].cursor, before[3].cursor);
    assert_eq!((&after[0], &after[2]), (&before[0], &before[4]));
}

pub(super) async fn a_run_may_be_the_whole_stream_and_be_replaced_again(Subject { store, .. }: Subject) {
    append_texts(&store, "a", &["1", "2"]).await;
    assert!(replace(&store, run(Cursor::START, &blocks(&store).await), "12").await);
    append_texts(&store, "a", &["3"]).await;
    let both = blocks(&store).await;
    assert_eq!(texts(&both), ["12", "3"]);
    assert!(replace(&store, run(Cursor::START, &both), "123").await);
    append_texts(&store, "a", &["4"]).await;
    assert_eq!(texts(&blocks(&store).await), ["123", "4"]);
}

pub(super) async fn one_block_may_be_replaced(Subject { store, .. }: Subject) {
    append_texts(&store, "a", &["1", "2", "3"]).await;
    let before = blocks(&store).await;
    assert!(replace(&store, run(before[0].cursor, &before[1..2]), "").await);
    assert_eq!(texts(&blocks(&store).await), ["1", "", "3"]);
}

pub(super) async fn a_reader_within_a_run_gets_the_replacement(Subject { store, .. }: Subject) {
    append_texts(&store, "a", &["1", "2", "3", "4"]).await;
    let before = blocks(&store).await;
    // Longer than the run, so that it takes more room than there was.
    let long = "x".repeat(100_000);
    assert!(replace(&store, run(Cursor::START, &before[..3]), &long).await);
    for read in &before[..2] {
        assert_eq!(texts(&read_after(&store, read.cursor, 10).await), [&long, "4"]);
        assert_eq!(texts(&read_after(&store, read.cursor, 1).await), [&long]);
    }
    assert_eq!(texts(&read_after(&store, before[2].cursor, 10).await), ["4"]);
}

pub(super) async fn a_reader_within_a_run_of_large_blocks_gets_the_replacement(
    Subject { store, .. }: Subject,
) {
    let large: Vec<_> = ["1", "2", "3"].iter().map(|text| text.repeat(30_000)).collect();
    append_texts(&store, "a", &large.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let before = blocks(&store).await;
    let whole = large.concat();
    assert!(replace(&store, run(Cursor::START, &before), &whole).await);
    assert_eq!(texts(&read_after(&store, before[0].cursor, 10).await), [&whole]);
    assert_eq!(texts(&read_after(&store, before[1].cursor, 10).await), [&whole]);
    assert_eq!(texts(&blocks(&store).await), [&whole]);
}

pub(super) async fn a_run_that_is_not_there_is_left_alone(Subject { store, .. }: Subject) {
    append_texts(&store, "a", &["1", "2", "3"]).await;
    append_texts(&store, "b", &["1"]).await;
    let before = blocks(&store).await;
    let [first, second, third] = [before[0].cursor, before[1].cursor, before[2].cursor];
    let behind = Cursor(third.0 + 1);
    for (after, through, count) in [
        (Cursor::START, third, 2),
        (Cursor::START, third, 4),
        (Cursor::START, behind, 3),
        (first, second, 0),
        (second, second, 0),
        (third, first, 1),
        (third, behind, 1),
        (Cursor(u64::MAX), Cursor(u64::MAX), 1),
        (Cursor(u64::MAX - 1), Cursor(u64::MAX), 1),
    ] {
        assert!(!replace(&store, Run { after, through, count }, "x").await, "{after:?} {through:?} {count}");
    }
    assert_eq!(blocks(&store).await, before);
    let unknown = store.replace("unheard of", run(Cursor::START, &before), b"x".to_vec()).await;
    assert!(!unknown.expect("an answer"));
    assert_eq!(store.read("unheard of", Cursor::START, 1).await.expect("a read"), []);
}

pub(super) async fn a_run_that_was_replaced_or_dropped_meanwhile_is_left_alone(
    Subject { store, .. }: Subject,
) {
    append_texts(&store, "a", &["1", "2", "3"]).await;
    let before = blocks(&store).await;
    assert!(replace(&store, run(Cursor::START, &before[..2]), "12").await);
    assert!(!replace(&store, run(Cursor::START, &before), "x").await);
    store.drop_stream("a").await.expect("a drop");
    append_texts(&store, "a", &["4"]).await;
    assert!(!replace(&store, run(Cursor::START, &before[2..]), "x").await);
    assert_eq!(texts(&blocks(&store).await), ["4"]);
}

pub(super) async fn of_two_who_replace_the_same_run_one_does(Subject { store, .. }: Subject) {
    append_texts(&store, "a", &["1", "2", "3"]).await;
    let whole = run(Cursor::START, &blocks(&store).await);
    let mut replacers = JoinSet::new();
    for _ in 0..4 {
        let store = Arc::clone(&store);
        replacers.spawn(async move { replace(&store, whole, "123").await });
    }
    let done = replacers.join_all().await.into_iter().filter(|done| *done).count();
    assert_eq!((done, texts(&blocks(&store).await)), (1, vec!["123"]));
}

pub(super) async fn nothing_is_left_of_a_replacement_when_its_stream_is_dropped(
    Subject { store, .. }: Subject,
) {
    append_texts(&store, "a", &["1", "2"]).await;
    let before = blocks(&store).await;
    assert!(replace(&store, run(Cursor::START, &before), &"x".repeat(1 << 21)).await);
    store.drop_stream("a").await.expect("a drop");
    assert_eq!(blocks(&store).await, []);
    append_texts(&store, "a", &["3"]).await;
    assert_eq!(texts(&read_after(&store, before[1].cursor, 10).await), ["3"]);
}

pub(super) async fn replacing_leaves_the_other_streams_alone(Subject { store, .. }: Subject) {
    for stream in ["", "a", "a\0", "aa", "b"] {
        append_texts(&store, stream, &["1", "2"]).await;
    }
    assert!(replace(&store, run(Cursor::START, &blocks(&store).await), "12").await);
    for stream in ["", "a\0", "aa", "b"] {
        assert_eq!(texts(&store.read(stream, Cursor::START, 10).await.expect("a read")), ["1", "2"]);
    }
}

pub(super) async fn a_replacement_of_the_greatest_length_comes_back(Subject { store, .. }: Subject) {
    append_texts(&store, "a", &["1", "2", "3"]).await;
    let before = blocks(&store).await;
    let longest: Vec<u8> = (0..=u8::MAX).cycle().take(MAX_VALUE_LENGTH).collect();
    let replaced = store.replace("a", run(Cursor::START, &before[..2]), longest.clone()).await;
    assert!(replaced.expect("an answer"));
    let after = blocks(&store).await;
    assert!(after.len() == 2 && after[0].bytes == longest && after[1] == before[2], "not the same bytes");
    let too_long = vec![0; MAX_VALUE_LENGTH + 1];
    let error = store.replace("a", run(Cursor::START, &after), too_long).await.expect_err("too long");
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
}

pub(super) async fn what_is_appended_while_blocks_are_replaced_is_all_there(Subject { store, .. }: Subject) {
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for number in 0..8 {
                append_texts(&store, "a", &[&format!("{writer} {number},")]).await;
            }
        });
    }
    loop {
        let is_last = writers.is_empty();
        let all = blocks(&store).await;
        if all.len() > 1 {
            let joined = texts(&all).concat();
            assert!(replace(&store, run(Cursor::START, &all), &joined).await, "nobody else replaces");
        }
        if is_last {
            break;
        }
        writers.try_join_next();
        yield_now().await;
    }
    let all = blocks(&store).await;
    let mut found: Vec<_> = texts(&all)[0].split_terminator(',').collect();
    found.sort_unstable();
    let expected: BTreeSet<_> = (0..4).flat_map(|w| (0..8).map(move |n| format!("{w} {n}"))).collect();
    assert_eq!((all.len(), found), (1, expected.iter().map(String::as_str).collect()));
}
