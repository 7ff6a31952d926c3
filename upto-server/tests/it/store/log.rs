//! What a log has to do.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::{JoinSet, yield_now};
use upto_server::store::{Append, Block, Cursor, MAX_VALUE_LENGTH, Store, StoreErrorKind};

use super::backend::{HOSTILE_NAMES, Subject, append};

async fn append_all(store: &Arc<dyn Store>, appends: Vec<Append>) {
    store.append(appends).await.expect("an append");
}

async fn append_one(store: &Arc<dyn Store>, stream: &str, block: &str) {
    append_all(store, vec![append(stream, block)]).await;
}

async fn read_from(store: &Arc<dyn Store>, stream: &str, after: Cursor, limit: usize) -> Vec<Block> {
    store.read(stream, after, limit).await.expect("a read")
}

async fn read_all(store: &Arc<dyn Store>, stream: &str) -> Vec<Block> {
    read_from(store, stream, Cursor::START, usize::MAX).await
}

/// The blocks of a stream as text.
async fn texts(store: &Arc<dyn Store>, stream: &str) -> Vec<String> {
    read_all(store, stream).await.iter().map(text).collect()
}

fn text(block: &Block) -> String {
    String::from_utf8(block.bytes.clone()).expect("text was appended")
}

pub(super) async fn an_unknown_stream_is_empty(Subject { store, .. }: Subject) {
    assert_eq!(read_all(&store, "unheard of").await, []);
}

pub(super) async fn blocks_come_back_in_the_order_of_appending(Subject { store, .. }: Subject) {
    append_all(&store, vec![append("a", "1"), append("a", "2")]).await;
    append_one(&store, "a", "3").await;
    assert_eq!(texts(&store, "a").await, ["1", "2", "3"]);
    let cursors: Vec<_> = read_all(&store, "a").await.iter().map(|block| block.cursor).collect();
    assert!(cursors[0] > Cursor::START && cursors.is_sorted_by(|one, next| one < next), "{cursors:?}");
}

pub(super) async fn a_block_may_be_empty(Subject { store, .. }: Subject) {
    append_one(&store, "a", "").await;
    assert_eq!(texts(&store, "a").await, [""]);
}

pub(super) async fn one_call_appends_to_many_streams(Subject { store, .. }: Subject) {
    let appends = vec![append("a", "a1"), append("b", "b1"), append("a", "a2"), append("b", "b2")];
    append_all(&store, appends).await;
    assert_eq!(texts(&store, "a").await, ["a1", "a2"]);
    assert_eq!(texts(&store, "b").await, ["b1", "b2"]);
}

pub(super) async fn appending_nothing_is_fine(Subject { store, .. }: Subject) {
    append_all(&store, Vec::new()).await;
}

pub(super) async fn an_invalid_block_in_the_middle_appends_nothing(Subject { store, .. }: Subject) {
    let too_long = append("b", vec![0; MAX_VALUE_LENGTH + 1]);
    let appends = vec![append("a", "before"), too_long, append("c", "after")];
    let error = store.append(appends).await.expect_err("a block that is too long");
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    for stream in ["a", "b", "c"] {
        assert_eq!(read_all(&store, stream).await, [], "stream {stream}");
    }
}

pub(super) async fn a_block_of_the_greatest_length_comes_back(Subject { store, .. }: Subject) {
    let longest: Vec<u8> = (0..=u8::MAX).cycle().take(MAX_VALUE_LENGTH).collect();
    append_all(&store, vec![append("a", longest.clone())]).await;
    let blocks = read_all(&store, "a").await;
    assert!(blocks.len() == 1 && blocks[0].bytes == longest, "not the same bytes");
}

pub(super) async fn a_limit_cuts_and_the_cursor_goes_on(Subject { store, .. }: Subject) {
    let numbers: Vec<_> = (0..25).map(|number| number.to_string()).collect();
    append_all(&store, numbers.iter().map(|number| append("a", number.as_str())).collect()).await;
    let (mut seen, mut sizes, mut after) = (Vec::new(), Vec::new(), Cursor::START);
    while sizes.last() != Some(&0) && sizes.len() < 10 {
        let blocks = read_from(&store, "a", after, 10).await;
        after = blocks.last().map_or(after, |block| block.cursor);
        sizes.push(blocks.len());
        seen.extend(blocks.iter().map(text));
    }
    assert_eq!(seen, numbers);
    assert_eq!(sizes, [10, 10, 5, 0]);
}

pub(super) async fn a_limit_of_nothing_reads_nothing(Subject { store, .. }: Subject) {
    append_one(&store, "a", "1").await;
    assert_eq!(read_from(&store, "a", Cursor::START, 0).await, []);
}

pub(super) async fn reading_after_the_last_block_is_empty(Subject { store, .. }: Subject) {
    append_one(&store, "a", "1").await;
    let last = read_all(&store, "a").await[0].cursor;
    assert_eq!(read_from(&store, "a", last, 10).await, []);
}

pub(super) async fn a_cursor_at_the_end_of_all_numbers_reads_nothing(Subject { store, .. }: Subject) {
    append_one(&store, "a", "1").await;
    assert_eq!(read_from(&store, "a", Cursor(u64::MAX), 10).await, []);
}

pub(super) async fn a_cursor_of_another_stream_only_cuts(Subject { store, .. }: Subject) {
    append_all(&store, vec![append("a", "a1"), append("b", "b1")]).await;
    let foreign = read_all(&store, "b").await[0].cursor;
    // What it cuts is up to the back end; it never shows blocks of the other stream.
    let blocks = read_from(&store, "a", foreign, 10).await;
    assert!(blocks.iter().all(|block| block.bytes == b"a1"), "{blocks:?}");
}

