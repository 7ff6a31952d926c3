//! What `check` finds, and that nobody else stumbles over it.

use indicatif::ProgressBar;
use tokio::runtime::Runtime;
use upto_server::maintenance::{check, compact, export};
use upto_server::store::{Cursor, Store};

use super::{copied_to_memory, filled, memory};
use crate::store::backend::append;

const MANY: &str = "marks/c/many/1";

/// What is told to be damaged: the place, and whether a block is named.
async fn damages(store: &dyn Store) -> Vec<(String, bool)> {
    let report = check(store, &ProgressBar::hidden()).await.expect("a report");
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
fn tokens_and_limits_that_can_t_be_read_are_damage() {
    let store = memory();
    Runtime::new().expect("a runtime").block_on(async {
        for key in ["token/0123456789abcdef", "retention/c"] {
            change(store.as_ref(), key, b"?").await;
        }
        let expected = [("retention/c".to_owned(), false), ("token/0123456789abcdef".to_owned(), false)];
        assert_eq!(damages(store.as_ref()).await, expected);
    });
}
