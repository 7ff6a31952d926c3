//! What documents have to do.

use std::sync::Arc;

use tokio::task::JoinSet;
use upto_server::store::{Document, MAX_VALUE_LENGTH, Store, StoreError, StoreErrorKind};

use super::backend::{HOSTILE_NAMES, Subject};

async fn put(store: &Arc<dyn Store>, key: &str, expected: Option<u64>, value: &str) -> u64 {
    store.put(key, expected, value.into()).await.expect("a put")
}

/// Creates these keys, each with itself as its value.
async fn create(store: &Arc<dyn Store>, keys: &[&str]) {
    for key in keys {
        put(store, key, None, key).await;
    }
}

async fn get(store: &Arc<dyn Store>, key: &str) -> Option<Document> {
    store.get(key).await.expect("a get")
}

async fn keys(store: &Arc<dyn Store>, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    let list = store.list(prefix, after, limit).await.expect("a list");
    list.into_iter().map(|(key, _)| key).collect()
}

fn document(version: u64, value: &str) -> Option<Document> {
    Some(Document { version, value: value.into() })
}

fn is_conflict<T>(result: Result<T, StoreError>) -> bool {
    result.is_err_and(|error| error.kind() == StoreErrorKind::Conflict)
}

pub(super) async fn an_unknown_key_has_no_document(Subject { store, .. }: Subject) {
    assert_eq!(get(&store, "unheard of").await, None);
}

pub(super) async fn a_new_document_has_version_1(Subject { store, .. }: Subject) {
    assert_eq!(put(&store, "a", None, "one").await, 1);
    assert_eq!(get(&store, "a").await, document(1, "one"));
}

pub(super) async fn each_put_raises_the_version(Subject { store, .. }: Subject) {
    put(&store, "a", None, "one").await;
    assert_eq!(put(&store, "a", Some(1), "two").await, 2);
    assert_eq!(put(&store, "a", Some(2), "two").await, 3, "the same value is a put as well");
    assert_eq!(get(&store, "a").await, document(3, "two"));
}

pub(super) async fn creating_what_exists_conflicts(Subject { store, .. }: Subject) {
    put(&store, "a", None, "one").await;
    assert!(is_conflict(store.put("a", None, b"other".to_vec()).await));
    assert_eq!(get(&store, "a").await, document(1, "one"));
}

pub(super) async fn putting_over_nothing_conflicts(Subject { store, .. }: Subject) {
    assert!(is_conflict(store.put("a", Some(1), b"one".to_vec()).await));
    assert!(is_conflict(store.put("a", Some(0), b"one".to_vec()).await));
    assert_eq!(get(&store, "a").await, None);
}

pub(super) async fn an_old_version_conflicts(Subject { store, .. }: Subject) {
    put(&store, "a", None, "one").await;
    put(&store, "a", Some(1), "two").await;
    assert!(is_conflict(store.put("a", Some(1), b"late".to_vec()).await));
    assert_eq!(get(&store, "a").await, document(2, "two"));
}

pub(super) async fn a_version_from_the_future_conflicts(Subject { store, .. }: Subject) {
    put(&store, "a", None, "one").await;
    assert!(is_conflict(store.put("a", Some(2), b"early".to_vec()).await));
    assert!(is_conflict(store.put("a", Some(u64::MAX), b"early".to_vec()).await));
    assert_eq!(get(&store, "a").await, document(1, "one"));
}

pub(super) async fn a_deleted_document_is_gone(Subject { store, .. }: Subject) {
    create(&store, &["a", "b"]).await;
    store.delete("a", 1).await.expect("a delete");
    assert_eq!(get(&store, "a").await, None);
    assert_eq!(keys(&store, "", None, 10).await, ["b"]);
}

pub(super) async fn deleting_another_version_conflicts(Subject { store, .. }: Subject) {
    put(&store, "a", None, "one").await;
    put(&store, "a", Some(1), "two").await;
    assert!(is_conflict(store.delete("a", 1).await));
    assert!(is_conflict(store.delete("a", 3).await));
    assert_eq!(get(&store, "a").await, document(2, "two"));
}

