//! The lengths that every back end takes, and those that none does.

use std::time::Duration;

use upto_server::store::{Claim, Cursor, Lease, MAX_NAME_LENGTH, MAX_VALUE_LENGTH, Result, StoreErrorKind};

use super::backend::{Subject, append};

const HOLD: Duration = Duration::from_secs(1);

pub(super) async fn the_longest_name_works_everywhere(Subject { store, .. }: Subject) {
    let longest = &"\u{1f980}".repeat(MAX_NAME_LENGTH / 4);
    store.append(vec![append(longest, "block"), append(longest, "block")]).await.expect("an append");
    let first = store.read(longest, Cursor::START, 1).await.expect("a read")[0].cursor;
    assert_eq!(store.read(longest, first, 10).await.expect("a read").len(), 1);
    store.drop_stream(longest).await.expect("a drop");
    assert_eq!(store.put(longest, None, b"value".to_vec()).await.expect("a put"), 1);
    let list = store.list(longest, None, 10).await.expect("a list");
    assert!(list.len() == 1 && list[0].0 == *longest);
    store.delete(longest, 1).await.expect("a delete");
    store.push(longest, b"task".to_vec()).await.expect("a push");
    let claims = store.claim(longest, 10, HOLD).await.expect("a claim");
    assert!(store.acknowledge(longest, &claims[0]).await.expect("an acknowledgement"));
    let lease = store.acquire(longest, longest, HOLD).await.expect("an acquire").expect("it is free");
    assert!(store.renew(&lease, HOLD).await.expect("a renewal"));
    store.release(&lease).await.expect("a release");
}

pub(super) async fn a_longer_name_is_invalid_everywhere(Subject { store, .. }: Subject) {
    let long = &"x".repeat(MAX_NAME_LENGTH + 1);
    let claim = Claim { task: 1, attempt: 1, payload: Vec::new() };
    let lease = Lease { name: long.clone(), owner: "one".to_owned(), token: 1 };
    assert_invalid("append", store.append(vec![append("a", "1"), append(long, "2")]).await);
    assert_invalid("read", store.read(long, Cursor::START, 1).await);
    assert_invalid("drop", store.drop_stream(long).await);
    assert_invalid("get", store.get(long).await);
    assert_invalid("put", store.put(long, None, Vec::new()).await);
    assert_invalid("delete", store.delete(long, 1).await);
    assert_invalid("list a prefix", store.list(long, None, 1).await);
    assert_invalid("list after", store.list("", Some(long), 1).await);
    assert_invalid("push", store.push(long, Vec::new()).await);
    assert_invalid("claim", store.claim(long, 1, HOLD).await);
    assert_invalid("acknowledge", store.acknowledge(long, &claim).await);
    assert_invalid("reclaim", store.reclaim(long).await);
    assert_invalid("waiting", store.waiting(long).await);
    assert_invalid("acquire", store.acquire(long, "one", HOLD).await);
    assert_invalid("acquire as owner", store.acquire("a", long, HOLD).await);
    assert_invalid("renew", store.renew(&lease, HOLD).await);
    assert_invalid("release", store.release(&lease).await);
    assert_eq!(store.read("a", Cursor::START, 1).await.expect("a read"), []);
}

pub(super) async fn a_longer_value_is_invalid_everywhere(Subject { store, .. }: Subject) {
    let long = vec![0; MAX_VALUE_LENGTH + 1];
    assert_invalid("append", store.append(vec![append("a", long.clone())]).await);
    assert_invalid("put", store.put("a", None, long.clone()).await);
    assert_invalid("push", store.push("a", long).await);
    assert_eq!(store.get("a").await.expect("a get"), None);
    assert_eq!(store.claim("a", 1, HOLD).await.expect("a claim"), []);
}

/// It has to be said briefly as well: the name is 64 KiB long.
fn assert_invalid<T>(operation: &str, result: Result<T>) {
    let error = result.err().unwrap_or_else(|| panic!("{operation} was accepted"));
    assert_eq!(error.kind(), StoreErrorKind::Invalid, "{operation}: {error}");
    assert!(!error.is_temporary(), "{operation}: {error}");
    assert!(error.to_string().len() < 300, "{operation}: {error}");
}
