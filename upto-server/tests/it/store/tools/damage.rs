//! What `check` finds, and that nobody else stumbles over it.

use indicatif::ProgressBar;
use serde_json::json;
use tokio::runtime::Runtime;
use upto_server::maintenance::{CheckReport, check, compact, export};
use upto_server::store::{Cursor, Store};

use super::{copied_to_memory, filled, memory, server_on};
use crate::store::backend::append;

const MANY: &str = "marks/c/many/1";

async fn checked(store: &dyn Store) -> CheckReport {
    check(store, &ProgressBar::hidden()).await.expect("a report")
}

#[test]
fn what_is_none_of_a_timeline_is_read_too() {
    let store = memory();
    let streams =
        ["audit/2026-01", "fleet-results/0000000007", "journal/0000000007", "probes/a/00000000000000000001"];
    Runtime::new().expect("a runtime").block_on(async {
        let garbage = streams.map(|stream| append(stream, "garbage"));
        store.append(garbage.into()).await.expect("appended");
        let mut found = damages(store.as_ref()).await;
        found.sort();
        assert_eq!(found, streams.map(|stream| (stream.to_owned(), true)));
    });
}

/// What is told to be damaged: the place, and whether a block is named.
async fn damages(store: &dyn Store) -> Vec<(String, bool)> {
    let report = checked(store).await;
    assert_eq!(report.damaged, report.damages.len() as u64);
    report.damages.into_iter().map(|damage| (damage.place, damage.cursor.is_some())).collect()
}

async fn change(store: &dyn Store, key: &str, value: &[u8]) {
    let present = store.get(key).await.expect("a document");
    store.put(key, present.map(|present| present.version), value.to_vec()).await.expect("a put");
}

#[test]
fn every_damage_is_named_with_its_place() {
    let store = filled();
    Runtime::new().expect("a runtime").block_on(async {
        assert_eq!(damages(store.as_ref()).await, []);
        store.append(vec![append(MANY, "no block")]).await.expect("an append");
        let last = store.read(MANY, Cursor::START, usize::MAX).await.expect("a read").pop().expect("a block");
        let cut = last.bytes[..last.bytes.len() - 1].to_vec();
        store.append(vec![append(MANY, cut)]).await.expect("an append");
        change(store.as_ref(), "context/c", b"no context").await;
        change(store.as_ref(), "timeline/c/later", b"no timeline").await;
        let swapped = store.get("timeline/c/many").await.expect("a get").expect("a document");
        change(store.as_ref(), "timeline/c/other", &swapped.value).await;
        let found = damages(store.as_ref()).await;
        let document = |key: &str| (key.to_owned(), false);
        let block = (MANY.to_owned(), true);
        // The last one is the same timeline as another one: its name, its place in the order, and its blocks are wrong.
        let expected = vec![
            document("context/c"),
            document("timeline/c/later"),
            block.clone(),
            block.clone(),
            document("timeline/c/other"),
            document("timeline/c/other"),
            block.clone(),
            block,
        ];
        assert_eq!(found, expected);
    });
}

#[test]
fn what_is_damaged_keeps_nothing_else_from_being_compacted_and_exported() {
    let store = filled();
    Runtime::new().expect("a runtime").block_on(async {
        store.append(vec![append(MANY, "no block")]).await.expect("an append");
        let report = compact(store.as_ref(), &ProgressBar::hidden()).await.expect("a report");
        assert_eq!((report.damaged, report.blocks_after), (1, 7));
        assert_eq!(damages(store.as_ref()).await, [(MANY.to_owned(), true)]);
        change(store.as_ref(), "timeline/c/later", b"no timeline").await;
        let mut bytes = Vec::new();
        let report = export(store.as_ref(), &mut bytes, &ProgressBar::hidden()).await.expect("a report");
        assert_eq!(report.damaged.len(), 1);
        let copy = memory();
        super::import_all(copy.as_ref(), &bytes).await;
        assert_eq!(
            damages(copy.as_ref()).await,
            [("timeline/c/later".to_owned(), false), (MANY.to_owned(), true)]
        );
    });
}

