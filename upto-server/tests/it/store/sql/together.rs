//! Several servers on one database, and what only a database can go wrong with.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::JoinSet;
use upto_server::clock::ManualClock;
use upto_server::store::{self, Block, Cursor, Store, StoreErrorKind};

use super::super::backend::{Subject, append};
use super::Database;

/// Longer than what an index takes of a key.
const LONG: usize = 600;

/// Longer than what fits a row.
const LONG_VALUE: usize = (1 << 20) + 1;

async fn blocks(store: &Arc<dyn Store>, stream: &str) -> Vec<Block> {
    store.read(stream, Cursor::START, usize::MAX).await.expect("a read")
}

pub(crate) async fn eight_servers_may_start_at_the_same_moment(database: impl Database) {
    let subjects = join_all((0..8).map(|_| Subject::open(&database))).await;
    let appends = subjects.iter().map(|subject| subject.store.append(vec![append("a", "1")]));
    assert!(join_all(appends).await.iter().all(Result::is_ok));
    assert_eq!(blocks(&subjects[0].store, "a").await.len(), 8);
}

pub(crate) async fn readers_of_another_server_skip_nothing(database: impl Database) {
    let (one, other) = (Subject::open(&database).await.store, Subject::open(&database).await.store);
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let store = Arc::clone(if writer % 2 == 0 { &one } else { &other });
        writers.spawn(async move {
            for number in 0..10 {
                let mut appends = vec![append("a", [writer, number]), append("b", [writer, number])];
                // In both orders, which may not make them wait for one another in a circle.
                appends.rotate_left(usize::from(writer / 2 % 2));
                store.append(appends).await.expect("an append");
            }
        });
    }
    let mut followed = Vec::new();
    while followed.len() < 80 {
        let after = followed.last().map_or(Cursor::START, |block: &Block| block.cursor);
        followed.extend(other.read("a", after, 7).await.expect("a read"));
    }
    while let Some(written) = writers.join_next().await {
        written.expect("a writer");
    }
    assert_eq!(followed, blocks(&one, "a").await);
    assert_eq!(blocks(&other, "b").await.len(), 80);
}

pub(crate) async fn what_one_server_did_the_other_one_sees(database: impl Database) {
    let (one, other) = (Subject::open(&database).await.store, Subject::open(&database).await.store);
    one.put("key", None, b"1".to_vec()).await.expect("a put");
    assert_eq!(other.put("key", Some(1), b"2".to_vec()).await.expect("a put"), 2);
    let late = one.put("key", Some(1), b"3".to_vec()).await.expect_err("it is late");
    assert_eq!(late.kind(), StoreErrorKind::Conflict);
    other.push("q", b"task".to_vec()).await.expect("a push");
    let claims = one.claim("q", 1, Duration::from_secs(1)).await.expect("a claim");
    assert!(other.acknowledge("q", &claims[0]).await.expect("an acknowledgement"));
}

pub(crate) async fn dropped_streams_never_use_a_cursor_again(database: impl Database) {
    let store = Subject::open(&database).await.store;
    store.append(vec![append("a", "1"), append("a", "2"), append("b", "1")]).await.expect("an append");
    let last = blocks(&store, "a").await[1].cursor;
    store.drop_stream("a").await.expect("a drop");
    store.drop_stream("b").await.expect("a drop");
    store.append(vec![append("a", "3"), append("a", "4")]).await.expect("an append");
    let again = blocks(&store, "a").await;
    assert!(again[0].cursor > last);
    assert_eq!(again.iter().map(|block| block.bytes[0]).collect::<Vec<_>>(), *b"34");
}

pub(crate) async fn keys_that_differ_late_are_listed_in_order(database: impl Database) {
    let store = Subject::open(&database).await.store;
    let long = "x".repeat(LONG);
    let mut keys: Vec<_> = [9, 3, 7, 1, 5].iter().map(|number| format!("{long}{number}")).collect();
    keys.extend(["w".to_owned(), long.clone(), format!("{long}5 and more"), "y".to_owned()]);
    for key in &keys {
        store.put(key, None, key.clone().into_bytes()).await.expect("a put");
    }
    keys.sort();
    for limit in 1..=keys.len() {
        let mut found: Vec<String> = Vec::new();
        loop {
            let page = store.list("", found.last().map(String::as_str), limit).await.expect("a list");
            if page.is_empty() {
                break;
            }
            assert!(page.iter().all(|(key, document)| key.as_bytes() == document.value));
            found.extend(page.into_iter().map(|(key, _)| key));
        }
        assert_eq!(found, keys, "in pages of {limit}");
    }
    assert_eq!(store.list(&format!("{long}5"), None, 10).await.expect("a list").len(), 2);
}