pub(super) async fn what_comes_later_is_read_after_the_old_cursor(Subject { store, .. }: Subject) {
    append_one(&store, "a", "1").await;
    let after = read_all(&store, "a").await[0].cursor;
    append_all(&store, vec![append("b", "other"), append("a", "2")]).await;
    let blocks = read_from(&store, "a", after, 10).await;
    assert_eq!(blocks.iter().map(text).collect::<Vec<_>>(), ["2"]);
}

pub(super) async fn a_dropped_stream_is_empty(Subject { store, .. }: Subject) {
    append_all(&store, (0..300).map(|_| append("a", "block")).collect()).await;
    store.drop_stream("a").await.expect("a drop");
    assert_eq!(read_all(&store, "a").await, []);
}

pub(super) async fn dropping_an_unknown_stream_is_fine(Subject { store, .. }: Subject) {
    store.drop_stream("unheard of").await.expect("a drop of nothing");
}

pub(super) async fn dropping_leaves_the_other_streams_alone(Subject { store, .. }: Subject) {
    let names = ["", "a", "a\0", "aa", "b"];
    append_all(&store, names.iter().map(|name| append(name, *name)).collect()).await;
    store.drop_stream("a").await.expect("a drop");
    for name in ["", "a\0", "aa", "b"] {
        assert_eq!(texts(&store, name).await, [name]);
    }
}

pub(super) async fn a_cursor_is_not_used_again_after_dropping(Subject { store, .. }: Subject) {
    append_all(&store, vec![append("a", "1"), append("a", "2")]).await;
    let last = read_all(&store, "a").await[1].cursor;
    store.drop_stream("a").await.expect("a drop");
    append_one(&store, "a", "3").await;
    assert_eq!(texts(&store, "a").await, ["3"]);
    let later = read_from(&store, "a", last, 10).await;
    assert_eq!(later.len(), 1, "who had read up to the old end sees what is new");
}

pub(super) async fn hostile_names_are_streams_of_their_own(Subject { store, .. }: Subject) {
    append_all(&store, HOSTILE_NAMES.iter().map(|name| append(name, *name)).collect()).await;
    for name in HOSTILE_NAMES {
        assert_eq!(texts(&store, name).await, [*name], "stream {name:?}");
    }
}

pub(super) async fn streams_that_are_prefixes_of_one_another_stay_apart(Subject { store, .. }: Subject) {
    let names = ["a", "a/", "a/1", "a/10", "a/1\u{10ffff}", "aa"];
    for round in ["first", "second"] {
        append_all(&store, names.iter().map(|name| append(name, format!("{round} {name}"))).collect()).await;
    }
    for name in names {
        assert_eq!(texts(&store, name).await, [format!("first {name}"), format!("second {name}")]);
    }
}

pub(super) async fn concurrent_appends_all_arrive_once(Subject { store, .. }: Subject) {
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for number in 0..5 {
                append_one(&store, "a", &format!("{writer} {number}")).await;
            }
        });
    }
    writers.join_all().await;
    let seen = texts(&store, "a").await;
    let expected: BTreeSet<_> = (0..8).flat_map(|w| (0..5).map(move |n| format!("{w} {n}"))).collect();
    assert_eq!(seen.len(), expected.len());
    assert_eq!(seen.iter().cloned().collect::<BTreeSet<_>>(), expected);
    for writer in 0..8 {
        let own = seen.iter().filter(|text| text.starts_with(&format!("{writer} ")));
        assert!(own.is_sorted(), "writer {writer} finds its blocks in its order: {seen:?}");
    }
}

pub(super) async fn a_reader_that_follows_the_writers_misses_nothing(Subject { store, .. }: Subject) {
    let mut writers = JoinSet::new();
    for writer in 0..6 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for number in 0..5 {
                append_one(&store, "a", &format!("{writer} {number}")).await;
            }
        });
    }
    let (mut followed, mut after) = (Vec::new(), Cursor::START);
    loop {
        // Asked for before the read: only what is empty after the last write is the end.
        let done = writers.is_empty();
        let blocks = read_from(&store, "a", after, 3).await;
        if (done && blocks.is_empty()) || followed.len() > 30 {
            break;
        }
        after = blocks.last().map_or(after, |block| block.cursor);
        followed.extend(blocks);
        writers.try_join_next();
        yield_now().await;
    }
    assert_eq!(followed.len(), 30);
    assert_eq!(followed, read_all(&store, "a").await);
}

pub(super) async fn streams_that_have_blocks_are_listed(Subject { store, .. }: Subject) {
    assert_eq!(store.streams().await.expect("a list"), Vec::<String>::new());
    let mut names: Vec<_> = HOSTILE_NAMES.iter().map(|name| (*name).to_owned()).collect();
    names.extend((0..300).map(|number| format!("{number}")));
    store.append(names.iter().map(|name| append(name, "1")).collect()).await.expect("an append");
    store.append(vec![append("a", "2"), append("gone", "1")]).await.expect("an append");
    store.drop_stream("gone").await.expect("a drop");
    store.put("a document", None, Vec::new()).await.expect("a put");
    store.push("a queue", Vec::new()).await.expect("a push");
    let mut listed = store.streams().await.expect("a list");
    listed.sort_unstable();
    names.sort_unstable();
    assert_eq!(listed, names);
}