pub(super) async fn deleting_nothing_conflicts(Subject { store, .. }: Subject) {
    assert!(is_conflict(store.delete("a", 1).await));
    assert!(is_conflict(store.delete("a", 0).await));
}

pub(super) async fn a_deleted_key_can_be_created_again(Subject { store, .. }: Subject) {
    put(&store, "a", None, "one").await;
    put(&store, "a", Some(1), "two").await;
    store.delete("a", 2).await.expect("a delete");
    assert_eq!(put(&store, "a", None, "anew").await, 1);
    assert_eq!(get(&store, "a").await, document(1, "anew"));
}

pub(super) async fn a_value_may_be_empty(Subject { store, .. }: Subject) {
    put(&store, "a", None, "").await;
    assert_eq!(get(&store, "a").await, document(1, ""));
}

pub(super) async fn a_value_of_the_greatest_length_comes_back(Subject { store, .. }: Subject) {
    let longest: Vec<u8> = (0..=u8::MAX).cycle().take(MAX_VALUE_LENGTH).collect();
    store.put("a", None, longest.clone()).await.expect("a put");
    assert!(get(&store, "a").await.is_some_and(|document| document.value == longest), "not the same bytes");
}

pub(super) async fn lists_are_in_byte_order(Subject { store, .. }: Subject) {
    create(&store, &["b", "\u{1f980}", "a", "Z", "ä", "a/1", "\u{ffff}", "a\0", "aa"]).await;
    let sorted = ["Z", "a", "a\0", "a/1", "aa", "b", "ä", "\u{ffff}", "\u{1f980}"];
    assert_eq!(keys(&store, "", None, usize::MAX).await, sorted);
    let values = store.list("", None, 2).await.expect("a list");
    assert_eq!(values[0], ("Z".to_owned(), Document { version: 1, value: b"Z".to_vec() }));
}

pub(super) async fn a_list_has_its_prefix_only(Subject { store, .. }: Subject) {
    create(&store, &["heartbeat/1", "heartbeat", "heartbeat/2", "heartbeats", "host/1", "timeline"]).await;
    assert_eq!(keys(&store, "heartbeat/", None, 10).await, ["heartbeat/1", "heartbeat/2"]);
    assert_eq!(keys(&store, "h", None, 10).await.len(), 5);
    assert_eq!(keys(&store, "heartbeat/12", None, 10).await, [""; 0]);
}

pub(super) async fn a_prefix_ends_where_its_neighbour_begins(Subject { store, .. }: Subject) {
    create(&store, &["a", "a\u{10ffff}", "a\u{7f}", "aé", "b", "b\0", "`"]).await;
    assert_eq!(keys(&store, "a", None, 10).await, ["a", "a\u{7f}", "aé", "a\u{10ffff}"]);
    assert_eq!(keys(&store, "b", None, 10).await, ["b", "b\0"]);
}

pub(super) async fn a_prefix_may_end_with_the_last_character(Subject { store, .. }: Subject) {
    let last = "\u{10ffff}";
    let longer = [last, "x"].concat();
    create(&store, &["a", last, &longer, "\u{10fffe}", "\u{7f}", "\u{80}"]).await;
    assert_eq!(keys(&store, last, None, 10).await, [last, &longer]);
    assert_eq!(keys(&store, "\u{7f}", None, 10).await, ["\u{7f}"]);
    assert_eq!(keys(&store, &[last, last].concat(), None, 10).await, [""; 0]);
}

pub(super) async fn a_list_goes_on_after_a_key(Subject { store, .. }: Subject) {
    create(&store, &["x/a", "x/aa", "x/b", "x/c", "y"]).await;
    assert_eq!(keys(&store, "x/", Some("x/a"), 10).await, ["x/aa", "x/b", "x/c"]);
    assert_eq!(keys(&store, "x/", Some("x/a"), 2).await, ["x/aa", "x/b"]);
    assert_eq!(keys(&store, "x/", Some("x/c"), 10).await, [""; 0]);
    assert_eq!(keys(&store, "", Some("x/c"), 10).await, ["y"]);
}