#[test]
fn a_store_of_nothing_is_whole_and_comes_back() {
    Runtime::new().expect("a runtime").block_on(async {
        let copy = copied_to_memory(memory().as_ref()).await;
        assert_eq!(damages(copy.as_ref()).await, []);
    });
}

#[test]
fn tokens_limits_names_and_notes_that_can_t_be_read_are_damage() {
    let store = memory();
    Runtime::new().expect("a runtime").block_on(async {
        let keys = [
            "context-alias/c",
            "removal/timeline/c/t",
            "retention/c",
            "timeline-alias/c/t",
            "token/0123456789abcdef",
        ];
        for key in keys {
            change(store.as_ref(), key, b"?").await;
        }
        assert_eq!(damages(store.as_ref()).await, keys.map(|key| (key.to_owned(), false)));
    });
}

#[test]
fn marks_of_a_timeline_without_a_document_are_found() {
    let store = filled();
    Runtime::new().expect("a runtime").block_on(async {
        let document = store.get("timeline/c/many").await.expect("a get").expect("a document");
        store.delete("timeline/c/many", document.version).await.expect("a delete");
        assert_eq!(damages(store.as_ref()).await, [(MANY.to_owned(), false)]);
        // Somebody removes it at this moment, and has come as far as this.
        store.put("removal/timeline/c/many", None, document.value.clone()).await.expect("a put");
        assert_eq!(damages(store.as_ref()).await, []);
        store.delete("removal/timeline/c/many", 1).await.expect("a delete");
        // The active one need not have a document of its own: that of the context speaks of it.
        store.put("timeline/c/many", None, document.value).await.expect("a put");
        store.delete("timeline/c/later", 1).await.expect("a delete");
        assert_eq!(damages(store.as_ref()).await, []);
        store.delete("context/c", 2).await.expect("a delete");
        assert_eq!(damages(store.as_ref()).await, [("marks/c/later/2".to_owned(), false)]);
    });
}

#[test]
fn a_timeline_whose_marks_are_gone_is_found() {
    let store = memory();
    let server = server_on(&store);
    for (timeline, time) in [("one", 1), ("two", 2), ("three", 3)] {
        let event = json!({"context": "c", "timeline": timeline, "name": "n", "type": "event", "time": time});
        server.post(&event.to_string());
    }
    server.json("/api/contexts/c/history");
    drop(server);
    Runtime::new().expect("a runtime").block_on(async {
        assert!(store.get("digest/c/one").await.expect("a get").is_some(), "the history made its digest");
        assert_eq!(damages(store.as_ref()).await, []);
        store.drop_stream("marks/c/one/1").await.expect("a drop");
        let report = checked(store.as_ref()).await;
        assert_eq!((report.damaged, report.empty), (1, 0), "{report:?}");
        assert_eq!(report.damages[0].place, "timeline/c/one");
        assert!(report.damages[0].problem.contains("its marks are gone"), "{report:?}");
    });
}

#[test]
fn timelines_that_nothing_was_sent_to_are_counted_and_no_damage() {
    let store = memory();
    let server = server_on(&store);
    for name in ["first", "second"] {
        let path = "/api/contexts/c/timelines";
        let opened =
            server.request("POST", path, "application/json", json!({ "name": name }).to_string().as_bytes());
        assert_eq!(opened.status, 201);
    }
    drop(server);
    Runtime::new().expect("a runtime").block_on(async {
        // What a server leaves that is killed when it has opened a timeline and nothing more.
        if let Some(active) = store.get("timeline/c/second").await.expect("a get") {
            store.delete("timeline/c/second", active.version).await.expect("a delete");
        }
        let report = checked(store.as_ref()).await;
        assert_eq!((report.damaged, report.empty), (0, 2), "{report:?}");
        assert_eq!(report.empties, ["timeline/c/first", "timeline/c/second"]);
    });
}