pub(crate) async fn values_may_become_long_and_short_again(database: impl Database) {
    let store = Subject::open(&database).await.store;
    let lengths = [1, LONG_VALUE, LONG_VALUE * 2, 0];
    let mut version = None;
    for length in lengths {
        version = Some(store.put("key", version, vec![7; length]).await.expect("a put"));
        let document = store.get("key").await.expect("a get").expect("a document");
        assert_eq!((document.version, document.value.len()), (version.expect("a version"), length));
        assert_eq!(store.list("k", None, 1).await.expect("a list")[0].1, document);
    }
    store.push("q", vec![7; LONG_VALUE]).await.expect("a push");
    let claims = store.claim("q", 1, Duration::from_secs(1)).await.expect("a claim");
    assert_eq!(claims[0].payload.len(), LONG_VALUE);
    assert!(store.acknowledge("q", &claims[0]).await.expect("an acknowledgement"));
}

pub(crate) async fn nothing_is_left_of_what_is_over(database: impl Database) {
    let store = Subject::open(&database).await.store;
    let hold = Duration::from_secs(60);
    store.append(vec![append("a", "1"), append("a", vec![7; LONG_VALUE])]).await.expect("an append");
    store.drop_stream("a").await.expect("a drop");
    store.put("key", None, vec![7; LONG_VALUE]).await.expect("a put");
    store.put("key", Some(1), vec![8; LONG_VALUE]).await.expect("a put");
    store.delete("key", 2).await.expect("a delete");
    store.push("q", vec![7; LONG_VALUE]).await.expect("a push");
    let claims = store.claim("q", 1, hold).await.expect("a claim");
    assert!(store.acknowledge("q", &claims[0]).await.expect("an acknowledgement"));
    let lease = store.acquire("sweep", "one", hold).await.expect("an acquire").expect("it is free");
    store.release(&lease).await.expect("a release");
    for table in ["upto_blocks", "upto_documents", "upto_tasks", "upto_leases", "upto_parts"] {
        assert_eq!(database.rows(table).await, 0, "{table}");
    }
    let left = "the last task of the queue, the last token, the highest cursor of dropped streams";
    assert_eq!(database.rows("upto_counters").await, 3, "{left}");
}

pub(crate) async fn a_newer_layout_is_refused(database: impl Database) {
    Subject::open(&database).await;
    database.execute("UPDATE upto_layout SET version = 2").await;
    let refusal = refusal(&database).await;
    assert_eq!(refusal.kind(), StoreErrorKind::Invalid);
    assert!(refusal.to_string().contains("its layout is version 2, of a newer upto-server"), "{refusal}");
}

pub(crate) async fn tables_of_somebody_else_are_damaged(database: impl Database) {
    database.execute("CREATE TABLE upto_layout (theirs BIGINT)").await;
    let refusal = refusal(&database).await;
    assert_eq!(refusal.kind(), StoreErrorKind::Damaged, "{refusal}");
}

/// The one that died held the tables until a time that is over now.
pub(crate) async fn a_start_that_was_interrupted_is_finished(database: impl Database) {
    Subject::open(&database).await;
    database.execute("UPDATE upto_layout SET version = 0, held_until = 1").await;
    database.execute("DROP TABLE upto_leases").await;
    let store = Subject::open(&database).await.store;
    assert!(store.acquire("sweep", "one", Duration::ZERO).await.expect("an acquire").is_some());
}

async fn refusal(database: &impl Database) -> store::StoreError {
    let url = database.address().await.parse().expect("a store's URL");
    let opened = store::open(&url, Arc::new(ManualClock::new(1))).await;
    opened.err().expect("it is refused")
}