pub(super) async fn a_list_may_go_on_after_a_key_that_is_gone(Subject { store, .. }: Subject) {
    create(&store, &["x/a", "x/b", "x/c"]).await;
    store.delete("x/b", 1).await.expect("a delete");
    assert_eq!(keys(&store, "x/", Some("x/b"), 10).await, ["x/c"]);
    assert_eq!(keys(&store, "x/", Some("x/"), 10).await, ["x/a", "x/c"]);
}

pub(super) async fn a_key_before_the_prefix_cuts_nothing(Subject { store, .. }: Subject) {
    create(&store, &["a", "x", "x/a", "x/b"]).await;
    assert_eq!(keys(&store, "x/", Some("a"), 10).await, ["x/a", "x/b"]);
    assert_eq!(keys(&store, "x/", Some(""), 10).await, ["x/a", "x/b"]);
}

pub(super) async fn a_key_behind_the_prefix_cuts_everything(Subject { store, .. }: Subject) {
    create(&store, &["x/a", "x/b", "y", "z"]).await;
    assert_eq!(keys(&store, "x/", Some("y"), 10).await, [""; 0]);
}

pub(super) async fn paging_visits_every_key_once(Subject { store, .. }: Subject) {
    let all: Vec<_> = (0..23).map(|number| format!("page/{number:02}")).collect();
    create(&store, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut seen: Vec<String> = Vec::new();
    for size in [5, 5, 5, 5, 3, 0] {
        let page = keys(&store, "page/", seen.last().map(String::as_str), 5).await;
        assert_eq!(page.len(), size, "after {seen:?}");
        seen.extend(page);
    }
    assert_eq!(seen, all);
}

pub(super) async fn a_limit_of_nothing_lists_nothing(Subject { store, .. }: Subject) {
    create(&store, &["a"]).await;
    assert_eq!(keys(&store, "", None, 0).await, [""; 0]);
}

pub(super) async fn hostile_names_are_keys_of_their_own(Subject { store, .. }: Subject) {
    create(&store, HOSTILE_NAMES).await;
    for name in HOSTILE_NAMES {
        assert_eq!(get(&store, name).await, document(1, name), "key {name:?}");
    }
    let mut sorted = HOSTILE_NAMES.to_vec();
    sorted.sort_unstable();
    assert_eq!(keys(&store, "", None, usize::MAX).await, sorted);
}

pub(super) async fn of_concurrent_creators_exactly_one_wins(Subject { store, .. }: Subject) {
    let mut creators = JoinSet::new();
    for creator in 0..10 {
        let store = Arc::clone(&store);
        creators.spawn(async move {
            let value = format!("{creator}");
            let won = store.put("a", None, value.clone().into()).await;
            won.map(|version| (version, value)).map_err(|error| error.kind())
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) = creators.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.iter().all(|result| *result == Err(StoreErrorKind::Conflict)), "{lost:?}");
    let (version, value) = won[0].clone().expect("partitioned");
    assert_eq!(get(&store, "a").await, document(version, &value));
}

pub(super) async fn concurrent_counters_lose_no_step(Subject { store, .. }: Subject) {
    put(&store, "count", None, "0").await;
    let mut counters = JoinSet::new();
    for _ in 0..4 {
        let store = Arc::clone(&store);
        counters.spawn(async move {
            for _ in 0..5 {
                count(&store).await;
            }
        });
    }
    counters.join_all().await;
    assert_eq!(get(&store, "count").await, document(21, "20"));
}

/// Adds one, however often somebody else is faster.
async fn count(store: &Arc<dyn Store>) {
    for _ in 0..1000 {
        let present = get(store, "count").await.expect("it was created");
        let number: u32 = str::from_utf8(&present.value).expect("text").parse().expect("a number");
        let next = (number + 1).to_string().into_bytes();
        match store.put("count", Some(present.version), next).await {
            Ok(_) => return,
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Conflict),
        }
    }
    panic!("somebody has to win, and each wins five times only");
}
