//! Digests in the store, and what is made of tables in memory.

use upto::wire::Status;

use super::*;
use crate::catalog::Wanted;
use crate::clock::SystemClock;
use crate::store::{self, Append, StoreUrl};
use crate::timeline::forest::Grouping;
use crate::timeline::{Mark, MarkKind, Stamp};

async fn catalog() -> Catalog {
    let store = store::open(&StoreUrl::Memory, Arc::new(SystemClock)).await.expect("a store");
    let catalog = Catalog::open(store, 64 << 20).await.expect("a catalog");
    catalog.context_or_new("c").warm(catalog.store().as_ref()).await.expect("an empty context");
    catalog
}

async fn timeline(catalog: &Catalog, name: &str) -> Arc<Timeline> {
    let context = catalog.context_or_new("c");
    let opened = catalog.open_timeline(&context, Wanted::Named(name), 0).await.expect("a timeline");
    document::create(catalog.store().as_ref(), opened.timeline.document()).await.expect("stored");
    context.admit(&opened.timeline)
}

/// Takes an event from 0 to `end`, and commits it.
async fn store_event(catalog: &Catalog, timeline: &Timeline, end: i64) {
    for (kind, time) in [(MarkKind::Start, 0), (MarkKind::End, end)] {
        let mark = Mark {
            kind,
            name: "n",
            host: "",
            id: end.cast_unsigned(),
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
    let append = |block| Append { stream: timeline.stream().to_owned(), block };
    let appends = timeline.take_pending().finish().into_iter().map(append).collect();
    catalog.store().append(appends).await.expect("stored");
    timeline.set_stored();
    timeline.settle();
}

async fn duration(catalog: &Catalog, timeline: &Timeline) -> i64 {
    catalog.digest(timeline).await.expect("an answer").expect("events").duration
}

#[tokio::test]
async fn the_digest_of_a_timeline_that_is_over_is_stored_and_holds_until_marks_come() {
    let catalog = catalog().await;
    let store = catalog.store().as_ref();
    let first = timeline(&catalog, "first").await;
    store_event(&catalog, &first, 5).await;
    assert_eq!(duration(&catalog, &first).await, 5);
    assert_eq!(store.get("digest/c/first").await.expect("an answer"), None, "it is the active one");
    let _second = timeline(&catalog, "second").await;
    store_event(&catalog, &first, 7).await;
    assert_eq!(duration(&catalog, &first).await, 7);
    // What is stored is used when it is not in memory.
    first.live().tables.clear();
    let (version, mut stored) = first.stored_digest(store).await.expect("read").expect("a digest");
    stored.digest.duration = 1_000;
    let bytes = document::encode(&stored, "digest/c/first").expect("bytes");
    store.put("digest/c/first", Some(version), bytes).await.expect("stored");
    assert_eq!(duration(&catalog, &first).await, 1_000);
    store_event(&catalog, &first, 9).await;
    assert_eq!(duration(&catalog, &first).await, 9);
    assert_eq!(
        first.stored_digest(store).await.expect("read").map(|(_, stored)| stored.digest.duration),
        Some(9)
    );
}

#[tokio::test]
async fn the_digest_of_another_timeline_of_the_name_or_of_another_version_is_made_again() {
    let catalog = catalog().await;
    let store = catalog.store().as_ref();
    let first = timeline(&catalog, "first").await;
    store_event(&catalog, &first, 5).await;
    let _second = timeline(&catalog, "second").await;
    let wrong = [(VERSION, first.ordinal() + 1), (VERSION + 1, first.ordinal())];
    for (version, ordinal) in wrong {
        first.live().tables.clear();
        let document = DigestDocument { version, ordinal, through: u64::MAX, digest: Digest::default() };
        put(store, first.document(), &document).await.expect("stored");
        assert_eq!(duration(&catalog, &first).await, 5);
    }
}

#[tokio::test]
async fn a_digest_that_comes_after_its_timeline_was_removed_does_not_stay() {
    let catalog = catalog().await;
    let store = catalog.store().as_ref();
    let first = timeline(&catalog, "first").await;
    let document =
        DigestDocument { version: VERSION, ordinal: first.ordinal(), through: 1, digest: Digest::default() };
    put(store, first.document(), &document).await.expect("stored");
    assert!(store.get("digest/c/first").await.expect("an answer").is_some());
    remove(store, first.document()).await.expect("removed");
    let key = first.document().key();
    let version = store.get(&key).await.expect("an answer").expect("a document").version;
    store.delete(&key, version).await.expect("deleted");
    put(store, first.document(), &document).await.expect("stored, and removed");
    assert_eq!(store.get("digest/c/first").await.expect("an answer"), None);
}

#[tokio::test]
async fn what_stands_on_a_table_is_made_once_and_counts_until_nobody_has_it() {
    let catalog = catalog().await;
    let store = catalog.store().as_ref();
    let first = timeline(&catalog, "first").await;
    store_event(&catalog, &first, 5).await;
    let (one, other) = tokio::join!(first.made(store, Times::Raw), first.made(store, Times::Raw));
    let (one, other) = (one.expect("a table"), other.expect("a table"));
    assert!(Arc::ptr_eq(&one, &other));
    let before = catalog.fold_bytes();
    let look = |made: &crate::catalog::Made| {
        made.picture(Grouping::Hosts);
        made.path().map(crate::timeline::critical_path::CriticalPath::length)
    };
    assert_eq!(first.ask_made(one, look).await.expect("an answer"), Ok(5));
    let after = catalog.fold_bytes();
    assert!(after > before, "{before} {after}");
    // What changed has another table, and the old one is gone with who has it.
    store_event(&catalog, &first, 7).await;
    let new = first.made(store, Times::Raw).await.expect("a table");
    assert!(!Arc::ptr_eq(&new, &other));
    let both = catalog.fold_bytes();
    drop(other);
    assert!(catalog.fold_bytes() < both);
}
